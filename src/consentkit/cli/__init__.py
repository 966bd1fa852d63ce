"""The command line: one module a command, or a group of commands, gathered in :mod:`consentkit.cli.program`."""

from __future__ import annotations

from consentkit.cli.program import main

__all__ = ["main"]
