"""A finding, and the stored items of a manifest as rules see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from consentkit.manifest import grammar
from consentkit.manifest.lint.rules import RULES, Severity
from consentkit.manifest.vocabulary import ExemptClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consentkit.duration import Duration
    from consentkit.manifest.model import Manifest, Purpose, Service, StorageItem

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a rule found.

    Attributes:
        rule: The rule's id, such as ``L11``.
        severity: How bad it is.
        path: Where in the manifest; empty for the whole of it.
        message: The value and what is wrong with it.
        remedy: What to do about it.
    """

    rule: str
    severity: Severity
    path: Path
    message: str
    remedy: str

    @property
    def source(self) -> str:
        """The law, guideline or specification the rule comes from."""
        return RULES[self.rule].source

    @property
    def where(self) -> str:
        """The path with dots, such as ``services.0.cookies.2``."""
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class Subject:
    """A stored item with what decides about it.

    Attributes:
        path: Where the manifest declares it.
        item: The item.
        service: Whose it is; ``None`` for the site's own.
        purposes: Its own purpose, or else its service's.
    """

    path: Path
    item: StorageItem
    service: Service | None
    purposes: tuple[Purpose, ...]

    @property
    def exempt(self) -> bool:
        """Tell whether it is stored without asking: every purpose is exempt (délib. 2020-091 §47-48)."""
        return all(not purpose.needs_consent for purpose in self.purposes)

    @property
    def audience(self) -> bool:
        """Tell whether it claims the exemption of audience measurement."""
        return self.exempt and measures_audience(self.purposes)

    @property
    def names(self) -> tuple[str, ...]:
        """Its name and its other names."""
        return (self.item.name, *self.item.aliases)


def found(
    rule: str, path: Path, message: str, *, remedy: str | None = None, severity: Severity | None = None
) -> Finding:
    """Make a finding with its rule's severity and remedy, unless told others.

    A message may quote what a manifest or a site says; nothing in it can begin a line of a report or colour a terminal.
    """
    known = RULES[rule]
    plain = "".join(char if char.isprintable() else " " for char in message)
    return Finding(rule, severity or known.severity, path, plain, remedy or known.remedy.replace("`", "'"))


def subjects(manifest: Manifest) -> Iterator[Subject]:
    """Yield every stored item: the site's own, then each service's."""
    for index, item in enumerate(manifest.cookies):
        yield Subject(("cookies", index), item, None, _purposes(manifest, item, ()))
    for number, service in enumerate(manifest.services):
        for index, item in enumerate(service.cookies):
            purposes = _purposes(manifest, item, service.purposes)
            yield Subject(("services", number, "cookies", index), item, service, purposes)


def _purposes(manifest: Manifest, item: StorageItem, inherited: Iterable[str]) -> tuple[Purpose, ...]:
    return tuple(manifest.purpose(id) for id in ((item.purpose,) if item.purpose else inherited))  # noqa: A001


def purposes_of(manifest: Manifest, service: Service) -> tuple[Purpose, ...]:
    """Return the purposes a service serves."""
    return tuple(manifest.purpose(identifier) for identifier in service.purposes)


def measures_audience(purposes: Iterable[Purpose]) -> bool:
    """Tell whether one of the purposes is exempt as audience measurement."""
    return any(purpose.exempt is ExemptClass.AUDIENCE_MEASUREMENT for purpose in purposes)


def days(duration: Duration) -> float | None:
    """Return the longest length in mean days; ``None`` for session and persistent."""
    return duration.longest.mean_days if duration.longest else None


def on_domain(host: str, domains: Iterable[str]) -> str | None:
    """Return the domain that a host, or the host of a pattern, is or lies below."""
    return next((domain for domain in domains if host == domain or host.endswith(f".{domain}")), None)


def domain_of(service: Service, domains: Iterable[str]) -> tuple[int, str] | None:
    """Return the index of a service's first host on one of the domains, and the domain."""
    domains = tuple(domains)
    for index, text in enumerate(service.hosts):
        if domain := on_domain(grammar.host_pattern(text).host, domains):
            return index, domain
    return None
