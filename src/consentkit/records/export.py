"""Both logs, the inventory and the statistics as files for people and programs: JSON, NDJSON and CSV.

JSON and NDJSON are ASCII, so every character that was recorded comes back as it was, lone surrogates among them; a
consent entry in them holds all that is needed to check its leaf. CSV is for spreadsheets (RFC 4180, UTF-8), where a
cell that begins like a formula would be run: it gets an apostrophe in front (OWASP, "CSV Injection").
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Literal

from consentkit.records.browserlog import BrowserEntry
from consentkit.records.entry import ConsentEntry, ConsentRecord
from consentkit.records.inventory import InventoryEntry
from consentkit.records.statistics import Statistic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consentkit.records.store.base import Page

Kind = Literal["json", "ndjson", "csv"]
Entry = ConsentEntry | BrowserEntry | InventoryEntry | Statistic

_COLUMNS = {
    "log": (
        "index",
        *(field.name for field in fields(ConsentRecord) if field.name != "idempotency"),
        "leaf",
        "salt",
    ),
    "browser-log": BrowserEntry._fields,
    "inventory": tuple(field.name for field in fields(InventoryEntry)),
    "stats": tuple(field.name for field in fields(Statistic)),
}
_NAMES = {ConsentEntry: "log", BrowserEntry: "browser-log", InventoryEntry: "inventory", Statistic: "stats"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\x00")
"""What a spreadsheet may take for the start of a formula, full-width forms included (OWASP, "CSV Injection")."""


def columns(name: str) -> tuple[str, ...]:
    """Return the columns of the listing ``log``, ``browser-log``, ``inventory`` or ``stats``, in order."""
    return _COLUMNS[name]


def row(entry: Entry) -> tuple[str, ...]:
    """Return an entry's cells in the order of :func:`columns`, as text for people."""
    values = entry.as_dict()
    return tuple(_cell(values.get(name)) for name in _COLUMNS[_name(entry)])


def encode(
    page: Page[ConsentEntry] | Page[BrowserEntry] | Page[InventoryEntry] | Page[Statistic], kind: Kind
) -> Iterator[bytes]:
    """Write one page: a JSON object with ``items`` and ``cursor``, a line for each entry, or a table with a header."""
    if kind == "csv":
        return csv_rows(page.name, page.items)
    if kind == "ndjson":
        return json_lines(page.items)
    return _json_page(page.items, page.cursor)


def json_lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Write entries as NDJSON, one at a time."""
    for entry in entries:
        yield _json(entry.as_dict()) + b"\n"


def csv_rows(name: str, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Write a header and then entries as CSV, one at a time."""
    yield _csv_row(columns(name))
    for entry in entries:
        yield _csv_row(row(entry))


def _json_page(entries: Iterable[Entry], cursor: str | None) -> Iterator[bytes]:
    yield b'{"items": ['
    for number, entry in enumerate(entries):
        yield (b",\n" if number else b"\n") + _json(entry.as_dict())
    yield b'\n], "cursor": ' + _json(cursor) + b"}\n"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, allow_nan=False).encode("ascii")


def _csv_row(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return line.getvalue().encode("utf-8", "replace")


def _harmless(cell: str) -> str:
    # Spreadsheets trim spaces before they look for a formula. NUL would end the cell for programs written in C.
    guarded = f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
    return guarded.replace("\x00", "\ufffd")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)


def _name(entry: Entry) -> str:
    return _NAMES[type(entry)]
