"""Where this machine keeps the demo's keys and database: a folder git does not see."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

DATA = Path(os.environ.get("SHOP_DATA") or Path(__file__).with_name("var"))


def secret(name: str) -> str:
    """Return a secret of 256 bits that is made once and then kept in a file only its owner reads.

    Several server processes may start together: whoever links the file first decides, and none reads half of it.
    """
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = DATA / f"{name}.key"
    if not path.exists():
        draft = DATA / f"{name}.{secrets.token_hex(8)}.draft"
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(secrets.token_urlsafe(32), encoding="ascii")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="ascii")
