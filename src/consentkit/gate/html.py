"""The first wall: HTML whose elements may only contact what the visitor allowed.

Rules of operation:

1. Where two readings are possible, an element that could be live under either is gated.
2. A gated element keeps its place and, but for a style sheet in a drawing, its text. Its URL attributes are renamed
   ``data-consentkit-ATTR``; a script's type becomes ``text/plain``, because one without ``src`` would run its text.
3. Nothing is ungated in the browser: once allowed, the server sends the page as the site wrote it.
4. Data is not code: JSON, templates and text are left as they are, whatever URLs they hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from consentkit.gate import css, elements
from consentkit.gate.content import data_content, starts_no_tag, texts_of, urls_of
from consentkit.gate.csp import script_nonce
from consentkit.gate.elements import Reading
from consentkit.gate.harmless import HARMLESS, NOTHING, names_no_host
from consentkit.gate.headers import fetches, refresh_target
from consentkit.gate.passages import Setting
from consentkit.gate.policy import Blocked, GatePolicy
from consentkit.gate.rules import blocked_rules
from consentkit.gate.urls import Base, scheme_of, target
from consentkit.markup.rewriter import NEEDS_TEXT, NeedsText, Rewriter
from consentkit.markup.tokenizer import StartTag, rewrite_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consentkit.manifest.model import Service

# Python 3.11 takes 100 ns to look a member up on its class.
_OF_URL, _OF_SCRIPT, _OF_DOCUMENT = Reading.URL, Reading.SCRIPT, Reading.DOCUMENT
_STYLE_SHEET = re.compile(r"\s*data:\s*text/css", re.IGNORECASE)
_WITHOUT_CONTENT = ("https:", "http:", "/")
# What stays with the base's own host, as most of what stands between quotes in a style sheet would.
_RELATIVE = re.compile(r"(?! *//)[^\x00-\x1f\\:]*+")
_MOST_NESTING = 4
_MOST_POLICIES = 4
# The guard goes before the first of these, because they run code or have handlers that do. It doesn't go to the head's
# start: a meta charset must stay within the page's first 1024 bytes (WHATWG HTML 4.2.5.4).
_ACTING = frozenset({b"script", b"link", b"style", b"body"})
# Each changes how what follows is judged, or is shown in a language that what came before told.
_ACTING_ON_PAGE = frozenset({b"html", b"base", b"meta", b"iframe"})
_LONGEST_REMEMBERED = 512
_SUBMISSIONS = {b"action": "method", b"formaction": "formmethod"}
_RUNNING = frozenset({b"script", b"iframe", b"frame", b"object", b"embed"})

# Links the visitor follows by hand are the most frequent tags that name a host; only these attributes of theirs matter.
_LINK_ACTS = re.compile(
    rb"[\s\"'/](?:on[a-z]+|%b)[\s=/>]" % b"|".join(sorted(elements.CONTACTING_FROM_LINKS)), re.IGNORECASE
)


class HtmlGate:
    """Decide about each start tag of one page. Lives as long as the response.

    Args:
        policy: What is allowed.
        base: Where the page lies.
        placeholder: Gives what is shown in place of a gated frame, for a service, the page's language and the frame.
        charset: The page's codec.
        guard: Makes the markup that must stand before every script, from the nonce its tags carry; empty for none.
        nonce: What the site's policies in headers ask of scripts, if anything.
        nesting: How deep in ``srcdoc`` documents this one lies.

    Attributes:
        guard: The guard's bytes.
        harmless: Takes the start tags that need not be looked at.
        language: The ``lang`` of the html element, once seen.
        nonce: What the site's policies ask of scripts, those in the page too as far as it has been read.
        blocked: What was gated, for the observed inventory.
        policies: Those in the page that govern our scripts, the first ones.
    """

    def __init__(
        self,
        policy: GatePolicy,
        base: Base,
        *,
        placeholder: Callable[[Service, str | None, StartTag], str],
        charset: str = "utf-8",
        guard: Callable[[str | None], str] = lambda _nonce: "",
        nonce: str | None = None,
        nesting: int = 0,
    ) -> None:
        self._policy = policy
        self.harmless = NOTHING if policy.judges_own_paths else HARMLESS
        self._base = base
        self._placeholder = placeholder
        self._charset = charset
        self._nesting = nesting
        self.nonce = nonce
        self._make_guard = guard
        self._variant = self._told_apart()
        self.guard = self._made_guard()
        self._guarding = bool(self.guard)
        self.language: str | None = None
        self.blocked: list[Blocked] = []
        self.policies: list[bytes] = []

    @property
    def setting(self) -> Setting:
        """What the judgement of what comes next depends on."""
        nonce = self.nonce if self._guarding else None
        return Setting(self._variant, nonce, len(self.policies), self.language, self._guarding)

    def resume(self, setting: Setting, blocked: tuple[Blocked, ...]) -> None:
        """Go on after what another gate judged from the same setting."""
        self.language, self._guarding = setting.language, setting.guarding
        self.blocked += blocked

    def start_tag(self, tag: StartTag) -> bytes | NeedsText | None:
        """Return what stands for a start tag; None to leave it (see ``markup.rewriter.Handler``)."""
        answer = self._remembered(tag)
        if isinstance(answer, NeedsText) or not self._guarding or tag.name not in _ACTING:
            return answer
        return self.take_guard() + (tag.source if answer is None else answer)

    def take_guard(self) -> bytes:
        """Return the guard if it stands nowhere yet, to put it somewhere."""
        guard, self._guarding = self.guard if self._guarding else b"", False
        return guard

    def _made_guard(self) -> bytes:
        return self._make_guard(self.nonce).encode(self._charset, "xmlcharrefreplace")

    def _remembered(self, tag: StartTag) -> bytes | NeedsText | None:
        """Return what stood for the same tag before: pages of a site are much alike."""
        if self._nesting or tag.name in _ACTING_ON_PAGE or len(tag.source) > _LONGEST_REMEMBERED:
            return self._judged(tag)
        key = (self._variant, tag.foreign, tag.source)
        known = self._policy.judged.get(key)
        if known is None:
            before = len(self.blocked)
            answer = self._judged(tag)
            self._policy.judged.put(key, (answer, tuple(self.blocked[before:])))
            return answer
        self.blocked += known[1]
        return known[0]

    def _judged(self, tag: StartTag) -> bytes | NeedsText | None:
        if tag.name in elements.FOLLOWED_BY_HAND and not _LINK_ACTS.search(tag.source):
            return None
        if tag.name == b"html":
            self.language = self.language or tag.get(b"lang")
        if tag.name == b"meta":
            return self._meta(tag)
        if tag.name == b"link" and not fetches(tag.get(b"rel") or ""):
            return None
        if found := self._blocked_attributes(tag):
            return self._gated(tag, found)
        if tag.name in {b"script", b"style"}:
            return NEEDS_TEXT if tag.name == b"style" or _runs(tag) else None
        if tag.name == b"base":
            self._rebase(tag.get(b"href"))
        return None

    def element_text(self, tag: StartTag, text: bytes, complete: bool) -> tuple[bytes | None, bytes | None]:
        """Return what stands for a script's or style's start tag and text; None to leave either."""
        if tag.name == b"style":
            start, replaced = self._style(tag, text, complete=complete)
        else:
            start, replaced = self._script(tag, text), None
        if self._guarding:
            start = self.take_guard() + (tag.source if start is None else start)
        return start, replaced

    def _script(self, tag: StartTag, text: bytes) -> bytes | None:
        blocked = next(filter(None, (self._blocked_script(tag, reading) for reading in texts_of(tag, text))), None)
        return self._gated(tag, {b"": blocked}) if blocked else None

    def _blocked_script(self, tag: StartTag, text: bytes | None) -> Blocked | None:
        kind = (tag.get(b"type") or "").strip().lower()
        if text is None:
            service = self._policy.denied
        elif kind in elements.FETCHING_TYPES:
            return blocked_rules(text.decode(self._charset, "replace"), self._blocked_url, self._policy.in_doubt)
        else:
            service = self._policy.blocked_in_source(text)
        return Blocked("", service) if service else None

    def oversized_attribute(self, tag_name: bytes, attribute: bytes, value_prefix: str) -> bool:
        """Tell whether an attribute of a tag too large to hold is renamed, from the start of its value."""
        reading = elements.reading(tag_name, attribute)
        if reading is _OF_URL:
            blocked = self._policy.blocked(value_prefix, self._base)
            # Once is enough: there may be a million of them.
            if blocked is not None and blocked not in self.blocked[-1:]:
                self.blocked.append(blocked)
            if tag_name not in _RUNNING:
                return blocked is not None
        # What can't be read whole is gated, except where the element is one that couldn't run it.
        return reading is not None or (tag_name == b"meta" and attribute == b"content")

    def _gated(self, tag: StartTag, found: dict[bytes, Blocked]) -> bytes:
        blocked = next(iter(found.values()))
        self.blocked += found.values()
        service = blocked.service
        insert = [("data-consentkit-service", service.id if service else "")]
        insert.append(("data-consentkit-purpose", " ".join(service.purposes) if service else ""))
        if tag.name in {b"script", b"style"}:
            insert.append(("type", "text/plain"))
        # A form without an action posts to its own page, for ever when a script submits it at once; one of method
        # "dialog" goes nowhere (WHATWG HTML 4.10.22.3).
        insert += [(method, "dialog") for action, method in _SUBMISSIONS.items() if action in found]
        before = b""
        if tag.name == b"iframe" and service is not None and _is_seen(tag) and found.keys() & {b"src", b"srcdoc"}:
            insert.append(("hidden", ""))
            markup = self._placeholder(service, self.language, tag)
            before = markup.encode(self._charset, "xmlcharrefreplace")
        names = [name.encode("ascii") for name, _ in insert]
        return before + rewrite_tag(
            tag,
            rename=[name for name in found if name],
            insert=list(zip(names, (value for _, value in insert), strict=True)),
            charset=self._charset,
        )

    def _blocked_attributes(self, tag: StartTag) -> dict[bytes, Blocked]:
        """Return the attributes that would contact somebody not allowed, and whom."""
        found: dict[bytes, Blocked] = {}
        for attribute in tag.names:
            reading = elements.reading(tag.name, attribute)
            if reading is not None and (blocked := self._blocked_value(tag, tag.get(attribute) or "", reading)):
                found[attribute] = blocked
        return found

    def _blocked_value(self, tag: StartTag, value: str, reading: Reading) -> Blocked | None:
        if reading is _OF_URL:
            return self._blocked_url(value)
        if reading is _OF_SCRIPT:
            service = self._policy.blocked_in_source(value.encode())
            return Blocked("", service) if service else None
        if reading is _OF_DOCUMENT:
            return self._blocked_document(value.encode()) if tag.name == b"iframe" else None
        return self._first_blocked(urls_of(value, reading))

    def _first_blocked(self, urls: Iterable[str]) -> Blocked | None:
        return next(filter(None, map(self._blocked_url, urls)), None)

    def _blocked_url(self, url: str) -> Blocked | None:
        if url.startswith(_WITHOUT_CONTENT):
            return self._policy.blocked(url, self._base)
        if not self._policy.judges_own_paths and _RELATIVE.fullmatch(url):
            return None
        scheme = scheme_of(url)
        if scheme == "javascript":
            service = self._policy.blocked_in_source(unquote_to_bytes(url))
            return Blocked("", service) if service else None
        if scheme == "data":
            content = data_content(url)
            if _STYLE_SHEET.match(url):
                return self._first_blocked(css.urls(content.decode("utf-8", "replace")))
            return self._blocked_document(content)
        return self._policy.blocked(url, self._base)

    def _blocked_document(self, markup: bytes) -> Blocked | None:
        """Return whom a nested document (srcdoc, data: URL) would contact.

        Such a document inherits the page's policies but not its gate, so it is read like a page, and then like a
        script: a data: URL may be either.
        """
        if self._nesting >= _MOST_NESTING:
            return Blocked("", None)
        inner = HtmlGate(self._policy, self._base, placeholder=lambda *_: "", nesting=self._nesting + 1)
        rewriter = Rewriter(inner, document=False)
        rewriter.feed(markup)
        rewriter.close()
        if inner.blocked:
            return inner.blocked[0]
        service = self._policy.blocked_in_source(markup)
        return Blocked("", service) if service else None

    def _meta(self, tag: StartTag) -> bytes | None:
        state = (tag.get(b"http-equiv") or "").strip().lower()
        if state == "content-security-policy":
            self._obey((tag.get(b"content") or "").encode("latin-1", "replace"))
        if state != "refresh":
            return None
        blocked = self._blocked_url(refresh_target(tag.get(b"content") or ""))
        return self._gated(tag, {b"content": blocked}) if blocked else None

    def _obey(self, policy: bytes) -> None:
        """Take over the nonce that a policy in the page asks of the scripts after it, ours among them."""
        if self._guarding and len(self.policies) < _MOST_POLICIES:
            self.policies.append(policy)
        if self.nonce is None and (nonce := script_nonce([policy])):
            self.nonce = nonce
            if self._guarding:
                self.guard = self._made_guard()

    def _style(self, tag: StartTag, text: bytes, *, complete: bool) -> tuple[bytes | None, bytes | None]:
        """Take the blocked URLs out of a style sheet; the rest of one too long to hold is the CSP wall's.

        Where a URL is hidden behind escapes, the whole sheet is gated.
        """
        if not tag.foreign and not self._policy.judges_own_paths and names_no_host(text):
            return None, None
        found = self._blocked_in_sheet(tag, text)
        if not found:
            return None, None
        source = text.decode("latin-1")
        cleaned = css.replace_urls(source, lambda url: self._blocked_url(url) is not None).encode("latin-1")
        if complete and not self._blocked_in_sheet(tag, cleaned):
            self.blocked += found
            return None, cleaned
        # Firefox fetches what a sheet in a drawing imports while it looks ahead, whatever the type says. Tags in it may
        # be the page's own.
        emptied = tag.foreign and complete and starts_no_tag(text)
        return self._gated(tag, {b"": found[0]}), b"" if emptied else None

    def _blocked_in_sheet(self, tag: StartTag, text: bytes) -> list[Blocked]:
        found = []
        for sheet in texts_of(tag, text):
            if sheet is None:
                found.append(Blocked("", self._policy.denied))
            else:
                found += filter(None, map(self._blocked_url, css.urls(sheet.decode("latin-1"))))
        return found

    def _rebase(self, href: str | None) -> None:
        goal = target(href, self._base) if href else None
        if goal is not None and goal.host:
            scheme = scheme_of(href or "") or self._base.scheme
            self._base = Base(scheme, goal.host)
            self._variant = self._told_apart()

    def _told_apart(self) -> str:
        """Return what the judgement of a tag depends on besides the tag."""
        return f"{self._policy.decision.key} {self._base.scheme} {self._base.host} {self._charset}"


def _runs(tag: StartTag) -> bool:
    """Tell whether a script element's text is code or rules a browser acts on (WHATWG HTML 4.12.1.1)."""
    kind = tag.get(b"type")
    if kind is None:
        language = (tag.get(b"language") or "").strip().lower()
        return not language or f"text/{language}" in elements.JAVASCRIPT_TYPES
    kind = kind.strip().lower()
    return not kind or kind in elements.JAVASCRIPT_TYPES or kind in elements.FETCHING_TYPES


def _is_seen(tag: StartTag) -> bool:
    """Tell whether a frame is there to be seen: a tracker's, such as Tag Manager's, has no size or is not displayed."""
    style = "".join((tag.get(b"style") or "").lower().split())
    sizes = {(tag.get(name) or "").strip() for name in (b"width", b"height")}
    return not (
        sizes & {"0", "1"} or tag.get(b"hidden") is not None or "display:none" in style or "visibility:hidden" in style
    )
