"""The register of processing (GDPR art. 30(1)) of what the manifest declares and of what consentkit itself keeps.

One activity for each purpose, one for the proofs of choices and one for the log of page views. What the site does
beside them, with its orders or its staff, is no part of a manifest and not in it. It is for the site's own people and
the authority, so it speaks French or else English.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from consentkit.manifest.lint.known import ADEQUATE, EEA
from consentkit.notice.document import Document, Facts, Section
from consentkit.notice.facts import Teller
from consentkit.notice.statement import controller, party, records, stated
from consentkit.notice.views import kept_data

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest, Purpose
    from consentkit.notice.facts import Facts as Told

_WORDS = Path(__file__).with_name("register.json")


def register(manifest: Manifest, language: str) -> Told:
    """Return the register as plain data: the controller, and each activity with the seven things art. 30(1) asks."""
    teller, words = _teller(manifest, language), _words(language)
    visits, choices, address = records(teller)
    retention = teller.retention()
    return {
        "site": manifest.site.name,
        "language": _language(language),
        "revised": manifest.notice.revision.isoformat(),
        "controller": teller.controller(),
        "activities": [
            *(_activity(teller, purpose, words) for purpose in manifest.purposes),
            {
                **_own(words, "proof"),
                "data": [choices],
                "time_limits": [retention["consent_log"]["words"]],
                "security": [words["security.tree"], words["security.random"], words["security.file"]],
            },
            {
                **_own(words, "visits"),
                "data": [visits],
                "time_limits": [retention["browser_log"]["words"]],
                "security": [address, words["security.erased"], words["security.file"]],
            },
        ],
        "other_time_limits": list(kept_data(manifest, teller.language, teller.texts)),
    }


def document(manifest: Manifest, language: str) -> Document:
    """Return the register as a document to print or to hand over."""
    told, words, teller = register(manifest, language), _words(language), _teller(manifest, language)
    revised = teller.texts.written_date(teller.language, manifest.notice.revision)
    terms = ("basis", "subjects", "data", "recipients", "transfers", "time_limits", "security")
    activities = (
        Section(
            f"{number}. {activity['title']}",
            (*stated(activity["purpose"]), Facts(tuple((words[term], tuple(activity[term])) for term in terms))),
        )
        for number, activity in enumerate(told["activities"], 1)
    )
    others = tuple(told["other_time_limits"])
    return Document(
        title=words["title"].format(site=told["site"]),
        language=told["language"],
        direction="ltr",
        lead=(words["lead"], words["revised"].format(date=revised)),
        sections=(
            Section(words["controller"], controller(teller)),
            *activities,
            *([Section(words["others"], others)] if others else []),
        ),
    )


def _activity(teller: Teller, purpose: Purpose, words: dict[str, str]) -> Told:
    told, members = teller.purpose(purpose), [each for each in teller.manifest.services if purpose.id in each.purposes]
    services = [teller.service(service) for service in members]
    own = [item for item in teller.manifest.cookies if item.purpose == purpose.id]
    items = own + [item for service in members for item in service.cookies if item.purpose in (None, purpose.id)]
    lives = [f"{item.name}{words['colon']}{teller.texts.duration(teller.language, item.lifetime)}" for item in items]
    basis = words["basis.exempt"].format(reason=words[f"class.{purpose.exempt}"]) if purpose.exempt else ""
    return {
        "id": purpose.id,
        "title": told["title"],
        "purpose": told["description"],
        "basis": [basis or words["basis.consent"]],
        "subjects": [words["subjects.visitors"]],
        "data": [
            *([words["data.stored"].format(names=", ".join(item.name for item in items))] if items else []),
            *(f"{service['name']}{words['colon']}{service['data']}" for service in services if service["data"]),
        ],
        "recipients": [_recipient(words, service) for service in services] or [words["none"]],
        "transfers": _transfers(words, services) or [words["none"]],
        "time_limits": [*_limits(words, told, services), *lives] or [words["time_limits.none"]],
        "security": [*([] if purpose.exempt else [words["security.gate"]]), words["security.cookies"]],
    }


def _recipient(words: dict[str, str], service: Told) -> str:
    onward = ", ".join(map(party, service["recipients"]))
    line = f"{service['name']}{words['colon']}{party(service['vendor'])}, {words['role.' + service['vendor']['role']]}"
    return f"{line} → {onward}" if onward else line


def _transfers(words: dict[str, str], services: list[Told]) -> list[str]:
    lines = []
    for service in services:
        for who in (service["vendor"], *service["recipients"]):
            if who["country"] and who["country"]["code"] not in EEA:
                unsaid = "adequacy" if who["country"]["code"] in ADEQUATE else "none"
                ground = words[f"transfer.{who['transfer'] or unsaid}"]
                lines.append(f"{party(who)}{words['colon']}{ground}")
    return lines


def _limits(words: dict[str, str], purpose: Told, services: list[Told]) -> list[str]:
    period = purpose["data_retention"]
    return [
        *([words["time_limits.data"].format(period=period["words"])] if period else []),
        *(
            f"{service['name']}{words['colon']}{service['data_retention']['words']}"
            for service in services
            if service["data_retention"]
        ),
    ]


def _own(words: dict[str, str], name: str) -> Told:
    return {
        "id": f"consentkit-{name}",
        "title": words[f"{name}.title"],
        "purpose": words[f"{name}.purpose"],
        "basis": [words[f"{name}.basis"]],
        "subjects": [words["subjects.visitors"]],
        "recipients": [words["recipients.own"]],
        "transfers": [words["none"]],
    }


def _teller(manifest: Manifest, language: str) -> Teller:
    return Teller(manifest, _language(language))


def _language(language: str) -> str:
    return "fr" if language.lower().partition("-")[0] == "fr" else "en"


def _words(language: str) -> dict[str, str]:
    return _all_words()[_language(language)]


@lru_cache(maxsize=1)
def _all_words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(_WORDS.read_text("utf-8"))
    return loaded
