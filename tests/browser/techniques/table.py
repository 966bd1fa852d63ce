"""Every technique of the table."""

from __future__ import annotations

from tests.browser.techniques.table_cookies import COOKIES
from tests.browser.techniques.table_documents import DOCUMENTS
from tests.browser.techniques.table_elements import ELEMENTS
from tests.browser.techniques.table_headers import HEADERS
from tests.browser.techniques.table_newer import NEWER
from tests.browser.techniques.table_parsing import PARSING
from tests.browser.techniques.table_scripts import SCRIPTS
from tests.browser.techniques.table_styles import STYLES
from tests.browser.techniques.table_svg import SVG
from tests.browser.techniques.table_urls import URLS

TECHNIQUES = (*ELEMENTS, *DOCUMENTS, *STYLES, *SVG, *URLS, *PARSING, *HEADERS, *SCRIPTS, *COOKIES, *NEWER)
