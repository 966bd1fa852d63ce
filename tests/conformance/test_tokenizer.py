"""The html5lib tokenizer tests: tag names, attribute names and values, self-closing flags and end tags, in order.

Text and comments pass byte for byte and are no tokens here. What differs is in ``tokenizer-expectations.json``, each
with its reason; a test that no longer differs must leave that file.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from rewriting import Recorder, but, without

from consentkit.markup.context import Context, Watch
from consentkit.markup.rewriter import Rewriter

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPECTATIONS = Path(__file__).with_name("tokenizer-expectations.json")
_FILES = (
    "contentModelFlags domjs entities escapeFlag namedEntities numericEntities pendingSpecChanges test1 test2 test3 "
    "test4 unicodeChars unicodeCharsProblematic xmlViolation"
).split()
# Which markup brings the tokenizer into a state; the rest is found by what follows.
_PREFIXES = {
    "Data state": "",
    "PLAINTEXT state": "<plaintext>",
    "RCDATA state": "<textarea>",
    "RAWTEXT state": "<xmp>",
    "Script data state": "<script>",
    "CDATA section state": "<svg><![CDATA[",
}
_DOUBLE_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")


class Case(NamedTuple):
    """One test in one initial state."""

    key: str
    page: bytes
    skipped: int
    expected: list[Any]


class _Watching(Context):
    """A context that asks to see every tag, and notes end tags."""

    __slots__ = ("tokens",)

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[Any] = []

    @property
    def watch(self) -> Watch:
        return Watch.EVERYTHING

    def end(self, name: bytes) -> None:
        self.tokens.append(["EndTag", name.decode()])
        super().end(name)


class _Noting(Recorder):
    """A handler that notes start tags among the end tags."""

    def __init__(self, tokens: list[Any]) -> None:
        super().__init__()
        self.tokens = tokens

    def start_tag(self, tag: Any) -> None:
        attributes = {attribute.name.decode(): attribute.value for attribute in tag.attributes}
        closing = [True] if tag.self_closing else []
        self.tokens.append(["StartTag", tag.name.decode(), attributes, *closing])


def _tokens(page: bytes, step: int) -> list[Any]:
    context = _Watching()
    rewriter = Rewriter(_Noting(context.tokens))
    rewriter._context = context
    output = b"".join(rewriter.feed(page[start : start + step]) for start in range(0, len(page), step))
    output += rewriter.close()
    context.tokens.append(output == page)
    return context.tokens


def _unescaped(value: Any) -> Any:
    if isinstance(value, str):
        return _DOUBLE_ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
    if isinstance(value, list):
        return [_unescaped(item) for item in value]
    if isinstance(value, dict):
        return {_unescaped(name): _unescaped(item) for name, item in value.items()}
    return value


def _cases(path: Path) -> Iterator[Case]:
    data = json.loads(path.read_bytes())
    for number, test in enumerate(data.get("tests") or data["xmlViolationTests"]):
        test = _unescaped(test) if test.get("doubleEscaped") else test
        expected = [token for token in test["output"] if token[0] in {"StartTag", "EndTag"}]
        for state in test.get("initialStates", ["Data state"]):
            prefix = _PREFIXES[state]
            if state in {"RCDATA state", "RAWTEXT state", "Script data state"} and "lastStartTag" in test:
                prefix = f"<{test['lastStartTag']}>"
            page = (prefix + test["input"]).encode("utf-8", "surrogatepass")
            yield Case(f"{path.stem} {number} {state}", page, 1 if prefix else 0, expected)


def _differs(case: Case) -> bool:
    """Tell whether the case reads otherwise than expected, whole or byte by byte."""
    return any(
        _tokens(case.page, step)[case.skipped :] != [*case.expected, True] for step in (max(1, len(case.page)), 1)
    )


@pytest.fixture(scope="module")
def expectations() -> dict[str, str]:
    """The listed deviations with their reasons."""
    listed: dict[str, str] = json.loads(_EXPECTATIONS.read_text(encoding="utf-8"))
    return listed


@pytest.mark.parametrize("name", _FILES)
def test_tags_and_attributes(name: str, html5lib_tests: Path, expectations: dict[str, str]) -> None:
    """Every case of every initial state reads as specified, or is listed with a reason and still differs."""
    deviating = {case.key for case in _cases(html5lib_tests / "tokenizer" / f"{name}.test") if _differs(case)}
    listed = {key for key in expectations if key.split(" ")[0] == name}
    assert deviating - listed == set(), "unexplained deviations"
    assert listed - deviating == set(), "stale entries"


def test_every_deviation_has_a_reason(expectations: dict[str, str]) -> None:
    """A listed deviation says why, in a sentence, and names a file of the suite."""
    assert all(len(reason) > 20 and key.split(" ")[0] in _FILES for key, reason in expectations.items())


@pytest.mark.parametrize("harmless", [without(), but("a*", "b*")], ids=["untidy", "a and b"])
@pytest.mark.parametrize("name", _FILES)
def test_skipping_changes_nothing(name: str, harmless: re.Pattern[bytes], html5lib_tests: Path) -> None:
    """The tags that are handed out are the same when all others are skipped by the expression."""
    for case in _cases(html5lib_tests / "tokenizer" / f"{name}.test"):
        every, few = Recorder(), Recorder(harmless)
        _run(every, case.page)
        _run(few, case.page)
        wanted = [tag.source for tag in every.tags if not harmless.match(tag.source, 1)]
        assert [tag.source for tag in few.tags] == wanted, case


def _run(handler: Recorder, page: bytes) -> None:
    rewriter = Rewriter(handler)
    rewriter.feed(page)
    rewriter.close()
