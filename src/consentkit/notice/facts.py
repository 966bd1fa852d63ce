"""What a manifest declares as plain data in one language: what the exported notice and register are made of.

Everything is text, lists and mappings, ready for JSON. Periods are given in words and in ISO 8601, countries by name
and by ISO 3166-1 code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from consentkit.notice import inventory
from consentkit.notice.languages import SHIPPED

if TYPE_CHECKING:
    from consentkit.duration import Duration
    from consentkit.manifest.localised import Localised
    from consentkit.manifest.model import Manifest, Purpose, Recipient, Service, Vendor
    from consentkit.notice.languages import Texts

Facts: TypeAlias = dict[str, Any]


class Teller:
    """Tell parts of one manifest in one language.

    Args:
        manifest: What the site declares.
        language: A BCP 47 tag; where a text lacks it, the site's own main language is used.
        texts: The texts of all languages.
    """

    def __init__(self, manifest: Manifest, language: str, texts: Texts = SHIPPED) -> None:
        self.manifest = manifest
        self.language = language
        self.texts = texts

    def notice(self) -> Facts:
        """Return all that the notice tells: who, what for, by whom, every item, and how long."""
        choice = self.manifest.choice
        return {
            "site": self.manifest.site.name,
            "language": self.texts.resolve(self.language),
            "revised": self.manifest.notice.revision.isoformat(),
            "controller": self.controller(),
            "purposes": [self.purpose(purpose) for purpose in self.manifest.purposes],
            "services": [self.service(service) for service in self.manifest.services],
            "items": self.items(),
            "choice": {
                "lifetime": self.period(choice.lifetime),
                "refusal_lifetime": self.period(choice.refusal_lifetime),
            },
            "retention": self.retention(),
            "anonymise": self.manifest.anonymise.model_dump(),
        }

    def controller(self) -> Facts:
        """Return who is answerable for the site."""
        controller = self.manifest.site.controller
        return {**controller.model_dump(exclude={"country"}), "country": self.country(controller.country)}

    def purpose(self, purpose: Purpose) -> Facts:
        """Return one purpose, its retention among the rest."""
        return {
            "id": purpose.id,
            "title": purpose.label(self.language),
            "description": self.say(purpose.description),
            "needs_consent": purpose.needs_consent,
            "exempt": str(purpose.exempt) if purpose.exempt else None,
            "data_retention": self.period(purpose.data_retention),
        }

    def service(self, service: Service) -> Facts:
        """Return one service with its vendor and recipients."""
        return {
            "id": service.id,
            "name": service.label(self.language),
            "vendor": self.party(service.vendor),
            "purposes": [self.manifest.purpose(purpose).label(self.language) for purpose in service.purposes],
            "data": self.say(service.data),
            "data_retention": self.period(service.data_retention),
            "recipients": [self.party(recipient) for recipient in service.recipients],
        }

    def party(self, party: Vendor | Recipient) -> Facts:
        """Return a vendor or a recipient, its country by code and name."""
        told = party.model_dump(mode="json", exclude={"country"})
        return {**told, "country": self.country(party.country)}

    def items(self) -> list[Facts]:
        """Return every cookie and storage item, the choice cookie among them, with its lifetime in words."""
        return [
            {
                "name": row.name,
                "aliases": list(row.aliases),
                "kind": row.kind,
                "party": row.party,
                "lifetime": row.lifetime,
                "purposes": list(row.purposes),
                "description": row.description,
                "service": row.service,
                "set_by": row.vendor,
                "exempt": row.exempt,
            }
            for row in inventory.rows(self.manifest, self.language, self.texts)
        ]

    def retention(self) -> Facts:
        """Return how long consentkit's records and the other data the manifest states are kept."""
        retention = self.manifest.retention
        logs = ("browser_log", "consent_log", "security_log", "content_log")
        return {
            **{log: self.period(getattr(retention, log)) for log in logs},
            "data": [
                {"data": self.say(each.data), "period": self.period(each.period), "after": self.say(each.after)}
                for each in retention.data
            ],
        }

    def period(self, period: Duration | None) -> Facts | None:
        """Return a period in words and in ISO 8601."""
        return {"words": self.texts.duration(self.language, period), "iso": period.isoformat()} if period else None

    def country(self, code: str | None) -> Facts | None:
        """Return a country by its code and its name."""
        return {"code": code, "name": self.texts.country(self.language, code)} if code else None

    def say(self, text: Localised | None) -> str | None:
        """Return a text of the manifest in the language."""
        return text.pick(self.language) if text else None
