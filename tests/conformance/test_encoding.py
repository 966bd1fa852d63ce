"""The html5lib encoding tests: what the first 1024 bytes of a page declare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from consentkit.markup.charset import encoding_of, sniff

if TYPE_CHECKING:
    from pathlib import Path

_PRESCANNED = 1024


@pytest.mark.parametrize("name", ["tests1", "tests2", "test-yahoo-jp"])
def test_declared_encodings(name: str, html5lib_tests: Path) -> None:
    """Every case reads as expected, but for those whose meta comes later: a page's head can't wait for them."""
    data = (html5lib_tests / "encoding" / f"{name}.dat").read_bytes()
    late = 0
    for block in re.split(rb"(?:\A|\n\n?)#data\n", data)[1:]:
        page, _, expected = block.partition(b"\n#encoding\n")
        codec = sniff(b"text/html; charset=" + expected.strip(), b"").name
        assert encoding_of(expected.decode().strip()) is not None
        if sniff(None, page).name != codec:
            late += 1
            assert len(page) > _PRESCANNED, page
            assert sniff(None, page).name == "windows-1252", page
    assert late == {"tests1": 7}.get(name, 0)
