"""The html5lib tree-construction tests: whatever is an element in the expected tree has been handed out.

Only elements that can contact or run something are looked at: formatting elements are cloned by the parser, and some
others come into being without a tag.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest
from rewriting import Recorder, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ACTIVE = frozenset(
    "script iframe img link meta base style object embed video audio source track input form frame image use feimage "
    "applet bgsound portal button textarea svg math animate set foreignobject template".split()
)
_ELEMENT = re.compile(r"<(?:(svg|math) )?([^\s>]+)>\Z")
_ATTRIBUTE = re.compile(r'([^\s"=]+(?: [^\s"=]+)?)="(.*)"\Z', re.DOTALL)
# The parser's own corrections of names (13.2.6.5) are undone by comparing in lower case.
_SECTIONS = ("#errors", "#new-errors", "#document-fragment", "#script-off", "#script-on", "#document")
# As a fragment, a page is read as if in a div; other contexts can't be known.
_MADE_BY_SCRIPT = "document.write"
_CONTEXTS = frozenset({"", "div", "body"})


class Case(NamedTuple):
    """One test."""

    data: str
    context: str
    tree: str


def _cases(path: Path) -> Iterator[Case]:
    for block in re.split(r"(?:\A|\n\n)#data\n", path.read_bytes().decode())[1:]:
        sections: dict[str, list[str]] = {"#data": []}
        current = sections["#data"]
        for line in block.split("\n"):
            if line in _SECTIONS:
                current = sections.setdefault(line, [])
            else:
                current.append(line)
        yield Case(
            "\n".join(sections["#data"]),
            "".join(sections.get("#document-fragment", [])).strip(),
            "\n".join(sections.get("#document", [])).rstrip("\n"),
        )


def _live(tree: str) -> Counter[tuple[str, frozenset[tuple[str, str]]]]:
    """Return the active elements of an expected tree with their attributes."""
    elements: list[tuple[str, dict[str, str]]] = []
    for line in re.split(r"\n(?=\| )", tree):
        node = line.removeprefix("| ").lstrip(" ")
        if element := _ELEMENT.match(node):
            elements.append((element[2].lower(), {}))
        elif elements and (attribute := _ATTRIBUTE.match(node)):
            elements[-1][1][attribute[1].replace(" ", ":").lower()] = attribute[2]
    return Counter((name, frozenset(attributes.items())) for name, attributes in elements if name in _ACTIVE)


def _handed(handler: Recorder) -> Counter[tuple[str, frozenset[tuple[str, str]]]]:
    return Counter(
        (tag.name.decode(), frozenset((attribute.name.decode(), attribute.value) for attribute in tag.attributes))
        for tag in handler.tags
    )


def _missing(case: Case, step: int | None) -> Counter[tuple[str, frozenset[tuple[str, str]]]]:
    handed = _handed(rewrite(case.data.encode(), Recorder(), step=step).handler)
    # In HTML the parser makes an img of it, in SVG it stays.
    for (name, attributes), count in list(handed.items()):
        if name == "image":
            handed["img", attributes] += count
    return _live(case.tree) - handed


@pytest.mark.parametrize("step", [None, 1], ids=["whole", "byte by byte"])
def test_every_live_element_is_handed_out(html5lib_tests: Path, step: int | None) -> None:
    """With scripting on and off, in every document of the suite."""
    documents = live = 0
    escaped = []
    for path in sorted((html5lib_tests / "tree-construction").rglob("*.dat")):
        for case in _cases(path):
            if case.context not in _CONTEXTS or _MADE_BY_SCRIPT in case.data:
                continue
            documents += 1
            live += _live(case.tree).total()
            if missing := _missing(case, step):
                escaped.append((path.name, case.data, dict(missing)))
    assert documents > 1500
    assert live > 500
    assert escaped == []
