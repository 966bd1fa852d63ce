"""Find the files shipped beside the code: static/ and templates/.

In a wheel they lie inside the package; in an editable install they lie at the top of the checkout, where
``importlib.resources`` can't see them.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def directory(name: str) -> Path:
    """Return the directory ``static`` or ``templates``.

    Raises:
        FileNotFoundError: Neither the package nor a checkout has it; the message names both places.
    """
    for candidate in (_PACKAGE / name, _CHECKOUT / name):
        if candidate.is_dir():
            return candidate
    message = f"{name}/ is missing: looked in {_PACKAGE / name} and {_CHECKOUT / name}; reinstall consentkit"
    raise FileNotFoundError(message)
