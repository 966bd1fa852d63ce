"""Scripts and styles as they are sent: what only their readers need is left out.

Our sources keep to what this relies on, and the tests hold them to it: text stands in double quotes or back-ticks, a
division has spaces around it, statements end with semicolons, and a name that a script declares stands for nothing
else in that file.
"""

from __future__ import annotations

import re
from collections import Counter
from string import ascii_letters
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TOKEN: Final = re.compile(
    r"""
    (?P<gap> \s+ | /\*.*?\*/ | //[^\n]* )
    | (?P<text> "[^"\n]*" )
    | (?P<template> `[^`]*` )
    | (?P<pattern> /(?![ ])(?:\\. | \[(?:\\. | [^]\\])*\] | [^/\\\n[])+/[a-z]* )
    | (?P<word> [\w$]+ )
    | (?P<sign> \.\.\. | => | . )
    """,
    re.DOTALL | re.VERBOSE,
)
_DECLARED: Final = re.compile(r"\b(?:const|let) (\w+)|\(([\w, ]+)\) =>")
_FILLED: Final = re.compile(r"\$\{([^}]*)\}")
_WORD: Final = re.compile(r"\w+")
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
# Elsewhere a brace opens a block.
_BEFORE_OBJECTS: Final = frozenset("(,=:?[") | {"const", "let", "return"}
# What ends nothing that the closing bracket after it doesn't end.
_IDLE: Final = re.compile(r"[;,](?=\})|,(?=[)\]])")

_STYLE_GAPS: Final = (
    (re.compile(r"/\*.*?\*/\s*", re.DOTALL), ""),
    (re.compile(r"\s+"), " "),
    # Not after a round bracket: `(a) and (b)`, `:is(a) b`.
    (re.compile(r" ?([{},;>]) ?"), r"\1"),
    (re.compile(r"(?<=[:(]) "), ""),
    (re.compile(r";(?=\})"), ""),
)


def style(source: str) -> str:
    """Return a style without comments and gaps."""
    for gap, left in _STYLE_GAPS:
        source = gap.sub(left, source)
    return source.strip()


def script(source: str) -> str:
    """Return a script without comments and gaps, its own names shortened; each statement stays what it was."""
    tokens = [(found.lastgroup or "", found[0]) for found in _TOKEN.finditer(source) if found.lastgroup != "gap"]
    short = _short_names(source, tokens)
    return _IDLE.sub("", "".join(_joined(short.get(text, text) if kind == "word" else text for kind, text in tokens)))


def _joined(texts: Iterable[str]) -> Iterator[str]:
    """Keep words apart."""
    before = ""
    for text in texts:
        if _WORD.fullmatch(before[-1:]) and _WORD.fullmatch(text[:1]):
            yield " "
        yield text
        before = text


def _short_names(source: str, tokens: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return a letter for each name that is declared and never names a property, the most frequent first."""
    words = Counter(text for kind, text in tokens if kind == "word")
    declared = {name for found in _DECLARED.finditer(source) for name in _WORD.findall(found[1] or found[2])}
    kept = set(_properties(tokens))
    filled = (part for kind, text in tokens if kind == "template" for part in _FILLED.findall(text))
    kept.update(name for part in filled for name in _WORD.findall(part))
    ours = sorted((name for name in declared - kept if len(name) > 1), key=lambda name: (-words[name], name))
    return dict(zip(ours, (letter for letter in ascii_letters if letter not in words), strict=False))


def _properties(tokens: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield words that may name a property: after a dot, before a colon, in an object's braces, or as an accessor."""
    around = [("", ""), *tokens, ("", "")]
    within: list[str] = []
    for (_, before), (kind, text), (_, after) in zip(around, tokens, around[2:], strict=False):
        if text in _OPENING:
            within.append("object" if text == "{" and before in _BEFORE_OBJECTS else "")
        elif text in _CLOSING:
            within.pop()
        elif kind == "word":
            named = within[-1:] == ["object"] and before in {"{", ",", "get", "set"}
            accessor = text in {"get", "set"} and _WORD.match(after)
            if before == "." or after == ":" or named or accessor:
                yield text
