"""How the text inside an element is read, and where the page may be read in two ways.

The tree builder decides whether the tokenizer leaves the data state (WHATWG HTML 13.2.6). It isn't built here; what is
followed is only what can change that decision. Where parsers differ (scripting on or off, the select element before and
after 2025) or the decision isn't certain, the answer is :attr:`Content.EITHER`. So it is in SVG and MathML: Chromium
looks ahead for what to fetch without a tree (13.2.6.4, speculative parsing), and takes text elements for text there.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from consentkit.markup.namespaces import Namespaces

if TYPE_CHECKING:
    from consentkit.markup.namespaces import Reading
    from consentkit.markup.tokenizer import StartTag


class Content(enum.Enum):
    """How what follows a start tag is tokenized."""

    MARKUP = enum.auto()
    """As data: tags and text."""
    TEXT = enum.auto()
    """As text up to the end tag, for certain: RCDATA, RAWTEXT, script data or PLAINTEXT."""
    EITHER = enum.auto()
    """As either, depending on the parser or on what can't be known."""


class Watch(enum.IntEnum):
    """Which tags the context has to see."""

    STOPS = 0
    """Those that may change how text is read; scripts and styles are text for certain."""
    SELECTS = 1
    """Also the end tags of select and template, and every script and style."""
    LOST = 2
    """The same without svg and math: which namespace a tag lies in isn't followed any more."""
    DRAWINGS = 3
    """Every tag, but for the ordinary ones of an SVG drawing."""
    EVERYTHING = 4
    """Every tag: namespaces mix, or a template just began."""


# Python 3.11 takes 100 ns to look a member up on its class.
_MARKUP, _TEXT, _EITHER = Content
_STOPS, _SELECTS, _LOST, _DRAWINGS, _EVERYTHING = Watch

TEXT_ELEMENTS: Final = frozenset(b"script style title textarea xmp iframe noembed noframes noscript plaintext".split())
# What the old tree builder's "in select" mode does not drop (HTML Standard before 2025-06, 13.2.6.4.16).
_KEPT_IN_SELECT = frozenset({b"script", b"textarea"})
# What leaves a template's mode open (13.2.6.4.18); any other start tag settles it.
_ANY_TEMPLATE_MODE = frozenset(b"base basefont bgsound link meta noframes script style template title".split())
# In plain HTML no other start tag changes anything.
_TELLING = TEXT_ELEMENTS | {b"svg", b"math", b"select", b"template", b"frameset"}
_MOST_TEMPLATES = 256


class _Template:
    """One open template: its insertion mode as far as it matters, and whether a select was open around it."""

    __slots__ = ("columns", "fresh", "in_select")

    def __init__(self, *, in_select: bool) -> None:
        self.fresh = True
        self.columns = False
        self.in_select = in_select


class Context:
    """What is known about the open elements of one page."""

    __slots__ = ("_frameset", "_select", "_templates", "_watch", "namespaces")

    def __init__(self) -> None:
        self.namespaces = Namespaces()
        self._select = False
        self._frameset = False
        self._templates: list[_Template] = []
        self._watch: Watch | None = _STOPS

    @property
    def watch(self) -> Watch:
        """Which tags have to be told."""
        if self._watch is None:
            self._watch = self._wanted()
        return self._watch

    @property
    def in_template(self) -> bool:
        """Whether a template is open."""
        return bool(self._templates)

    def start(self, tag: StartTag) -> Content:
        """Follow a start tag and tell how what comes after it is read."""
        name, namespaces = tag.name, self.namespaces
        if self._watch is _STOPS and name not in _TELLING:
            return _MARKUP
        self._watch = None
        dropped = self._may_drop(name)
        content = self._content(tag, dropped=dropped)
        html = namespaces.html_possible(name)
        namespaces.start(tag, ignorable=dropped)
        if html:
            self._follow(name)
        return content

    def end(self, name: bytes) -> None:
        """Follow an end tag."""
        if self._watch is _STOPS:
            return
        self._watch = None
        self.namespaces.end(name)
        # A template of SVG's own stays within the foreign content it ends.
        if name == b"template" and self._templates and () in self.namespaces.readings:
            self._select = self._templates.pop().in_select
        elif name == b"select":
            self._select = bool(self._templates) and self._templates[-1].in_select

    def join(self, readings: frozenset[Reading]) -> None:
        """Follow the end of a region, with the namespaces that were possible where it began."""
        self._watch = None
        self.namespaces.join(readings)

    def lose(self) -> None:
        """Give up following the namespaces."""
        self._watch = None
        self.namespaces.lose()

    def _wanted(self) -> Watch:
        if self._templates and self._templates[-1].fresh:
            return _EVERYTHING
        if self.namespaces.lost:
            return _LOST
        if not self.namespaces.plain:
            return _DRAWINGS if self.namespaces.drawing else _EVERYTHING
        return _SELECTS if self._select or self._templates or self._frameset else _STOPS

    def _content(self, tag: StartTag, *, dropped: bool) -> Content:
        name = tag.name
        if name not in TEXT_ELEMENTS or (tag.self_closing and not self.namespaces.html_possible(name)):
            return _MARKUP
        if name == b"noscript" or dropped or self.namespaces.foreign_possible(name):
            return _EITHER
        return _TEXT

    def _may_drop(self, name: bytes) -> bool:
        """Tell whether a tree builder may drop this start tag."""
        if self._frameset or (self._templates and self._templates[-1].columns):
            return True
        return self._select and name not in _KEPT_IN_SELECT

    def _follow(self, name: bytes) -> None:
        template = self._templates[-1] if self._templates else None
        if template and template.fresh and name not in _ANY_TEMPLATE_MODE:
            template.fresh = False
            template.columns = name == b"col"
        if name == b"template":
            self._open_template()
        elif name == b"select":
            self._select = True
        elif name == b"frameset":
            self._frameset = True

    def _open_template(self) -> None:
        if len(self._templates) >= _MOST_TEMPLATES:
            self.lose()
        else:
            self._templates.append(_Template(in_select=self._select))
