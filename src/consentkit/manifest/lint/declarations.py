"""Rules on texts, vendors and services: L20 to L23, L27, L28, L30 and L32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consentkit.manifest import labels
from consentkit.manifest.lint import known
from consentkit.manifest.lint.finding import domain_of, found, purposes_of, subjects
from consentkit.manifest.vocabulary import ExemptClass, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit.manifest.lint.finding import Finding, Path
    from consentkit.manifest.localised import Localised
    from consentkit.manifest.model import Controller, Manifest, Purpose, Recipient, Vendor

_MAX_WORDS: Final = 100
_EMAIL_EXEMPT: Final = frozenset({ExemptClass.AUTHENTICATION})
"""Délib. 2026-042 frees what secures a sign-in; limited deliverability hygiene has no class in the manifest."""
_ASKED_SIGNALS: Final = frozenset({"ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"})


def unknown_controllers(manifest: Manifest) -> Iterator[Finding]:
    """L20: every controller has a country and a privacy policy one can read."""
    yield from _controller(("site", "controller"), manifest.site.controller)
    for index, service in enumerate(manifest.services):
        if service.vendor.role is not Role.PROCESSOR:
            yield from _controller(("services", index, "vendor"), service.vendor)


def _controller(path: Path, who: Controller | Vendor) -> Iterator[Finding]:
    lacking = [key for key, value in (("country", who.country), ("policy", who.policy)) if not value]
    if lacking:
        keys = " and ".join(f"'{key}'" for key in lacking)
        yield found("L20", path, f"the controller '{who.name}' has no {keys}", remedy=f"add {keys}")


def unclear_purposes(manifest: Manifest) -> Iterator[Finding]:
    """L21: purposes are described briefly, plainly, and in every language of the site."""
    for index, purpose in enumerate(manifest.purposes):
        path = ("purposes", index)
        if purpose.needs_consent and purpose.description is None:
            message = f"visitors are asked about '{purpose.id}' without a description"
            yield found("L21", path, message)
        untitled = [
            language
            for language in manifest.site.languages
            if purpose.title is None and not labels.has_title(purpose.id, purpose.exempt, language)
        ]
        if untitled:
            yield found("L21", path, f"'{purpose.id}' has no title in {_listed(untitled)}")
        for key, text in (("title", purpose.title), ("description", purpose.description)):
            if text is not None and (missing := _missing(text, manifest.site.languages)):
                yield found("L21", (*path, key), f"the {key} of '{purpose.id}' is missing in {_listed(missing)}")
        yield from _unclear_description((*path, "description"), purpose)


def _unclear_description(path: Path, purpose: Purpose) -> Iterator[Finding]:
    for language, text in purpose.description.texts if purpose.description else ():
        where = f"the description of '{purpose.id}' ({language})"
        if len(text.split()) > _MAX_WORDS:
            yield found("L21", path, f"{where} has {len(text.split())} words; {_MAX_WORDS} are too many already")
        if _advertises(purpose) and (vague := known.VAGUE.search(text)):
            yield found("L21", path, f"{where} says '{vague[0]}', which doesn't tell that it is about advertising")


def _advertises(purpose: Purpose) -> bool:
    words = set(purpose.id.replace("_", "-").split("-"))
    return not words.isdisjoint(known.ADVERTISING_WORDS) or any(
        signal.startswith("ad_") for signal in purpose.consent_mode
    )


def _missing(text: Localised, languages: tuple[str, ...]) -> list[str]:
    """Return the site's languages a text lacks; one written without a language serves all."""
    written = {language.partition("-")[0] for language in text.languages}
    return [language for language in languages if written and language.partition("-")[0] not in written]


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def email_pixels(manifest: Manifest) -> Iterator[Finding]:
    """L22: pixels in e-mails have a purpose of their own, which needs consent."""
    pages = {purpose for service in manifest.services if service.channel == "page" for purpose in service.purposes}
    pages.update(item.purpose for item in manifest.cookies if item.purpose)
    for index, service in enumerate(manifest.services):
        if service.channel != "email":
            continue
        for number, purpose in enumerate(purposes_of(manifest, service)):
            path = ("services", index, "purposes", number)
            if purpose.exempt is not None and purpose.exempt not in _EMAIL_EXEMPT:
                yield found("L22", path, f"'{purpose.id}' is exempt as '{purpose.exempt}', which no e-mail pixel is")
            elif purpose.needs_consent and purpose.id in pages:
                yield found("L22", path, f"'{purpose.id}' is also a purpose of pages, so one answer covers both")


def other_grounds(manifest: Manifest) -> Iterator[Finding]:
    """L23: no text claims another ground than a free choice for what needs consent."""
    claims = (known.LEGITIMATE_INTEREST, known.COMPULSION, known.BROWSING_ON)
    for path, text in _consented_texts(manifest):
        for language, words in text.texts:
            for claim in filter(None, (pattern.search(words) for pattern in claims)):
                yield found("L23", path, f"the text ({language}) says '{claim[0]}' of what needs a free consent")


