"""One governed site: everything decided at start-up, looked up at request time."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from consentkit.asgi.arrivals import Arrivals
from consentkit.asgi.cache import BodyCache
from consentkit.asgi.limits import PostLimits
from consentkit.asgi.questions import Questions
from consentkit.consent.decide import Circumstances, Decision, decide, ends
from consentkit.consent.regime import Rule, read_regions, rule_at
from consentkit.consent.token import ChoiceSigner
from consentkit.gate import csp, signals
from consentkit.gate.harmless import HARMLESS
from consentkit.gate.passages import PassageMemory
from consentkit.gate.policy import GatePolicy, Judged
from consentkit.gate.storage import allows_item, guard_rules, keeps_its_end
from consentkit.manifest import digest
from consentkit.manifest.localised import primary_subtag
from consentkit.manifest.match import CookieIndex, HostIndex
from consentkit.markup.charset import encode
from consentkit.markup.skipping import patterns
from consentkit.notice import assets
from consentkit.notice.assets import SCRIPT
from consentkit.notice.languages import Texts
from consentkit.notice.render import NoticeRenderer
from consentkit.recent import Recent
from consentkit.records import open_records
from consentkit.visitor.address import Truncation, TrustedProxies
from consentkit.visitor.place import PlaceLookup
from consentkit.visitor.visitor import VisitorReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.asgi.fields import Fields
    from consentkit.asgi.pagestart import PageStart
    from consentkit.asgi.settings import Settings
    from consentkit.consent.choice import Choice
    from consentkit.manifest.match import Declared
    from consentkit.manifest.model import Manifest, StorageItem
    from consentkit.markup.charset import Charset


logger = logging.getLogger("consentkit")

# What may stand in a path as it is and ends neither a policy's directive nor a quoted string.
_PATH_SAFE = "/-._~%"
_VARIES_ON = (b"Cookie", b"Sec-GPC", b"Accept-Language")
AUDIT_COOKIE = "consentkit-audit"
_DEFAULT_COOKIE = "consentkit"
_REMEMBERED_DECISIONS = 1024
_REMEMBERED_MOUNTS = 8
_REMEMBERED_BANNERS = 512
# At most 10 MB.
_REMEMBERED_TAGS = 8192
_REMEMBERED_STARTS = 256
# A longer URL's banner is made each time, so that nobody can fill the memory.
_LONGEST_URL = 4096


def main_host(manifest: Manifest) -> str:
    """Return the first host of a manifest that is one; a log that is created is named after it."""
    return next((host for host in manifest.site.hosts if "*" not in host), "localhost")


class Site:
    """What one middleware knows about its site. Lives as long as the application.

    Args:
        settings: Checked settings.
        clock: Gives the present in UTC; tests move it.

    Attributes:
        started: Whether opening the records was begun.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        manifest = settings.manifest
        self.settings = settings
        self.manifest = manifest
        self.prefix = settings.prefix
        self.clock = clock
        self.hosts = HostIndex(manifest)
        self.cookies = CookieIndex(manifest)
        self.manifest_digest = digest.document(manifest)
        self.questions = Questions(manifest)
        self.signer = ChoiceSigner(
            settings.secret_keys,
            audience=manifest.site.name,
            question=self.questions.digest,
            purposes=manifest.consent_purposes,
            services=[service.id for service in manifest.services],
            measuring=manifest.measuring_purposes,
            booleans=manifest.choice.booleans,
        )
        self.visitors = VisitorReader(
            languages=manifest.site.languages,
            trusted=TrustedProxies.parse(settings.trusted_proxies),
            truncation=Truncation(ipv4=manifest.anonymise.ipv4, ipv6=manifest.anonymise.ipv6),
            places=PlaceLookup(settings.geoip_database),
            place_headers=settings.place_headers,
        )
        self.varies_on = (
            *_VARIES_ON,
            *((b"DNT",) if manifest.signals.dnt == "refuse" else ()),
            *settings.place_headers,
        )
        self.regions = read_regions(manifest.regions)
        self.texts = Texts(settings.templates)
        self._notices: Recent[str, NoticeRenderer] = Recent(_REMEMBERED_MOUNTS)
        self.records = open_records(
            settings.database,
            retention=manifest.retention,
            clock=clock,
            keys=settings.secret_keys,
            site=main_host(manifest),
        )
        self.limits = PostLimits()
        # Apart, so that a flood of reports never keeps a visitor from choosing.
        self.report_limits = PostLimits()
        self.evidence_kept: set[str] = set()
        self.bodies = BodyCache(settings.body_cache * 3 // 4)
        self.passages = PassageMemory(settings.body_cache // 4)
        # Compiled now, so that the first page doesn't wait for it.
        patterns(HARMLESS)
        self.csp_header = csp.header_name(manifest)
        self.arrivals = Arrivals(self)
        self.page_starts: Recent[tuple[object, ...], PageStart] = Recent(_REMEMBERED_STARTS)
        self._before_scripts: Recent[tuple[object, ...], str] = Recent(_REMEMBERED_DECISIONS)
        self._script = assets.load()[SCRIPT]
        self._banners: Recent[tuple[object, ...], bytes] = Recent(_REMEMBERED_BANNERS)
        self._policy_headers: Recent[tuple[object, ...], Fields] = Recent(_REMEMBERED_DECISIONS)
        # Tags may hold personal data as pages do: who keeps none of those keeps none of these.
        self._judged_tags: Recent[tuple[object, ...], Judged] = Recent(_REMEMBERED_TAGS if settings.body_cache else 0)
        self._policies: Recent[str, tuple[GatePolicy, bytes]] = Recent(_REMEMBERED_DECISIONS)
        self._reported_undeclared: set[str] = set()
        self._reported_refused = False
        self.started = False
        self.own_cookies = {self.cookie_name(secure=True), self.cookie_name(secure=False), AUDIT_COOKIE}

    def cookie_name(self, *, secure: bool) -> str:
        """Return the choice cookie's name; without one in the manifest it is host-bound on https."""
        declared = self.manifest.choice.cookie
        return declared or (f"__Host-{_DEFAULT_COOKIE}" if secure else _DEFAULT_COOKIE)

    def decide(self, choice: Choice | None, circumstances: Circumstances) -> tuple[Decision, datetime | None]:
        """Return what a visitor with this choice may be sent now, and when that must be decided anew (None: never)."""
        now = self.clock()
        changes = self.questions.since(choice.question) if choice is not None else ()
        decision = decide(self.manifest, choice, changes=changes, circumstances=circumstances, now=now)
        end = ends(choice, self.manifest) if choice is not None else None
        # An expired choice stays expired; a valid one is decided anew once it ends.
        return decision, end if end is not None and now < end else None

    async def start(self) -> None:
        """Open the records, and learn from them what visitors were asked before."""
        self.started = True
        await self.records.start()
        await self.remember_questions()

    async def remember_questions(self) -> None:
        """Keep what is asked now and learn what was asked before; decisions made without that are made anew.

        Raises:
            StoreUnavailableError: The records can't be reached now.
        """
        if await self.questions.remember(self.records.consent_log):
            self.arrivals.forget()

    def banner(self, decision: Decision, *, root: str, return_to: str, language: str, charset: Charset) -> bytes:
        """Return the bytes put at the start of a page's body, remembered by page."""
        key = (decision.key, root, return_to, language, charset)
        banner = self._banners.get(key)
        if banner is None:
            markup = self.notices(root).banner(language=language, decision=decision, return_to=return_to)
            banner = encode(markup, charset)
            if len(return_to) <= _LONGEST_URL:
                self._banners.put(key, banner)
        return banner

    def before_scripts(self, decision: Decision, *, root: str, nonce: str | None) -> str:
        """Return the tags of our style, and of our script, which must run before a page's own scripts.

        That keeps storage names out, unless the site rolls out, and tells vendors' tags what is allowed, if it has any.
        """
        key = (decision.key, root, nonce)
        tags = self._before_scripts.get(key) if nonce is None else None
        if tags is None:
            told = {}
            if self.manifest.unlisted != "report":
                told["guard"] = guard_rules(self.manifest, decision)
            if signals.speaks(self.manifest):
                told["signals"] = signals.attribute(signals.calls(self.manifest, decision))
            tags = self.notices(root).head(nonce=nonce, told=told)
            if nonce is None:
                self._before_scripts.put(key, tags)
        return tags

    @property
    def script_digest(self) -> str:
        """What ``integrity`` says of the script that pages get."""
        return self._script.integrity

    def rule(self, place: str | None) -> Rule:
        """Return what binds at a place."""
        return rule_at(place, self.regions)

    def walls(self, decision: Decision) -> tuple[GatePolicy, bytes]:
        """Return both walls of a decision: the HTML gate's policy and the CSP header's value."""
        walls = self._policies.get(decision.key)
        if walls is None:
            walls = (
                GatePolicy(self.manifest, self.hosts, decision, self._judged_tags),
                csp.build_policy(self.manifest, decision),
            )
            self._policies.put(decision.key, walls)
        return walls

    def policy_headers(self, decision: Decision, *, root: str, secure: bool) -> Fields:
        """Return what the second wall adds to a document's headers for a decision, a mount point and a scheme."""
        key = (decision.key, root, secure)
        known = self._policy_headers.get(key)
        if known is None:
            path = quote(f"{root}{self.prefix}/csp-report", _PATH_SAFE)
            policy, endpoints = csp.reporting(self.walls(decision)[1], path, secure=secure)
            known = ((self.csp_header, policy),)
            if endpoints is not None:
                known += ((b"reporting-endpoints", endpoints),)
            self._policy_headers.put(key, known)
        return known

    def notices(self, root: str) -> NoticeRenderer:
        """Return what renders our markup for a mount point, its links below it."""
        renderer = self._notices.get(root)
        if renderer is None:
            templates = self.settings.templates
            renderer = NoticeRenderer(self.manifest, prefix=root + self.prefix, templates=templates, texts=self.texts)
            self._notices.put(root, renderer)
        return renderer

    def spoken(self, language: str) -> str | None:
        """Return what we speak on a page in a language: the site's own form of it, or one with texts; else None."""
        primary = primary_subtag(language)
        for own in self.manifest.site.languages:
            if primary_subtag(own) == primary:
                return own
        return self.texts.resolve(language) if self.texts.speaks(language) else None

    def allowed_item(self, name: str, decision: Decision) -> StorageItem | None:
        """Return what is declared for a cookie that may be set and read now, or None when it may not be."""
        declared = self.cookies.find(name)
        if declared is None or not allows_item(declared.item, declared.service, decision):
            return None
        return declared.item

    def keeps_its_end(self, declared: Declared) -> bool:
        """Tell whether a cookie is not to be written again while the browser holds it."""
        measures = bool(self.manifest.measuring_purposes)
        return measures and keeps_its_end(declared.item, declared.purposes, self.manifest)

    def allows_cookie(self, name: str, decision: Decision) -> bool:
        """Tell whether the site may read a cookie now. While it rolls out, undeclared ones pass."""
        if self.manifest.unlisted == "report" and self.cookies.find(name) is None:
            return True
        return name in self.own_cookies or self.allowed_item(name, decision) is not None

    def report_refused_scripts(self) -> None:
        """Tell the operator once that a policy of the site's own keeps our script from running."""
        if self._reported_refused:
            return
        self._reported_refused = True
        logger.warning(
            "the site's own Content-Security-Policy refuses consentkit's script: choosing works without it, but "
            "nothing keeps scripts from storing what is not allowed; add 'self', a nonce or '%s' to its script-src",
            self.script_digest,
        )

    def report_undeclared(self, name: str) -> None:
        """Tell the operator once about a cookie of the site's own that no line of the manifest declares."""
        if name in self._reported_undeclared or len(self._reported_undeclared) >= _REMEMBERED_DECISIONS:
            return
        self._reported_undeclared.add(name)
        done = "let through" if self.manifest.unlisted == "report" else "dropped"
        logger.warning(
            "Set-Cookie %r was %s: no cookie of the manifest has this name; declare it under cookies: with its "
            "purpose and lifetime",
            name[:100],
            done,
        )
