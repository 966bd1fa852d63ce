"""The notice as a document of its own, with the words of the page that visitors read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from consentkit.manifest.vocabulary import StorageKind
from consentkit.notice.document import Document, Facts, Section, Table
from consentkit.notice.views import kept_data

if TYPE_CHECKING:
    from consentkit.duration import Duration
    from consentkit.notice.facts import Facts as Told
    from consentkit.notice.facts import Teller


def statement(teller: Teller) -> Document:
    """Return the notice of one manifest in one language."""
    told, language = teller.notice(), teller.language
    t = partial(teller.texts.text, language)
    revised = teller.texts.written_date(language, teller.manifest.notice.revision)
    return Document(
        title=t("notice.title", site=told["site"]),
        language=told["language"],
        direction=teller.texts.direction(language),
        lead=(t("notice.intro"), t("notice.revised", date=revised)),
        sections=(
            Section(t("notice.controller"), controller(teller)),
            Section(t("notice.purposes"), ()),
            *(_purpose(teller, purpose) for purpose in told["purposes"]),
            Section(t("notice.services"), () if told["services"] else (t("notice.no_services"),)),
            *(_service(teller, service) for service in told["services"]),
            Section(t("notice.items"), (_items(teller, told["items"]),)),
            Section(t("notice.retention"), (*records(teller), *kept_data(teller.manifest, language, teller.texts))),
            Section(t("notice.change"), (t("notice.how", manage=t("manage")), _kept(teller))),
        ),
    )


def controller(teller: Teller) -> tuple[str, Facts]:
    """Return who is answerable for the site, with the ways to reach them."""
    who = teller.controller()
    t = partial(teller.texts.text, teller.language)
    return ", ".join(stated(who["name"], who["address"], named(who["country"]))), Facts(
        (
            (t("notice.contact"), stated(who["contact"])),
            (t("notice.officer"), stated(who["officer"])),
            (t("notice.policy"), stated(who["policy"])),
        )
    )


def records(teller: Teller) -> tuple[str, str, str]:
    """Return what consentkit itself keeps: of visits, of choices, and of an address."""
    retention, anonymise = teller.retention(), teller.manifest.anonymise
    t = partial(teller.texts.text, teller.language)
    return (
        t("notice.browser_log", duration=retention["browser_log"]["words"]),
        t("notice.consent_log", duration=retention["consent_log"]["words"]),
        t("notice.address", ipv4=anonymise.ipv4, ipv6=anonymise.ipv6),
    )


def stated(*values: str | None) -> tuple[str, ...]:
    """Return the values there are."""
    return tuple(value for value in values if value)


def named(country: Told | None) -> str | None:
    """Return a country's name."""
    return country["name"] if country else None


def party(told: Told) -> str:
    """Return a vendor or recipient in one line: name and country."""
    country = named(told["country"])
    return f"{told['name']} ({country})" if country else str(told["name"])


def _purpose(teller: Teller, purpose: Told) -> Section:
    t = partial(teller.texts.text, teller.language)
    period = purpose["data_retention"]
    return Section(
        purpose["title"],
        stated(
            purpose["description"],
            t(f"exempt.{purpose['exempt']}") if purpose["exempt"] else t("notice.needs_consent"),
            t("notice.data_kept", duration=period["words"]) if period else None,
        ),
        level=3,
    )


def _service(teller: Teller, service: Told) -> Section:
    t = partial(teller.texts.text, teller.language)
    vendor, period = service["vendor"], service["data_retention"]
    return Section(
        service["name"],
        (
            Facts(
                (
                    (t("notice.set_by"), (f"{party(vendor)}, {t('role.' + vendor['role'])}",)),
                    (t("notice.purpose"), tuple(service["purposes"])),
                    (t("notice.data"), stated(service["data"])),
                    (t("notice.recipients"), tuple(map(party, service["recipients"]))),
                    (t("notice.lifetime"), stated(period["words"]) if period else ()),
                    (t("notice.policy"), stated(vendor["policy"])),
                    (t("notice.cookie_policy"), stated(vendor["cookie_policy"])),
                )
            ),
        ),
        level=3,
    )


def _items(teller: Teller, items: list[Told]) -> Table:
    t = partial(teller.texts.text, teller.language)
    comma = t("list.comma")
    return Table(
        header=(t("notice.name"), t("notice.lifetime"), t("notice.purpose"), t("notice.set_by")),
        rows=tuple(
            (
                comma.join((item["name"], *item["aliases"])),
                item["lifetime"],
                " – ".join(stated(comma.join(item["purposes"]), item["description"])),
                comma.join(stated(item["set_by"], t(f"party.{item['party']}"), _kind(teller, item["kind"]))),
            )
            for item in items
        ),
        code=frozenset({0}),
    )


def _kind(teller: Teller, kind: str) -> str | None:
    return None if kind == StorageKind.COOKIE else teller.texts.text(teller.language, f"kind.{kind}")


def _kept(teller: Teller) -> str:
    choice = teller.manifest.choice
    given, refused = (_kept_for(teller, lifetime) for lifetime in (choice.lifetime, choice.refusal_lifetime))
    return teller.texts.text(teller.language, "notice.kept", given=given, refused=refused)


def _kept_for(teller: Teller, lifetime: Duration) -> str:
    if lifetime.is_session:
        return teller.texts.text(teller.language, "notice.kept_session")
    return teller.texts.text(
        teller.language, "notice.kept_for", duration=teller.texts.duration(teller.language, lifetime)
    )
