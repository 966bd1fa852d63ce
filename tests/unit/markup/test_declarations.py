"""What starts with ``<!``."""

from __future__ import annotations

import pytest

from consentkit.markup.declarations import Declared, declaration


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<!", Declared.UNFINISHED),
        (b"<!-", Declared.UNFINISHED),
        (b"<!--", Declared.UNFINISHED),
        (b"<!---", Declared.UNFINISHED),
        (b"<!-->", Declared.EMPTY_COMMENT),
        (b"<!--->", Declared.EMPTY_COMMENT),
        (b"<!--!>", Declared.COMMENT),
        (b"<!--a", Declared.COMMENT),
        (b"<!-a", Declared.OTHER),
        (b"<!>", Declared.OTHER),
        (b"<![CDA", Declared.UNFINISHED),
        (b"<![CDATA[", Declared.CDATA),
        (b"<![cdata[", Declared.OTHER),
        (b"<!DocType", Declared.DOCTYPE),
        (b"<!doctor ", Declared.OTHER),
    ],
)
def test_kind(data: bytes, kind: Declared) -> None:
    """Told from the first bytes, or left open while more of them are needed."""
    assert declaration(data, 0, len(data))[0] is kind
