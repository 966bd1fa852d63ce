"""What commands share: the ``--format`` option, exit statuses, JSON, counts in words, and the progress bar."""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from click._termui_impl import ProgressBar

_Command = TypeVar("_Command", bound="Callable[..., object]")
_Item = TypeVar("_Item")


class Status(IntEnum):
    """The exit statuses of every command; wrong use and unreadable input are raised as :class:`click.UsageError`."""

    FINE = 0
    FINDINGS = 1
    WRONG_USE = 2


readable = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
"""The type of an argument that is a file to read."""

writable = click.Path(dir_okay=False, path_type=Path)
"""The type of an option that is a file to write."""


def format_option(
    *formats: str,
    help: str = "For people, or for programs.",  # noqa: A002  click's own name for it
) -> Callable[[_Command], _Command]:
    """Give a command ``--format``, passed on as ``output_format``: ``text`` or ``json``, or the ``formats`` named."""
    names = formats or ("text", "json")
    return click.option(
        "--format", "output_format", type=click.Choice(names), default=names[0], show_default=True, help=help
    )


def echo_json(content: object) -> None:
    """Write a JSON document to standard output, indented."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def count(number: int, word: str) -> str:
    """Return a count in words, e.g. ``1 problem`` or ``2 problems``."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def progress(items: Iterable[_Item], label: str, length: int | None = None) -> AbstractContextManager[Iterable[_Item]]:
    """Return the items behind a progress bar, to be used in ``with``; it shows on a terminal and nowhere else.

    The bar goes to standard error, so that what a command prints can be piped. ``length`` is for items that don't
    know their own number.
    """
    return click.progressbar(items, length=length, label=label, file=sys.stderr, hidden=not _is_terminal(sys.stderr))


def progress_bar(length: int, label: str) -> ProgressBar[int]:
    """Return the same bar for work that is counted by hand: ``with … as bar`` and ``bar.update(1)``."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not _is_terminal(sys.stderr))


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()
