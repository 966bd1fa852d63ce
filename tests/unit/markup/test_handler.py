"""What a handler may ask of tags."""

from __future__ import annotations

import re

import pytest

from consentkit.markup.handler import page_pattern


@pytest.mark.parametrize("pattern", [rb"^<a", rb"a$", rb"a\Z", rb"(?<=<)a", rb"(?<!x)a"])
def test_patterns_that_mean_something_else_in_a_page_are_refused(pattern: bytes) -> None:
    """They would let tags pass unseen, so they raise and name the remedy."""
    with pytest.raises(ValueError, match="anchor it with"):
        page_pattern(re.compile(pattern))


@pytest.mark.parametrize("pattern", [rb"\A<(?:a|b)(?=[\s/>])", rb"[^$\\]\$", rb"\\Z", rb"[]^]x", rb"(?i:src)\b"])
def test_patterns_that_can_be_searched_in_a_page(pattern: bytes) -> None:
    """Escaped characters and classes are no anchors; the one for the start is dropped."""
    assert b"\\A" not in page_pattern(re.compile(pattern)).pattern
