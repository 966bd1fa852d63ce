"""A manifest to start from, made of what a scan found: for people to complete, with comments that say what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from consentkit.manifest import catalogue
from consentkit.scan.site import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from consentkit.scan.site import Scan, SeenCookie

_DESCRIPTIONS: Final = {
    "analytics": (
        "Counts visits and shows which pages are read.",
        "Compte les visites et montre quelles pages sont lues.",
    ),
    "advertising": (
        "Measures our advertisements and chooses those you are shown.",
        "Mesure nos annonces et choisit celles qui vous sont montrées.",
    ),
    "media": (
        "Shows videos, maps and posts from other sites in our pages.",
        "Montre dans nos pages des vidéos, cartes et messages venus d’autres sites.",
    ),
    "functional": (
        "Adds features that others provide, such as chats and forms.",
        "Ajoute des fonctions fournies par d’autres, comme la messagerie et les formulaires.",
    ),
}
_SIGNALS: Final = {"analytics": "[analytics_storage]", "advertising": "[ad_storage, ad_user_data, ad_personalization]"}
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def manifest(scan: Scan, *, today: date) -> str:
    """Return the text of a manifest that declares what was found; it loads as it stands.

    Args:
        scan: What was found.
        today: The date of the notice.
    """
    host = urlsplit(next(iter(scan.pages))).hostname or ""
    bare = host.removeprefix("www.")
    services = [catalogue.entry(identifier) for identifier in scan.services]
    used = dict.fromkeys(purpose for service in services for purpose in service.service["purposes"])
    return "\n".join(
        (
            f"# Drafted on {today.isoformat()} from {_pages(len(scan.pages))} of {host}.",
            "# Complete it, then run: consentkit check",
            "# What no service below declares is blocked. A scan can't see:",
            *(f"# - {what}" for what in UNSEEN),
            "version: 1",
            "",
            "site:",
            f"  name: {_text(bare)}                # the name visitors know",
            f"  hosts: [{_text(host)}]" if _is_address(host) else f"  hosts: [{_text(host)}, {_text('*.' + bare)}]",
            "  controller:                          # who is answerable (GDPR art. 13)",
            f"    name: {_text(bare)}              # the legal name",
            "    # address: 1 Example Street, 75002 Paris",
            "    # country: FR",
            "    # contact: mailto:privacy@example.com",
            "    # policy: /privacy",
            "  languages: [en, fr]                  # the main one first",
            "",
            "notice:",
            f"  revision: {today.isoformat()}",
            "",
            "purposes:",
            "  - id: necessary",
            "    exempt: authentication             # one of the seven classes that need no consent",
            "    description:",
            "      en: Keeps you signed in and your forms safe.",
            "      fr: Garde votre connexion et protège vos formulaires.",
            *(line for purpose in used for line in _purpose(purpose)),
            "",
            *_services(scan),
            *_unknown(scan),
            "",
            *_cookies(scan),
            "",
            "unlisted: block                        # `report` only counts undeclared third parties",
            "retention: {browser_log: 2 months, consent_log: 5 years}",
            "anonymise: {ipv4: 16, ipv6: 32}",
            "",
        )
    )


def lifetime(seconds: float | None) -> str:
    """Return a lifetime as a manifest has it, in the largest unit that tells it to a tenth."""
    if seconds is None:
        return "session"
    for size, unit in _UNITS:
        number = round(seconds / size)
        if number and abs(number * size - seconds) <= seconds / 20:
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "1 second"


def _purpose(identifier: str) -> Iterator[str]:
    english, french = _DESCRIPTIONS[identifier]
    yield f"  - id: {identifier}"
    yield "    description:"
    yield f"      en: {english}"
    yield f"      fr: {french}"
    if identifier in _SIGNALS:
        yield f"    consent_mode: {_SIGNALS[identifier]}"


def _services(scan: Scan) -> Iterator[str]:
    if not scan.services:
        yield "services: []"
        return
    yield "# From consentkit's catalogue; any field can be written beside `use` and then holds instead."
    yield "services:"
    for identifier in scan.services:
        where = sorted({host for (host, service) in _hosts(scan) if service == identifier})
        yield f"  - use: {identifier}" + (f"    # seen: {', '.join(where)}" if where else "    # seen: its cookie")


def _hosts(scan: Scan) -> set[tuple[str, str | None]]:
    return {(contact.host, contact.service) for contact in scan.contacts}


def _unknown(scan: Scan) -> Iterator[str]:
    if scan.unknown:
        yield "  # Seen too, and blocked until somebody finds out who runs it and declares it:"
    for host, pages in scan.unknown.items():
        identifier = "".join(letter if letter.isalnum() else "-" for letter in host).strip("-")
        yield f"  # - id: {identifier}          # on {_pages(len(pages))}, e.g. {_comment(pages[0])}"
        yield "  #   vendor: {name: …, country: …, policy: …, role: processor}"
        yield "  #   purposes: [analytics]"
        yield f"  #   hosts: [{host}]"


def _cookies(scan: Scan) -> Iterator[str]:
    own = [cookie for cookie in scan.cookies.values() if cookie.service is None and _plain(cookie)]
    yield "# What the site itself stores. `necessary` is a guess: give each the purpose it truly has."
    yield "cookies:" if own else "cookies: []"
    for cookie in own:
        yield f"  - {{name: {_text(cookie.name)}, purpose: necessary, lifetime: {lifetime(cookie.item.lifetime)}}}"


def _plain(cookie: SeenCookie) -> bool:
    # A name the manifest's grammar would refuse (RFC 6265bis token), or read as a pattern, is left to the person.
    return bool(cookie.name) and all(letter.isalnum() or letter in "!#$%&'+-.^_`|~" for letter in cookie.name)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    return text if text.isprintable() else ascii(text)


def _pages(number: int) -> str:
    return f"{number} page{'' if number == 1 else 's'}"
