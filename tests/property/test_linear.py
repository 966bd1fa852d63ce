"""Twice the page is twice the work, for the pages that `make bench ARGS=--gate` times (T40)."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

_GATING = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "gating.py"))
# More than is held of a tag: beyond, it is judged in parts.
_SIZE = 96 * 1024


def _calls(page: bytes) -> int:
    """Gate a page; return how many functions were called. What one regular expression does within a call isn't seen."""
    gate, count = _GATING["Gate"](), 0

    def on_event(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event.endswith("call")

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        gate.page(page)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", _GATING["PATHOLOGICAL"])
def test_twice_the_page_takes_twice_the_calls(name: str) -> None:
    """However a page is made to cost much, nothing in it is gone over again."""
    make = _GATING["PATHOLOGICAL"][name]
    _calls(make(4096))  # fills the caches
    assert _calls(make(2 * _SIZE)) <= 2.1 * _calls(make(_SIZE))
