"""An export holds what the log holds, and nothing in it is run by the program that opens it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.records import export
from consentkit.records.entry import ConsentEntry, canonical, commitment
from consentkit.records.store.base import Page

if TYPE_CHECKING:
    from consentkit.records.browserlog import BrowserEntry
    from consentkit.records.consentlog import ConsentRecord

Make = Callable[..., Any]


@pytest.fixture
def entry(record: Callable[..., ConsentRecord]) -> Callable[..., ConsentEntry]:
    """Make a consent entry whose leaf is right."""

    def make(**changes: Any) -> ConsentEntry:
        plain = ConsentEntry(7, "", "", record(**changes))
        fields = plain.as_dict()
        for name in ("index", "leaf", "salt"):
            del fields[name]
        leaf = commitment(b"s" * 32, canonical(fields))
        return ConsentEntry(7, leaf.hex(), (b"s" * 32).hex(), plain.record)

    return make


def text(page: Page[Any], kind: export.Kind) -> str:
    """Return a page in one piece."""
    return b"".join(export.encode(page, kind)).decode("utf-8")


@pytest.mark.parametrize("language", ["fr", "\udfff\x00", "é\u2028"])
def test_json_lines_can_be_checked(entry: Callable[..., ConsentEntry], language: str) -> None:
    """A line of NDJSON holds exactly what its leaf commits to, whatever the characters."""
    given = entry(language=language)
    (line,) = export.json_lines([given])
    values = json.loads(line)
    salt, leaf = bytes.fromhex(values.pop("salt")), values.pop("leaf")

    assert values.pop("index") == 7
    assert values["language"] == language
    assert commitment(salt, canonical(values)).hex() == leaf
    assert line.count(b"\n") == 1


def test_json_page(entry: Callable[..., ConsentEntry], visit: Callable[..., BrowserEntry]) -> None:
    """A JSON page is one object with the items and the cursor, of either log, empty or not."""
    one = json.loads(text(Page("log", (entry(), entry()), "abc"), "json"))
    other = json.loads(text(Page("browser-log", (visit(),), None), "json"))

    assert [item["state"] for item in one["items"]] == ["given", "given"]
    assert one["cursor"] == "abc"
    assert (other["items"][0]["path"], other["cursor"]) == ("/café", None)
    assert json.loads(text(Page("log", (), None), "json")) == {"items": [], "cursor": None}


def test_csv_table(entry: Callable[..., ConsentEntry]) -> None:
    """CSV has a header, CRLF and one row an entry; lists are words, flags are true or false, nothing is empty."""
    written = text(Page("log", (entry(jurisdiction=None),), None), "csv")
    header, row = csv.reader(io.StringIO(written, newline=""))
    values = dict(zip(header, row, strict=True))

    assert tuple(header) == export.columns("log")
    assert written.count("\r\n") == 2
    assert values["purposes_offered"] == "analytics advertising"
    assert (values["gpc"], values["dnt"], values["jurisdiction"]) == ("false", "true", "")
    assert values["controller"] == "Hôtel Été"


def test_csv_of_nothing() -> None:
    """An empty listing is a table with its header."""
    assert text(Page("browser-log", (), None), "csv") == ",".join(export.columns("browser-log")) + "\r\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＠", "\t", "\r", "\n=", "\x00", " =", "=\n"])
def test_no_formula_in_a_cell(visit: Callable[..., BrowserEntry], start: str) -> None:
    """A cell that a spreadsheet would run begins with an apostrophe, also behind spaces, and holds no NUL."""
    written = text(Page("browser-log", (visit(browser=f'{start}cmd|"/c calc"!A1'),), None), "csv")
    _, row = csv.reader(io.StringIO(written, newline=""))
    cell = row[export.columns("browser-log").index("browser")]

    assert cell.startswith("'")
    assert "\x00" not in written


@pytest.mark.parametrize("value", ['a,b"c', "a\r\nb", "a\nb;c", "\ud800"])
def test_csv_quotes(visit: Callable[..., BrowserEntry], value: str) -> None:
    """Commas, quotes and line ends stay within their cell; what UTF-8 can't write is replaced."""
    written = text(Page("browser-log", (visit(browser=value),), None), "csv")
    rows = list(csv.reader(io.StringIO(written, newline="")))

    assert len(rows) == 2
    assert rows[1][export.columns("browser-log").index("browser")] == value.replace("\ud800", "?")


def test_cells_follow_the_columns(entry: Callable[..., ConsentEntry], visit: Callable[..., BrowserEntry]) -> None:
    """An entry has one cell for each column of its listing."""
    assert len(export.row(entry())) == len(export.columns("log"))
    assert dict(zip(export.columns("browser-log"), export.row(visit()), strict=True))["status"] == "200"


def test_entries_are_written_one_at_a_time(visit: Callable[..., BrowserEntry]) -> None:
    """An export of any length takes the memory of one entry."""
    taken = []

    def entries() -> Any:
        for number in range(3):
            taken.append(number)
            yield visit()

    lines = export.json_lines(entries())
    next(lines)

    assert taken == [0]
