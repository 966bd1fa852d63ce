"""A document for people outside the site, as Markdown or as one HTML page that needs no other file.

Headings, paragraphs, facts (a term and what it is) and tables are all there is; whoever makes a document puts plain
text in, and each writer escapes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from markupsafe import escape

# What Markdown (CommonMark, with tables) could read as markup anywhere in a line.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#&])")
# What it reads as the start of a list, a heading or a rule at the beginning of one.
_LINE_START = re.compile(r"^(\d*)([-+=.)])(?=\s|$)")

_STYLE = """\
:root { color-scheme: light dark }
:focus-visible { outline: 2px solid; outline-offset: 2px }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2rem } h3 { font-size: 1.05rem }
dl { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .35rem 1rem }
dt { grid-column: 1; font-weight: 600 } dd { grid-column: 2; margin: 0 }
div { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: start; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886 }
@media (max-width: 40rem) { dl { display: block } dd { margin-bottom: .6rem } }
@media print { h2 { break-after: avoid } tr, dl { break-inside: avoid } }
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms, each with what it is; several values are shown one below the other, none leaves the term out."""

    pairs: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a header; ``code`` are the columns whose cells are names for programs."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    code: frozenset[int] = frozenset()


Block: TypeAlias = str | Facts | Table
"""A paragraph, facts or a table."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it; ``level`` is 2 or 3."""

    title: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True, slots=True)
class Document:
    """A titled document in one language (a BCP 47 tag)."""

    title: str
    language: str
    direction: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())

    def markdown(self) -> str:
        """Return it as CommonMark with tables."""
        colon = "\u00a0: " if self.language.startswith("fr") else ": "
        blocks = [f"# {_inline(self.title)}", *map(_line, self.lead)]
        for section in self.sections:
            blocks.append(f"{'#' * section.level} {_inline(section.title)}")
            blocks += [text for block in section.blocks if (text := _markdown(block, colon))]
        return "\n\n".join(blocks) + "\n"

    def html(self) -> str:
        """Return it as a page without scripts that loads nothing and prints well."""
        body = [f"<h1>{escape(self.title)}</h1>", *(f"<p>{escape(text)}</p>" for text in self.lead)]
        for section in self.sections:
            body.append(f"<h{section.level}>{escape(section.title)}</h{section.level}>")
            body += [text for block in section.blocks if (text := _html(block, section.title))]
        return (
            f'<!doctype html>\n<html lang="{escape(self.language)}" dir="{escape(self.direction)}">\n<head>\n'
            '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
            f"<title>{escape(self.title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n"
            + "\n".join(body)
            + "\n</main>\n</body>\n</html>\n"
        )


def _markdown(block: Block, colon: str) -> str:
    if isinstance(block, str):
        return _line(block)
    if isinstance(block, Facts):
        return "\n".join(_fact(term, values, colon) for term, values in block.pairs if values)
    header, rule = map(_inline, block.header), ("---" for _ in block.header)
    rows = ((_cell(cell, code=column in block.code) for column, cell in enumerate(row)) for row in block.rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def _fact(term: str, values: tuple[str, ...], colon: str) -> str:
    if len(values) == 1:
        return f"- **{_inline(term)}**{colon}{_inline(values[0])}"
    return "\n".join((f"- **{_inline(term)}**{colon.rstrip()}", *(f"  - {_line(value)}" for value in values)))


def _cell(text: str, *, code: bool) -> str:
    if not code:
        return _inline(text)
    # A bar ends a cell even within a code span (GFM §4.10); a backtick would end the span.
    return "`" + _one_line(text).replace("|", "\\|").replace("`", "'") + "`" if text else ""


def _line(text: str) -> str:
    return _LINE_START.sub(r"\1\\\2", _inline(text))


def _inline(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _html(block: Block, label: str) -> str:
    if isinstance(block, str):
        return f"<p>{escape(block)}</p>"
    if isinstance(block, Facts):
        pairs = (
            f"<dt>{escape(term)}</dt>" + "".join(f"<dd>{escape(value)}</dd>" for value in values)
            for term, values in block.pairs
            if values
        )
        return "<dl>\n" + "\n".join(pairs) + "\n</dl>"
    header = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.header)
    rows = ("<tr>" + "".join(_td(block, *each) for each in enumerate(row)) + "</tr>" for row in block.rows)
    return (
        # Narrow screens scroll a wide table, which the keyboard must reach (WCAG 2.1.1).
        f'<div role="region" tabindex="0" aria-label="{escape(label)}">\n'
        f"<table>\n<thead><tr>{header}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n</div>"
    )


def _td(table: Table, column: int, cell: str) -> str:
    return f"<td><code>{escape(cell)}</code></td>" if column in table.code and cell else f"<td>{escape(cell)}</td>"
