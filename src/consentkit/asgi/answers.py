"""Answers of our own endpoints: one shape for errors, one set of headers for all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consentkit.asgi.visit import Visit
    from consentkit.errors import ChoiceError

# Our pages hold no inline code and no foreign resource, and may not be framed (clickjacking on the choice).
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_PRIVATE = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "same-origin"}


def page(markup: str, *, status: int = 200) -> Response:
    """Answer with an HTML page of ours."""
    headers = {**_PRIVATE, "content-security-policy": PAGE_POLICY, "x-robots-tag": "noindex"}
    return Response(markup, status, headers, "text/html")


def data(value: object, *, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")), status, _PRIVATE, "application/json")


def text(value: str, *, status: int = 200, media_type: str = "text/plain") -> Response:
    """Answer with text."""
    return Response(value, status, _PRIVATE, media_type)


def redirect(path: str) -> Response:
    """Send the browser to a path of this origin with GET (303)."""
    return Response(b"", 303, {**_PRIVATE, "location": path})


def error(code: str, message: str, *, status: int, where: str | None = None) -> Response:
    """Answer with an error, in the one shape programs may rely on."""
    return data({"error": {"code": code, "message": message, "where": where}}, status=status)


def failed(visit: Visit, code: str, message: str, *, status: int, where: str | None = None) -> Response:
    """Answer with an error: JSON to programs, a page with a way back to people."""
    if wants_json(visit):
        return error(code, message, status=status, where=where)
    language = visit.sender.visitor.language
    return page(visit.notices.error(language=language, status=status, message=message), status=status)


def refused_choice(visit: Visit, problem: ChoiceError) -> Response:
    """Answer a choice that can't be taken."""
    return failed(visit, problem.code, str(problem), status=problem.status, where=problem.where)


def not_found() -> Response:
    """Answer that nothing is here; the audit endpoints say no more than this when no token is configured."""
    return error("not_found", "nothing is here", status=404)


def method_not_allowed(allowed: tuple[str, ...]) -> Response:
    """Answer that a path is there but not for this method (RFC 9110 section 15.5.6)."""
    answer = error("method_not_allowed", f"use {' or '.join(allowed)}", status=405)
    answer.headers["allow"] = ", ".join(allowed)
    return answer


def wants_json(visit: Visit) -> bool:
    """Tell whether the sender asked for JSON."""
    return b"application/json" in (visit.header(b"accept") or b"")


def extended(answer: Response, headers: Mapping[str, str]) -> Response:
    """Return the answer with more headers."""
    answer.headers.update(headers)
    return answer
