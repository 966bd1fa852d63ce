"""``python -m consentkit``: the command line."""

from __future__ import annotations

from consentkit.cli import main

if __name__ == "__main__":
    main()
