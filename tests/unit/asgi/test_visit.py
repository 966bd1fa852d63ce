"""What is known about one request, and for how long."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse


class State(dict[str, Any]):
    """A request's state that can be watched."""


@pytest.mark.parametrize("answer", [HTMLResponse("<p>x</p>"), JSONResponse({})], ids=["page", "data"])
def test_a_request_that_was_answered_is_forgotten_at_once(governed: Any, answer: Any) -> None:
    """What waits for the garbage collector keeps memory, and makes every request fetch memory anew."""
    driver = governed(answer)
    driver.request("GET", "/warm", state={})
    state = State()
    watch = weakref.ref(state)
    gc.disable()
    try:
        driver.request("GET", "/", state=state)
        del state
        assert watch() is None
    finally:
        gc.enable()
