"""Everything consentkit shows to a visitor, as HTML.

What a page gets in front of its own content is rendered once per language and decision and then only filled in,
because it is asked for on every page view.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup, escape

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.consent.regime import Regime
from consentkit.notice import assets, browsers, inventory, views
from consentkit.notice.languages import Texts
from consentkit.notice.templates import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from consentkit.consent.changes import Changes
    from consentkit.duration import Duration
    from consentkit.manifest.model import Manifest, Service

# Stand in a cached rendering for the path to return to. Private-use characters: a manifest has no reason to hold them,
# and one that does only repeats the escaped path in its own text.
_RETURN_FIELD = "\ue0c0\ue0c1"
_RETURN_QUERY = "\ue0c0\ue0c2"

# The states, languages and sets of purposes a site meets are few; visitors who allow single services add some.
_CACHED_BANNERS = 512
# Pages show the same few films and maps again and again.
_CACHED_PLACEHOLDERS = 256
_LONGEST_TITLE = 256


class NoticeRenderer:
    """Render the banner, the pages and the placeholders of one manifest.

    Made once at start-up; every method may be called from any thread and reads no clock.

    Args:
        manifest: What the site declares.
        prefix: The path all of consentkit's addresses start with, without a slash at its end.
        templates: A folder of the site whose files replace the shipped templates of the same name; such a file can
            extend the one it replaces as ``consentkit/banner.html``.
        texts: The texts of all languages; by default the shipped ones with those in the site's folder over them.

    Attributes:
        texts: The texts of all languages.
        assets: The files to serve under ``{prefix}/static/``, by the name in the address.
    """

    def __init__(
        self,
        manifest: Manifest,
        *,
        prefix: str = "/_consent",
        templates: Path | None = None,
        texts: Texts | None = None,
    ) -> None:
        self._manifest = manifest
        self._prefix = prefix
        self.texts = texts or Texts(templates)
        self._templates = environment(templates)
        self._assets = assets.load(
            theme=manifest.banner.theme,
            position=manifest.banner.position,
            shows={service.id: service.shows for service in views.consent_services(manifest) if service.shows},
        )
        self.assets: Mapping[str, assets.Asset] = MappingProxyType(
            {asset.name: asset for asset in self._assets.values()}
        )
        self._skeleton = lru_cache(maxsize=_CACHED_BANNERS)(self._render_skeleton)
        self._placeholder = lru_cache(maxsize=_CACHED_PLACEHOLDERS)(self._render_placeholder)
        self._evidence = lru_cache(maxsize=64)(self._render_evidence)

    def head(self, *, nonce: str | None, told: Mapping[str, str] | None = None) -> str:
        """Return the tags that load our style and script, for a page's head, in front of every script.

        Browsers paint nothing before a style in the head is there; in the body they would paint, and then move, what
        stands before it.

        Args:
            nonce: The page's CSP nonce when it has one; both tags carry it.
            told: What the script's parts ``guard`` and ``signals`` are told; one that is told nothing does nothing.
        """
        asset = self._assets[assets.SCRIPT]
        source = escape(f"{self._prefix}/static/{asset.name}")
        data = "".join(f' data-consentkit-{part}="{escape(value)}"' for part, value in (told or {}).items())
        script = f'<script src="{source}" integrity="{asset.integrity}"{_mark(nonce)}{data}></script>'
        return self._style(assets.STYLE, nonce) + script

    def banner(self, *, language: str, decision: Decision, return_to: str) -> str:
        """Return what a page of the site gets in front of its own content.

        That is the banner while the visitor is still to be asked or else the small link to the preferences, the live
        region, and the form that placeholders refer to. :meth:`head` makes it look and work as it should.

        Args:
            language: The page's language.
            decision: What this visitor allows.
            return_to: Path and query of the page; one that leaves the site becomes ``/``.
        """
        return _fill(self._skeleton(language, replace(decision, key="", place=None)), return_to)

    def allow_form(self, *, decision: Decision, return_to: str) -> str:
        """Return the hidden form that placeholders' buttons post; :meth:`banner` contains it already.

        It repeats what is allowed, because a ``save`` replaces the choice as a whole.
        """
        return self._render_allow_form(decision, views.local_path(return_to))

    def preferences(self, *, language: str, decision: Decision, return_to: str, saved: bool = False) -> str:
        """Return the page where each purpose and service is allowed or refused.

        Args:
            language: The visitor's language.
            decision: What this visitor allows now.
            return_to: Path and query to go back to; one that leaves the site becomes ``/``.
            saved: Tell that the choice was just saved.
        """
        return self._page(
            "preferences.html",
            language,
            decision,
            purposes=views.purposes(self._manifest, language, decision, self.texts),
            return_to=views.local_path(return_to),
            saved=saved,
            given=decision.state is ChoiceState.GIVEN,
            changes=views.changes(self._manifest, language, decision, self.texts),
            silence_allows=decision.regime is not Regime.OPT_IN,
            unanswered=decision.state in {ChoiceState.UNKNOWN, ChoiceState.EXPIRED},
            objected=decision.objected,
        )

    def notice(self, *, language: str, decision: Decision, browser: str | None) -> str:
        """Return the page that tells who stores what, why and for how long.

        Args:
            language: The visitor's language.
            decision: What this visitor allows now.
            browser: The family of the visitor's browser, such as ``Firefox``; its help page is named first.
        """
        manifest = self._manifest
        controller = manifest.site.controller
        return self._page(
            "notice.html",
            language,
            decision,
            controller={
                "name": controller.name,
                "address": controller.address,
                "country": self.texts.country(language, controller.country),
                "contact": views.safe_link(controller.contact),
                "policy": views.safe_link(controller.policy),
                "officer": views.safe_link(controller.officer),
            },
            revised=self.texts.written_date(language, manifest.notice.revision),
            purposes=views.purposes(manifest, language, decision, self.texts),
            services=views.services(manifest, language, decision, self.texts),
            rows=inventory.rows(manifest, language, self.texts),
            browser_log=self.texts.duration(language, manifest.retention.browser_log),
            consent_log=self.texts.duration(language, manifest.retention.consent_log),
            kept_data=views.kept_data(manifest, language, self.texts),
            ipv4=manifest.anonymise.ipv4,
            ipv6=manifest.anonymise.ipv6,
            kept=self._kept(language),
            browsers=browsers.help_pages(browser),
            return_query=quote(f"{self._prefix}/notice", safe="/"),
        )

    def mine(self, *, language: str, entries: Sequence[views.ChoiceView], erased: bool = False) -> str:
        """Return the page where a visitor sees, downloads and erases the choices on record.

        Args:
            language: The visitor's language.
            entries: The choices, newest first.
            erased: Tell that they were just erased.
        """
        return self._page("mine.html", language, None, entries=entries, erased=erased)

    def placeholder(
        self,
        service: Service,
        *,
        language: str,
        title: str | None,
        width: int | None = None,
        height: int | None = None,
    ) -> str:
        """Return what stands in for a gated frame, with a button that allows this service alone.

        It is phrasing content, so it may stand wherever the frame stood.

        Args:
            service: Whose frame it is.
            language: The page's language.
            title: The frame's ``title``, when it has one.
            width: The frame's width in CSS pixels; with the height it keeps the frame's place.
            height: The frame's height in CSS pixels.
        """
        render = self._placeholder if title is None or len(title) <= _LONGEST_TITLE else self._render_placeholder
        return render(service.id, language, title, width, height)

    def error(self, *, language: str, status: int, message: str) -> str:
        """Return the page that answers a form that could not be taken.

        Args:
            language: The visitor's language.
            status: The response's status code; the usual ones are explained in words.
            message: What went wrong, for whoever the visitor asks for help.
        """
        explanation = f"error.{status}"
        return self._page(
            "error.html",
            language,
            None,
            explanation=explanation if self.texts.has(explanation) else "error.other",
            status=status,
            message=message,
        )

    def evidence(self, language: str, *, regime: Regime = Regime.OPT_IN, changes: Changes = ()) -> str:
        """Return what a visitor who has not chosen is shown in a language: banner, then preferences page.

        What silence means and what is asked about again are part of what is said, so each makes another text.

        Its SHA-256 is :meth:`notice_digest`; whoever must prove later what was asked keeps both (CNIL 2020-092 §48).
        The assets' integrity values stand in it, so that it fixes the looks as well as the words.
        """
        return self._evidence(language, regime, changes)

    def notice_digest(self, language: str, *, regime: Regime = Regime.OPT_IN, changes: Changes = ()) -> str:
        """Return the SHA-256 of :meth:`evidence` in hex."""
        return hashlib.sha256(self.evidence(language, regime=regime, changes=changes).encode()).hexdigest()

    @property
    def styles(self) -> tuple[str, ...]:
        """The stylesheets that :meth:`evidence` links to; the name of each holds the beginning of its SHA-256."""
        return tuple(self._assets[name].body.decode() for name in (assets.STYLE, assets.PAGE_STYLE))

    def _style(self, name: str, nonce: str | None) -> str:
        style = self._assets[name]
        source = escape(f"{self._prefix}/static/{style.name}")
        return f'<link rel="stylesheet" href="{source}" integrity="{style.integrity}"{_mark(nonce)}>'

    def _render(self, template: str, language: str, **values: object) -> str:
        return self._templates.get_template(template).render(
            t=partial(self.texts.text, language),
            lang=self.texts.resolve(language),
            dir=self.texts.direction(language),
            prefix=self._prefix,
            site=self._manifest.site.name,
            **values,
        )

    def _render_placeholder(
        self, service_id: str, language: str, title: str | None, width: int | None, height: int | None
    ) -> str:
        values = self._gated_service(self._manifest.service(service_id), language)
        return self._render("placeholder.html", language, **values, title=title, width=width, height=height)

    def _gated_service(self, service: Service, language: str) -> dict[str, object]:
        return {
            "service": {
                "id": service.id,
                "name": service.label(language),
                "vendor": service.vendor.name,
                "shows": service.shows,
            },
            "purposes": [self._manifest.purpose(purpose).label(language) for purpose in service.purposes],
        }

    def _page(self, template: str, language: str, decision: Decision | None, **values: object) -> str:
        return self._render(
            template,
            language,
            head=Markup(self.head(nonce=None) + self._style(assets.PAGE_STYLE, None)),  # noqa: S704 - of escaped parts
            state=decision.state.value if decision else "",
            allowed=_allowed(decision) if decision else "",
            **values,
        )

    def _render_skeleton(self, language: str, decision: Decision) -> str:
        shared = {
            "state": decision.state.value,
            "allowed": _allowed(decision),
            "return_to": _RETURN_FIELD,
            "return_query": _RETURN_QUERY,
        }
        if decision.asks and self._manifest.consent_purposes:
            asked = views.purposes(self._manifest, language, decision, self.texts)
            visible = self._render(
                "banner.html",
                language,
                controller=self._manifest.site.controller.name,
                third_parties=views.third_parties(self._manifest),
                purposes=[view for view in asked if not view.exempt and _is_named(view.id, decision.changes)],
                again=decision.state is ChoiceState.EXPIRED and not decision.changes,
                changes=views.changes(self._manifest, language, decision, self.texts),
                silence_allows=decision.regime is not Regime.OPT_IN,
                **shared,
            )
        else:
            visible = self._render("link.html", language, **shared)
        status = self._render("status.html", language)
        chats = [
            self._render("chat.html", language, **self._gated_service(service, language))
            for service in views.chats(self._manifest)
            if not decision.allows_service(service.id)
        ]
        return visible + status + "".join(chats) + self._render_allow_form(decision, _RETURN_FIELD)

    def _render_allow_form(self, decision: Decision, return_to: str) -> str:
        alone = [service.id for service in views.allowed_alone(self._manifest, decision)]
        return self._templates.get_template("allow.html").render(
            prefix=self._prefix,
            return_to=return_to,
            purposes=[purpose for purpose in self._manifest.consent_purposes if decision.allows(purpose)],
            services=alone,
        )

    def _render_evidence(self, language: str, regime: Regime, changes: Changes) -> str:
        exempt = self._manifest.exempt_purposes
        services = [service.id for service in self._manifest.services if exempt.issuperset(service.purposes)]
        state = ChoiceState.EXPIRED if changes else ChoiceState.UNKNOWN
        unasked = Decision(state, purposes=exempt, services=frozenset(services), key="", regime=regime, changes=changes)
        banner = self.banner(language=language, decision=unasked, return_to="/")
        return banner + self.preferences(language=language, decision=unasked, return_to="/")

    def _kept(self, language: str) -> str:
        choice = self._manifest.choice
        return self.texts.text(
            language,
            "notice.kept",
            given=self._kept_for(choice.lifetime, language),
            refused=self._kept_for(choice.refusal_lifetime, language),
        )

    def _kept_for(self, lifetime: Duration, language: str) -> str:
        if lifetime.is_session:
            return self.texts.text(language, "notice.kept_session")
        return self.texts.text(language, "notice.kept_for", duration=self.texts.duration(language, lifetime))


def _mark(nonce: str | None) -> str:
    return f' nonce="{escape(nonce)}"' if nonce else ""


def _is_named(purpose: str, changes: Changes) -> bool:
    """Tell whether a banner names a purpose: when something changed, what changed and nothing else."""
    return not changes or any(change.purpose == purpose for change in changes)


def _allowed(decision: Decision) -> str:
    return " ".join(sorted(decision.purposes))


def _fill(skeleton: str, return_to: str) -> str:
    path = views.local_path(return_to)
    return skeleton.replace(_RETURN_QUERY, quote(path, safe="/")).replace(_RETURN_FIELD, str(escape(path)))