def _consented_texts(manifest: Manifest) -> Iterator[tuple[Path, Localised]]:
    """Yield the path and text of everything written about what needs consent."""
    parts: list[tuple[Path, object]] = [
        *((("purposes", index), purpose) for index, purpose in enumerate(manifest.purposes) if purpose.needs_consent),
        *(
            (("services", index), service)
            for index, service in enumerate(manifest.services)
            if not set(service.purposes) <= manifest.exempt_purposes
        ),
        *((subject.path, subject.item) for subject in subjects(manifest) if not subject.exempt),
    ]
    for path, part in parts:
        for key in ("title", "description", "justification", "data"):
            text = getattr(part, key, None)
            if text is not None:
                yield (*path, key), text


def consent_mode(manifest: Manifest) -> Iterator[Finding]:
    """L27: a Google tag is told, and told no until the visitor says yes."""
    tagged = False
    for index, service in enumerate(manifest.services):
        purposes = purposes_of(manifest, service)
        if domain_of(service, known.GOOGLE_TAGS) is None:
            continue
        tagged = True
        if not any(purpose.consent_mode for purpose in purposes):
            names = _listed([purpose.id for purpose in purposes])
            message = f"'{service.id}' reads Consent Mode, and its purposes ({names}) grant no signal"
            remedy = "add 'consent_mode' to the purpose, e.g. '[analytics_storage]'"
            yield found("L27", ("services", index, "purposes"), message, remedy=remedy)
    if tagged:
        yield from _granted_by_default(manifest)


def _granted_by_default(manifest: Manifest) -> Iterator[Finding]:
    for index, purpose in enumerate(manifest.purposes):
        granted = sorted(_ASKED_SIGNALS.intersection(purpose.consent_mode))
        if granted and not purpose.needs_consent:
            message = f"'{purpose.id}' is exempt, so {_listed(granted)} would be granted without asking"
            yield found("L27", ("purposes", index, "consent_mode"), message)
    for country, regime in manifest.regions.items():
        if regime != "opt-in" and (country == "default" or country in known.EEA):
            whom = "every country not named" if country == "default" else f"'{country}', in the EEA,"
            message = f"in {whom} silence counts as yes ('{regime}'), so Google's signals would be granted by default"
            remedy = f"write '{country}: opt-in'"
            yield found("L27", ("regions", country), message, remedy=remedy)


def universal_analytics(manifest: Manifest) -> Iterator[Finding]:
    """L28: what only Universal Analytics set is not needed beside Google Analytics 4."""
    declared = list(subjects(manifest))
    if not any(known.GOOGLE_ANALYTICS_4.fullmatch(name) for subject in declared for name in subject.names):
        return
    for subject in declared:
        if known.UNIVERSAL_ANALYTICS.fullmatch(subject.item.name):
            message = f"'{subject.item.name}' was set by Universal Analytics; Google Analytics 4 documents only '_ga…'"
            yield found("L28", subject.path, message)


def transfers(manifest: Manifest) -> Iterator[Finding]:
    """L30: data leave the EEA only on a ground the manifest names."""
    for index, service in enumerate(manifest.services):
        path: Path = ("services", index, "vendor")
        # A controller without a country is found by L20.
        if service.vendor.country or service.vendor.role is Role.PROCESSOR:
            yield from _transfer(path, service.vendor)
        for number, recipient in enumerate(service.recipients):
            yield from _transfer(("services", index, "recipients", number), recipient)


def _transfer(path: Path, who: Vendor | Recipient) -> Iterator[Finding]:
    if who.country is None:
        message = f"'{who.name}' has no country, so nobody can tell whether data leave the EEA"
        yield found("L30", path, message, remedy="add 'country'")
    elif who.country in known.EEA | known.ADEQUATE:
        return
    elif who.transfer is None:
        yield found("L30", path, f"'{who.name}' is in '{who.country}', and no ground for the transfer is given")
    elif who.transfer == "adequacy" and who.country not in known.ADEQUATE_IN_PART:
        message = f"the European Commission has adopted no adequacy decision on '{who.country}', where '{who.name}' is"
        yield found("L30", (*path, "transfer"), message)


def borrowed_assets(manifest: Manifest) -> Iterator[Finding]:
    """L32: a font or a library loaded from elsewhere tells that server who visits."""
    for index, service in enumerate(manifest.services):
        at = domain_of(service, known.ASSET_SERVERS)
        if at is not None and not service.cookies:
            message = f"'{service.hosts[at[0]]}' serves files the site could serve itself, and learns who visits"
            yield found("L32", ("services", index, "hosts", at[0]), message)


RULES: Final = (
    unknown_controllers,
    unclear_purposes,
    email_pixels,
    other_grounds,
    consent_mode,
    universal_analytics,
    transfers,
    borrowed_assets,
)
