"""One start tag: its attributes as the parser sees them, and rewriting by insertions only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from consentkit.markup.grammar import ATTRIBUTE, ATTRIBUTES, TAG_NAME
from consentkit.markup.references import escape, resolve

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterable, Sequence

PREFIX: Final = b"data-consentkit-"
"""What disarms an attribute when put before its name."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


class Attribute(NamedTuple):
    """One attribute of a start tag.

    Attributes:
        name: In ASCII lower case; NUL became U+FFFD in UTF-8.
        value: With character references resolved; empty when there is none.
        name_span: Where the name lies in the tag's source.
        value_span: Where the value lies, without its quotes; None when there is none.
    """

    name: bytes
    value: str
    name_span: tuple[int, int]
    value_span: tuple[int, int] | None


@dataclass(slots=True)
class StartTag:
    """One start tag.

    Attributes:
        name: In ASCII lower case; HTML's ``image`` is the parser's ``img``, and is told as it is written.
        source: Its exact bytes, from ``<`` to ``>``.
        self_closing: Whether it ends with ``/>``, which means something in foreign content only.
        foreign: Whether it may lie in SVG or MathML.
        charset: The codec its values are decoded with.
    """

    name: bytes
    source: bytes
    self_closing: bool = False
    foreign: bool = False
    charset: str = "utf-8"
    _read: list[tuple[bytes, re.Match[bytes]]] | None = field(default=None, init=False, repr=False, compare=False)
    _kept: dict[bytes, re.Match[bytes]] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes in document order, the first of duplicates only, as the parser keeps them."""
        return tuple(
            Attribute(
                name,
                self._value(match),
                match.span(1),
                match.span(match.lastindex or 1) if match.lastindex != 1 else None,
            )
            for name, match in self._firsts().items()
        )

    @property
    def names(self) -> Iterable[bytes]:
        """The attributes' names in document order, each once."""
        return self._firsts()

    def get(self, name: bytes) -> str | None:
        """Return an attribute's value, or None when the tag has no such attribute.

        Args:
            name: In lower case.
        """
        match = self._firsts().get(name)
        return None if match is None else self._value(match)

    @property
    def written(self) -> Sequence[tuple[bytes, re.Match[bytes]]]:
        """Every attribute's name, duplicates too, with its match of :data:`~consentkit.markup.grammar.ATTRIBUTE`."""
        if self._read is None:
            fold = folded if b"\0" in self.source else bytes.lower
            self._read = [(fold(match[1]), match) for match in ATTRIBUTE.finditer(self.source, self.name_end())]
        return self._read

    def _firsts(self) -> dict[bytes, re.Match[bytes]]:
        if self._kept is None:
            self._kept = dict(self.written)
            if len(self._kept) < len(self.written):
                self._kept = {}
                for name, match in self.written:
                    self._kept.setdefault(name, match)
        return self._kept

    def _value(self, match: re.Match[bytes]) -> str:
        return "" if match.lastindex == 1 else attribute_value(match[match.lastindex or 1], self.charset)

    def name_end(self) -> int:
        """Return the offset just after the tag's name."""
        match = TAG_NAME.match(self.source, 1)
        return match.end() if match else len(self.source) - 1


def folded(raw: bytes) -> bytes:
    """Return a tag's or attribute's name as the parser keeps it."""
    name = raw.lower()
    return name.replace(b"\0", _REPLACEMENT) if b"\0" in name else name


def attribute_value(raw: bytes, charset: str) -> str:
    """Return an attribute's value from its bytes between the quotes."""
    return resolve(raw.decode(charset, "replace"))


def is_self_closing(source: bytes) -> bool:
    """Tell whether a start tag ends with ``/>`` and the slash isn't an unquoted value's."""
    if not source.endswith(b"/>"):
        return False
    name = TAG_NAME.match(source, 1)
    attributes = ATTRIBUTES.match(source, name.end()) if name else None
    return attributes is None or attributes.end() <= len(source) - len(b"/>")


def rewrite_tag(
    tag: StartTag,
    *,
    rename: Collection[bytes] = (),
    prefix: bytes = PREFIX,
    insert: Sequence[tuple[bytes, str]] = (),
    charset: str = "utf-8",
) -> bytes:
    """Return a start tag with attributes disarmed and others added; every byte of the site's stays, in its order.

    All duplicates of a renamed attribute are renamed, or the second would come alive. Ours come first and win, because
    the parser keeps the first of duplicates; the site's own of that name is renamed, so that it stays readable.

    Args:
        tag: What to rewrite.
        rename: Names that get the prefix, in lower case.
        prefix: What is put before them.
        insert: Names and values to add right after the tag's name; values are escaped.
        charset: The page's codec.
    """
    disarmed = {*rename, *(name for name, _ in insert)}
    source, position = tag.source, tag.name_end()
    pieces = [source[:position]]
    pieces += (b' %b="%b"' % (name, escape(value, charset)) for name, value in insert)
    for name, match in tag.written:
        if name in disarmed:
            offset = match.start(1)
            pieces += (source[position:offset], prefix)
            position = offset
    pieces.append(source[position:])
    return b"".join(pieces)
