"""Rules on what is stored without asking: L4 to L9 and L24."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consentkit.manifest.lint import known
from consentkit.manifest.lint.finding import (
    days,
    domain_of,
    found,
    measures_audience,
    purposes_of,
    subjects,
)
from consentkit.manifest.vocabulary import Party, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit.manifest.lint.finding import Finding, Path, Subject
    from consentkit.manifest.model import Manifest, Purpose, Service

THIRTEEN_MONTHS: Final = 397
"""Days in the longest 13 months there are."""
TWENTY_FIVE_MONTHS: Final = 762
"""Days in the longest 25 months there are."""


def known_trackers(manifest: Manifest) -> Iterator[Finding]:
    """L4: an item of a well-known tool is not exempt, whatever the manifest says."""
    for subject in subjects(manifest):
        tool = known.tool_of(subject.names, subject.item.party)
        if tool is None or not subject.exempt or (subject.audience and tool.use is known.Use.AUDIENCE):
            continue
        purpose = subject.purposes[0]
        message = f"'{subject.item.name}' is {tool.name}'s, for {tool.use}, and declared exempt as '{purpose.exempt}'"
        yield found("L4", subject.path, message)


def unjustified(manifest: Manifest) -> Iterator[Finding]:
    """L5: an exemption says why it holds, once for the purpose or for each item."""
    for index, purpose in enumerate(manifest.purposes):
        if purpose.needs_consent or purpose.justification or purpose.description:
            continue
        silent = [
            subject.item.name
            for subject in subjects(manifest)
            if subject.exempt and purpose in subject.purposes and not _says_why(subject)
        ]
        if silent:
            names = ", ".join(f"'{name}'" for name in silent[:5]) + (", …" if len(silent) > 5 else "")
            yield found("L5", ("purposes", index), f"nobody says why '{purpose.id}' needs no consent to store {names}")


def _says_why(subject: Subject) -> bool:
    return bool(subject.item.justification or subject.item.description)


def long_measurement(manifest: Manifest) -> Iterator[Finding]:
    """L6: exempt measurement is stored for 13 months at most."""
    for subject in subjects(manifest):
        lifetime = subject.item.lifetime
        if subject.audience and (lifetime.is_persistent or (days(lifetime) or 0) > THIRTEEN_MONTHS):
            message = f"'{subject.item.name}' measures audiences without consent and lasts '{lifetime}'"
            yield found("L6", (*subject.path, "lifetime"), message)


def rolling_measurement(manifest: Manifest) -> Iterator[Finding]:
    """L7: exempt measurement ends a fixed time after the first visit."""
    for subject in subjects(manifest):
        if not subject.audience:
            continue
        tool = known.tool_of(subject.names, subject.item.party)
        if subject.item.renew_on_visit:
            message = f"'{subject.item.name}' measures audiences without consent and starts anew on every visit"
            yield found("L7", (*subject.path, "renew_on_visit"), message)
        elif subject.item.renew_on_visit is None and tool is not None and tool.rolls:
            message = f"{tool.name} starts '{subject.item.name}' anew on every visit unless told not to"
            yield found("L7", subject.path, message)


def kept_measurement(manifest: Manifest) -> Iterator[Finding]:
    """L8: the data of exempt measurement are kept for 25 months at most."""
    for path, service, purposes in _measurements(manifest):
        own = service.data_retention if service else None
        stated = next((purpose.data_retention for purpose in purposes if measures_audience([purpose])), None)
        kept = own or stated
        who = f"'{service.id if service else purposes[0].id}'"
        if kept is None:
            message = f"{who} measures audiences without consent and nobody says how long its data are kept"
            yield found("L8", path, message)
        elif (days(kept) or 0) > TWENTY_FIVE_MONTHS:
            message = f"{who} measures audiences without consent and keeps its data for '{kept}'"
            yield found("L8", (*path, "data_retention"), message)


def _measurements(manifest: Manifest) -> Iterator[tuple[Path, Service | None, tuple[Purpose, ...]]]:
    """Yield each service that measures audiences under the exemption, and such purposes that no service serves."""
    served: set[str] = set()
    for index, service in enumerate(manifest.services):
        purposes = purposes_of(manifest, service)
        served.update(service.purposes)
        if measures_audience(purposes) and not any(purpose.needs_consent for purpose in purposes):
            yield ("services", index), service, purposes
    used = {item.purpose for item in manifest.cookies}
    for index, purpose in enumerate(manifest.purposes):
        if measures_audience([purpose]) and purpose.id in used - served:
            yield ("purposes", index), None, (purpose,)


def more_than_measurement(manifest: Manifest) -> Iterator[Finding]:
    """L9: exempt measurement counts visits for the site alone, and does nothing else."""
    for path, service, purposes in _measurements(manifest):
        yield from _other_purposes(path, purposes)
        if service is not None:
            yield from _other_hands(path, service)
    for subject in subjects(manifest):
        if not subject.audience:
            continue
        if subject.item.party is Party.THIRD:
            message = f"'{subject.item.name}' belongs to a third party's domain and can follow a visitor across sites"
            yield found("L9", (*subject.path, "party"), message)
        if any(map(known.CAMPAIGNS.fullmatch, subject.names)):
            yield found("L9", subject.path, f"'{subject.item.name}' ties visits to an advertisement")


def _other_purposes(path: Path, purposes: tuple[Purpose, ...]) -> Iterator[Finding]:
    for purpose in purposes:
        if not measures_audience([purpose]):
            yield found("L9", path, f"exempt measurement serves one purpose only, and this serves '{purpose.id}' too")
        elif any(signal.startswith("ad_") for signal in purpose.consent_mode):
            yield found("L9", path, f"'{purpose.id}' is exempt as measurement and grants signals for advertising")


def _other_hands(path: Path, service: Service) -> Iterator[Finding]:
    if service.vendor.role is not Role.PROCESSOR:
        message = f"'{service.vendor.name}' is {service.vendor.role}: it uses the data for purposes of its own"
        yield found("L9", (*path, "vendor"), message)
    if at := domain_of(service, known.REUSERS):
        message = f"{known.REUSERS[at[1]]} reuses the data for its vendor"
        yield found("L9", (*path, "hosts", at[0]), message)
    if service.recipients:
        names = ", ".join(recipient.name for recipient in service.recipients)
        yield found("L9", (*path, "recipients"), f"'{service.id}' passes the data on to {names}")


def mixed(manifest: Manifest) -> Iterator[Finding]:
    """L24: an item with one purpose that needs consent needs consent, so it can't be exempt as well."""
    exempt: dict[tuple[str, str], Path] = {}
    asked: dict[tuple[str, str], Path] = {}
    for subject in subjects(manifest):
        free = [purpose.id for purpose in subject.purposes if not purpose.needs_consent]
        if free and not subject.exempt:
            need = next(purpose.id for purpose in subject.purposes if purpose.needs_consent)
            message = f"'{subject.item.name}' serves '{free[0]}', which is exempt, and '{need}', which needs consent"
            yield found("L24", subject.path, message)
        for name in subject.names:
            (exempt if subject.exempt else asked).setdefault((subject.item.kind, name), subject.path)
    for key, path in exempt.items():
        if key in asked:
            where = ".".join(map(str, asked[key]))
            yield found("L24", path, f"'{key[1]}' is exempt here and needs consent at {where}")


RULES: Final = (
    known_trackers,
    unjustified,
    long_measurement,
    rolling_measurement,
    kept_measurement,
    more_than_measurement,
    mixed,
)
