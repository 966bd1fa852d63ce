"""YAML 1.2 with the line and column of every key and value.

PyYAML's own composer keeps the last of two equal keys, reads ``off`` as false and ``1:30`` as 90, follows aliases (a
bomb of them is 1 KiB long) and recurses as deep as the text nests. So its events are composed here: iteratively, to a
fixed depth, with the YAML 1.2 core schema (§10.3.2), and with every problem listed instead of the first one raised.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from consentkit.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH: Final = 32
"""The deepest path of the manifest has 6 levels; ``regions`` is left room."""

_NULL: Final = re.compile(r"~|null|Null|NULL|")
_BOOL: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT: Final = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_OCTAL: Final = re.compile(r"0o[0-7]{1,18}")
_HEX: Final = re.compile(r"0x[0-9a-fA-F]{1,16}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """A value and where it begins.

    Attributes:
        place: Where the value begins.
        value: A scalar, a list of nodes or a mapping of keys to nodes.
        keys: Where each key of a mapping begins.
    """

    place: Place
    value: Any
    keys: dict[str, Place] = field(default_factory=dict)

    def plain(self) -> Any:
        """Return the value without places: scalars, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """Return where a path leads, or where its last existing step does.

        Args:
            path: Keys and indexes from this node.
            key: Point at the last key rather than at its value.
        """
        node, place = self, self.place
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                place = node.keys[str(step)]
                node = node.value[step]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                place = node.place
            else:
                return node.place
        return place if key else node.place


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read yet."""

    node: Node
    path: tuple[str | int, ...]
    key: str | None = None
    key_place: Place | None = None


class _Composer:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self._open: list[_Open] = []

    def compose(self, text: str) -> bool:
        """Read to the end of the text; False where that can't be done."""
        documents = 0
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._report(event, "a second document begins; keep one manifest in a file")
                        return False
                elif not self._take(event):
                    return False
        except yaml.MarkedYAMLError as error:
            self._report_syntax(error)
            return False
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            column = error.position - text.rfind("\n", 0, error.position)
            message = f"the character U+{int(error.character):04X} is not allowed in YAML; remove it"
            self.problems.append(Problem(self.file, line, column, "", message))
            return False
        return True

    def _take(self, event: yaml.Event) -> bool:
        """Take one event; False stops the reading."""
        if isinstance(event, yaml.NodeEvent):
            self._refuse_indirection(event)
        if isinstance(event, yaml.AliasEvent):
            self._place(Node(_place(event), None), event, known=False)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(self._open) >= MAX_DEPTH:
                self._report(event, f"nested deeper than {MAX_DEPTH} levels; a manifest needs 6")
                return False
            node = Node(_place(event), {} if isinstance(event, yaml.MappingStartEvent) else [])
            path = self._path()
            self._place(node, event, known=True)
            self._open.append(_Open(node, path))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
        return True

    def _refuse_indirection(self, event: yaml.NodeEvent) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._report(event, f"alias '*{event.anchor}' is refused; write the value out")
        elif event.anchor:
            self._report(event, f"anchor '&{event.anchor}' is refused; write the value out where it is needed")
        tag = getattr(event, "tag", None)
        if tag:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self._report(event, f"tag '{shown}' is refused; write the plain value")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        parent = self._open[-1] if self._open else None
        if parent is None or isinstance(parent.node.value, list) or parent.key_place is not None:
            plain = event.style is None
            self._place(Node(_place(event), _resolve(event.value) if plain else event.value), event, known=True)
            return
        parent.key, parent.key_place = event.value, _place(event)
        if event.style is None and event.value == "<<":
            self._report(event, "merge key '<<' is refused; write the keys out")
            parent.key = None
        elif event.value in parent.node.keys:
            first = parent.node.keys[event.value]
            self._report(event, f"'{event.value}' stands here twice, first on line {first.line}; keep one")
            parent.key = None

    def _place(self, node: Node, event: yaml.Event, *, known: bool) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif parent.key_place is None:
            if known:
                self._report(event, "a mapping or a list can't be a key; write a name")
            parent.key, parent.key_place = None, node.place
        else:
            if parent.key is not None:
                parent.node.value[parent.key] = node
                parent.node.keys[parent.key] = parent.key_place
            parent.key = parent.key_place = None

    def _path(self) -> tuple[str | int, ...]:
        if not self._open:
            return ()
        parent = self._open[-1]
        if isinstance(parent.node.value, list):
            return (*parent.path, len(parent.node.value))
        return parent.path if parent.key is None else (*parent.path, parent.key)

    def _report(self, event: yaml.Event, message: str) -> None:
        place = _place(event)
        path = ".".join(map(str, self._path()))
        self.problems.append(Problem(self.file, place.line, place.column, path, message))

    def _report_syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason = " ".join(part for part in (error.context, error.problem) if part)
        if "\\t" in reason:
            reason += "; indent with spaces"
        self.problems.append(Problem(self.file, line, column, "", f"not YAML: {reason}"))


def compose(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """Read one YAML document.

    Args:
        text: The document.
        file: What to call it in problems.

    Returns:
        The root, or ``None`` where the text is empty or can't be read to its end, and every problem. A refused key is
        left out of its mapping.
    """
    composer = _Composer(file)
    whole = composer.compose(text)
    return composer.root if whole else None, composer.problems


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)


def _resolve(text: str) -> Any:
    """Give a plain scalar its type by the YAML 1.2 core schema; infinity and NaN stay text."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
