"""JSON that tells a browser what to fetch: import maps (WHATWG HTML 8.1.5) and speculation rules (HTML 7.6).

Speculation rules name addresses, or which links of the page to follow in advance. Chromium asks no
Content-Security-Policy before it does, so rules that can't be read, or may follow any link, are not sent.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consentkit.gate.policy import Blocked

MEDIA_TYPE = b"application/speculationrules+json"
NONE = b"{}"
"""Rules that ask for nothing."""

# A pattern that leads nowhere but to this origin: a path, without what URL patterns take for more (URL Pattern 1.1).
_OWN_PATH = re.compile(r"/(?!/)[\w./*%~-]*")


def blocked_rules(source: str, blocked: Callable[[str], Blocked | None], denied: Blocked | None) -> Blocked | None:
    """Return whom an import map or speculation rules would contact, or None.

    Args:
        source: Its text.
        blocked: Tells of a URL why it may not be contacted.
        denied: What to answer where links of the page may be followed, whoever they lead to.
    """
    try:
        rules = json.loads(source.removeprefix("\ufeff"))
    except json.JSONDecodeError:
        # No browser reads it either.
        return None
    except (ValueError, RecursionError):
        return denied
    found = next(filter(None, map(blocked, _strings(rules))), None)
    return found or (denied if _follows_links(rules) else None)


def _strings(value: Any) -> Iterator[str]:
    """Yield every string that may be an address: keys of a map are names."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def _follows_links(rules: Any) -> bool:
    """Tell whether rules choose links of the page that may lead to another origin."""
    if not isinstance(rules, dict):
        return False
    lists = [
        found
        for key in ("prefetch", "prerender", "prerender_until_script")
        if isinstance(found := rules.get(key), list)
    ]
    return any(
        isinstance(rule, dict)
        and (rule.get("source") == "document" or "where" in rule)
        and not _stays(rule.get("where"))
        for found in lists
        for rule in found
    )


def _stays(where: Any) -> bool:
    """Tell whether a condition holds for links of this origin alone, for certain."""
    if not isinstance(where, dict):
        return False
    patterns = where.get("href_matches")
    if patterns is not None:
        return all(
            isinstance(pattern, str) and _OWN_PATH.fullmatch(pattern) is not None
            for pattern in (patterns if isinstance(patterns, list) else [patterns])
        )
    both, either = where.get("and"), where.get("or")
    if isinstance(both, list):
        return any(map(_stays, both))
    return isinstance(either, list) and all(map(_stays, either))
