"""What the site is let see of a request: its cookies filtered, its validators its own, its pages uncompressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.asgi.visit import Consent

if TYPE_CHECKING:
    from starlette.types import Scope

    from consentkit.asgi.visit import Visit


def inner_scope(scope: Scope, visit: Visit) -> Scope:
    """Return the scope the site gets; the server's own is left as it is, but for what a request's state holds."""
    consent = Consent(visit)
    # Its own for each request (ASGI lifespan 2.0, "Lifespan State"), and shared by all that lies around the site.
    state = scope.get("state")
    if state is None:
        state = {}
    state["consent"] = consent
    return {**scope, "consentkit": consent, "state": state, "headers": list(visit.inner_headers)}
