"""Find the files shipped beside the code: static/, templates/ and the demo shop.

In a wheel they lie inside the package; in an editable install they lie at the top of the checkout, where
``importlib.resources`` can't see them.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def directory(name: str, *, checkout: str = "") -> Path:
    """Return the directory ``static``, ``templates`` or ``demo``.

    Args:
        name: What it is called in the package.
        checkout: Where it lies in a checkout, when that is another place.

    Raises:
        FileNotFoundError: Neither the package nor a checkout has it; the message names both places.
    """
    candidates = _PACKAGE / name, _CHECKOUT / (checkout or name)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    message = f"{name}/ is missing: looked in {' and '.join(map(str, candidates))}; reinstall consentkit"
    raise FileNotFoundError(message)
