"""Every technique of the table."""

from __future__ import annotations

from .table_cookies import COOKIES
from .table_documents import DOCUMENTS
from .table_elements import ELEMENTS
from .table_headers import HEADERS
from .table_parsing import PARSING
from .table_scripts import SCRIPTS
from .table_styles import STYLES
from .table_svg import SVG
from .table_urls import URLS

TECHNIQUES = (*ELEMENTS, *DOCUMENTS, *STYLES, *SVG, *URLS, *PARSING, *HEADERS, *SCRIPTS, *COOKIES)
