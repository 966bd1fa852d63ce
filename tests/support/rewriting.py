"""A handler that notes what it is handed and changes what it is told to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from consentkit.markup import grammar, tidy
from consentkit.markup.rewriter import NeedsText, Rewriter
from consentkit.markup.tokenizer import StartTag, rewrite_tag

NONE = re.compile(rb"(?!)")


def without(*attributes: str) -> re.Pattern[bytes]:
    """Return what takes tidy tags that have none of these attributes, so that all others are handed out."""
    return re.compile(tidy.tag(tidy.ANY_NAME, tidy.attributes(refused=attributes)))


def but(*names: str) -> re.Pattern[bytes]:
    """Return what takes every tag but those of these names."""
    return re.compile(grammar.none_of(names) + tidy.ANY_NAME + grammar.REST_OF_TAG.pattern)


@dataclass
class Recorder:
    """Notes every start tag, text and attribute it is asked about; renames and answers as told."""

    harmless: re.Pattern[bytes] = NONE
    rename: tuple[bytes, ...] = ()
    needs_text: frozenset[bytes] = frozenset()
    texts: tuple[bytes | None, bytes | None] = (None, None)
    oversized: bool = True
    tags: list[StartTag] = field(default_factory=list)
    seen_texts: list[tuple[bytes, bytes, bool]] = field(default_factory=list)
    asked: list[tuple[bytes, bytes, str]] = field(default_factory=list)

    def start_tag(self, tag: StartTag) -> bytes | NeedsText | None:
        self.tags.append(tag)
        if tag.name in self.needs_text:
            return NeedsText.NEEDS_TEXT
        found = [name for name in self.rename if tag.get(name) is not None]
        return rewrite_tag(tag, rename=found, charset=tag.charset) if found else None

    def element_text(self, tag: StartTag, text: bytes, complete: bool) -> tuple[bytes | None, bytes | None]:
        self.seen_texts.append((tag.name, text, complete))
        return self.texts

    def oversized_attribute(self, tag_name: bytes, attribute: bytes, value_prefix: str) -> bool:
        self.asked.append((tag_name, attribute, value_prefix))
        return self.oversized

    @property
    def names(self) -> list[bytes]:
        return [tag.name for tag in self.tags]


@dataclass(frozen=True)
class Rewritten:
    """What became of a page."""

    output: bytes
    body_offset: int | None
    handler: Recorder

    @property
    def names(self) -> list[bytes]:
        return self.handler.names


def rewrite(
    page: bytes,
    handler: Recorder | None = None,
    *,
    cuts: tuple[int, ...] = (),
    step: int | None = None,
    document: bool | None = None,
    hold_limit: int = 65536,
    charset: str = "utf-8",
) -> Rewritten:
    """Run a page through, whole, cut at offsets or in steps of a size."""
    handler = handler or Recorder()
    rewriter = Rewriter(handler, document=document, hold_limit=hold_limit, charset=charset)
    ends = range(step, len(page), step) if step else sorted(cuts)
    pieces, start = [], 0
    for end in (*ends, len(page)):
        pieces.append(rewriter.feed(page[start:end]))
        start = end
    pieces.append(rewriter.close())
    return Rewritten(b"".join(pieces), rewriter.body_offset, handler)
