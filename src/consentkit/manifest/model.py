"""The manifest as values: what one site declares.

Everything is frozen, so a manifest can be shared by all requests. Reading a file, with the line of every error, is
:mod:`consentkit.manifest.load`; here any mapping of the same shape is taken. The texts below the fields are what
editors show (see :mod:`consentkit.manifest.schema`).
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 — pydantic resolves it at run time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from consentkit.duration import Duration
from consentkit.manifest import grammar, labels
from consentkit.manifest.conflicts import conflicts
from consentkit.manifest.fields import (
    ChoiceLifetime,
    Contact,
    Country,
    FixedLifetime,
    HostText,
    Identifier,
    Language,
    Lifetime,
    Line,
    Link,
    Region,
    SiteHostText,
    WebAddress,
    check_name,
)
from consentkit.manifest.localised import Localised
from consentkit.manifest.vocabulary import (
    ConsentApi,
    ConsentSignal,
    ExemptClass,
    Party,
    Position,
    RegimeName,
    Role,
    Shows,
    StorageKind,
    Theme,
    TransferGround,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_ADVISED_LIFETIME = Duration.parse("6 months")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    def preferring(self, languages: Iterable[str]) -> Self:
        """Return the same part with every text preferring the site's languages, in their order."""
        languages = tuple(languages)
        changed: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Localised):
                changed[name] = value.preferring(languages)
            elif isinstance(value, tuple):
                changed[name] = tuple(item.preferring(languages) if isinstance(item, _Part) else item for item in value)
        return self.model_copy(update=changed)


class Controller(_Part):
    """Who decides why and how the data are used (GDPR art. 4(7), 13(1)(a))."""

    name: Line = Field(examples=["Hootis SAS"])
    """The legal name."""
    address: Line | None = Field(default=None, examples=["1 rue de la Paix, 75002 Paris"])
    """The postal address."""
    country: Country | None = Field(default=None, examples=["FR"])
    """Two letters of ISO 3166-1."""
    contact: Contact | None = Field(default=None, examples=["mailto:privacy@example.com"])
    """Where a person writes to: ``mailto:``, ``tel:``, an address or a path."""
    officer: Contact | None = Field(default=None, examples=["mailto:dpo@example.com"])
    """Where the data protection officer is reached, if there is one (GDPR art. 13(1)(b), 37)."""
    policy: Link | None = Field(default=None, examples=["/privacy"])
    """The privacy policy: an address or a path of the site."""


class Site(_Part):
    """The site that carries this manifest."""

    name: Line = Field(examples=["Hootis"])
    """The name visitors know."""
    hosts: tuple[SiteHostText, ...] = Field(default=(), examples=[["www.example.com", "*.example.com"]])
    """First-party hosts; ``*.host`` is every sub-domain. The request's own host always is one."""
    controller: Controller = Field(examples=[{"name": "Hootis SAS", "country": "FR"}])
    """Who is answerable for the site."""
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1, examples=[["fr", "en"]])
    """Languages the site speaks, its main one first."""


class Notice(_Part):
    """The text visitors read before they choose."""

    revision: date = Field(examples=["2026-11-22"])
    """The date of the text."""
    material: StrictBool = False
    """Whether this revision changes what was agreed to: then everyone is asked again."""


class Banner(_Part):
    """How the question looks, and all else of ours with it."""

    theme: Theme = "plain"
    """The look; the site's ``--consentkit-*`` properties go before its values."""
    position: Position = "bottom"
    """Where the banner stands on a wide screen; on others it is always at the bottom."""


class ChoiceSettings(_Part):
    """How a choice is kept."""

    cookie: str | None = Field(default=None, examples=["rgpd"])
    """The choice cookie's name; by default ``consentkit``, with ``__Host-`` before it on https."""
    lifetime: ChoiceLifetime = Field(default=_ADVISED_LIFETIME, examples=["6 months"])
    """How long a choice lasts before the visitor is asked again; ``session`` is allowed. CNIL advises 6 months."""
    # Pydantic 2.11 asks for the default even where the lifetime is wrong, and so isn't there.
    refusal_lifetime: ChoiceLifetime = Field(
        default_factory=lambda choice: choice.get("lifetime", _ADVISED_LIFETIME), examples=["6 months"]
    )
    """How long a refusal lasts; by default as long as a consent, as it should (délib. 2020-092 §36-39)."""
    booleans: StrictBool = False
    """Whether the cookie tells each purpose in words, ``analytics=true&ads=false`` (délib. 2020-092 art. 6)."""

    @field_validator("cookie")
    @classmethod
    def _cookie_name(cls, value: str | None) -> str | None:
        if value is not None and ("*" in value or "<" in value):
            reason = f"{grammar.shown(value)} is a pattern; the choice cookie has one name, e.g. 'rgpd'"
            raise PydanticCustomError("grammar", "{reason}", {"reason": reason})
        if value is not None:
            check_name(value, cookie=True)
        return value


class Purpose(_Part):
    """What data are used for; the unit of choice."""

    id: Identifier = Field(examples=["analytics"])
    """What services and cookies refer to."""
    title: Localised | None = Field(default=None, examples=[{"fr": "Mesure d’audience", "en": "Audience measurement"}])
    """A short title; usual purposes have one built in, in French and English."""
    description: Localised | None = None
    """One or two plain sentences (délib. 2020-092 §2.1)."""
    exempt: ExemptClass | None = None
    """One of the seven classes that need no consent; left out, the purpose needs consent."""
    consent_mode: tuple[ConsentSignal, ...] = Field(default=(), examples=[["analytics_storage"]])
    """Google Consent Mode v2 signals this purpose grants."""
    sale: StrictBool = True
    """Whether its data are sold or shared (Cal. Civ. Code 1798.140(ad), (ah)): Global Privacy Control refuses that."""
    justification: Localised | None = None
    """Why an exempt purpose needs no consent, where its description does not say it (EDPB taskforce, practice I)."""
    data_retention: FixedLifetime | None = Field(default=None, examples=["25 months"])
    """How long the data collected for it are kept, wherever they are (GDPR art. 30(1)(f))."""

    @property
    def needs_consent(self) -> bool:
        """Tell whether visitors are asked about it."""
        return self.exempt is None

    def label(self, language: str) -> str:
        """Return its title, or the built-in title of its id or exempt class, or its id in words."""
        if self.title is not None:
            return self.title.pick(language)
        return labels.purpose(self.id, self.exempt, language)


class Vendor(_Part):
    """The organisation behind a service."""

    name: Line = Field(examples=["Google Ireland Ltd"])
    """The legal name."""
    country: Country | None = Field(default=None, examples=["IE"])
    """Two letters of ISO 3166-1."""
    policy: WebAddress | None = Field(default=None, examples=["https://policies.google.com/privacy"])
    """Its privacy policy."""
    cookie_policy: WebAddress | None = Field(
        default=None, examples=["https://policies.google.com/technologies/cookies"]
    )
    """Where it describes its own cookies."""
    role: Role = Role.PROCESSOR
    """What it is to the site under the GDPR."""
    transfer: TransferGround | None = Field(default=None, examples=["standard-clauses"])
    """What allows the transfer to a country outside the EEA without a general adequacy decision (GDPR art. 44-49)."""


class Recipient(_Part):
    """Somebody a service passes the data on to (GDPR art. 13(1)(e))."""

    name: Line = Field(examples=["Example Inc."])
    """The legal name, or a category of recipients."""
    country: Country | None = Field(default=None, examples=["US"])
    """Two letters of ISO 3166-1."""
    transfer: TransferGround | None = Field(default=None, examples=["standard-clauses"])
    """What allows the transfer to a country outside the EEA without a general adequacy decision (GDPR art. 44-49)."""


class StorageItem(_Part):
    """Something kept in the visitor's browser; a cookie is one kind."""

    kind: StorageKind = StorageKind.COOKIE
    """Where it is stored."""
    name: str = Field(examples=["_ga", "_gac_<property-id>", "wp-settings-*"])
    """Its name; ``<word>`` stands for a part that varies and is never empty, ``*`` for any part."""
    aliases: tuple[str, ...] = Field(default=(), examples=[["_dc_gtm_<property-id>"]])
    """Other names of the same item."""
    purpose: Identifier | None = None
    """A purpose's id; needed for the site's own items, and overrides the service's purposes for a service's."""
    lifetime: Lifetime = Field(examples=["13 months", "30 seconds .. 1 year", "session", "persistent until cleared"])
    """How long it stays; cookies the site sets for longer are shortened to it."""
    party: Party = Party.FIRST
    """``first`` when it is stored for the site's own domain, whoever writes it."""
    description: Localised | None = None
    """What it is for, as shown in the notice."""
    justification: Localised | None = None
    """Why an exempt item needs no consent, where its description does not say it."""
    renew_on_visit: StrictBool | None = None
    """Whether each visit starts its lifetime anew; left out: not known. An exempt audience tool must not."""

    @field_validator("name", "aliases")
    @classmethod
    def _names(cls, value: str | tuple[str, ...], info: ValidationInfo) -> str | tuple[str, ...]:
        for name in (value,) if isinstance(value, str) else value:
            check_name(name, cookie=info.data.get("kind") is StorageKind.COOKIE)
        return value


class Service(_Part):
    """Something a third party, or a tool of the site's own, does on its pages."""

    id: Identifier = Field(examples=["google-analytics"])
    """Its name for programs."""
    title: Localised | None = None
    """Its name for people; by default made from the id."""
    vendor: Vendor = Field(examples=[{"name": "Google Ireland Ltd", "country": "IE"}])
    """Who runs it."""
    purposes: tuple[Identifier, ...] = Field(min_length=1, examples=[["analytics"]])
    """Ids of every purpose it serves; one that needs consent gates it (délib. 2020-091 §47-48)."""
    hosts: tuple[HostText, ...] = Field(
        default=(), examples=[["www.googletagmanager.com/gtag/js", "*.google-analytics.com"]]
    )
    """Where it is loaded from and reports to: ``host``, ``*.host``, ``host/exact/file`` or ``host/below/``."""
    data: Localised | None = None
    """Which data it receives."""
    data_retention: FixedLifetime | None = Field(default=None, examples=["14 months"])
    """How long it keeps them; left out, as long as its purposes say."""
    recipients: tuple[Recipient, ...] = Field(default=(), examples=[[{"name": "Example Inc.", "country": "US"}]])
    """Whom it passes them on to."""
    consent_api: ConsentApi | Literal["none"] | None = Field(default=None, examples=["google"])
    """How its tag is told what the visitor allows; left out, its hosts tell. ``none``: it is not told."""
    shows: Shows | None = Field(default=None, examples=["video"])
    """What it brings to the page; its placeholder is drawn like it. A service of the catalogue has it already."""
    channel: Literal["page", "email"] = "page"
    """Where it works: on pages, or as pixels in e-mails the site sends (délib. 2026-042)."""
    cookies: tuple[StorageItem, ...] = ()
    """What it keeps in the browser."""

    def label(self, language: str) -> str:
        """Return its title, or its id in words: ``google-analytics`` reads "Google Analytics"."""
        return self.title.pick(language) if self.title is not None else labels.titled(self.id)


class DataRetention(_Part):
    """How long one category of data is kept, wherever the site keeps it (GDPR art. 13(2)(a), 30(1)(f))."""

    data: Localised = Field(examples=[{"fr": "Données des clients", "en": "Customers’ data"}])
    """Which data."""
    period: FixedLifetime = Field(examples=["3 years"])
    """How long they are kept."""
    after: Localised | None = Field(default=None, examples=[{"fr": "après la clôture", "en": "after the closing"}])
    """What the time is counted from, as it reads behind the period."""


class Retention(_Part):
    """How long records are kept."""

    browser_log: FixedLifetime = Field(default=Duration.parse("2 months"), examples=["2 months"])
    """Visits; after this they are erased."""
    consent_log: FixedLifetime = Field(default=Duration.parse("5 years"), examples=["5 years"])
    """Proofs of choices (GDPR art. 7(1)); 5 years is the French limitation period."""
    security_log: FixedLifetime | None = Field(default=None, examples=["6 months"])
    """The site's own security log, stated only: consentkit keeps none (délib. 2021-122 advises 6 to 12 months)."""
    content_log: FixedLifetime | None = Field(default=None, examples=["12 months"])
    """The log a host of user content keeps by law, stated only: consentkit keeps none (décret 2021-1362 art. 5)."""
    data: tuple[DataRetention, ...] = ()
    """Other data the site keeps, stated only: shown in the notice and the register."""


class Anonymise(_Part):
    """How much of an address is kept, in bits from the left."""

    ipv4: StrictInt = Field(default=16, ge=0, le=24)
    """Bits of an IPv4 address kept."""
    ipv6: StrictInt = Field(default=32, ge=0, le=64)
    """Bits of an IPv6 address kept."""


class Signals(_Part):
    """Signals that browsers send, and what is told to vendors' tags besides the visitor's choice."""

    dnt: Literal["ignore", "refuse"] = "ignore"
    """What Do Not Track means where silence would allow; the standard was given up, and no law names it."""
    ads_data_redaction: StrictBool = True
    """Google: strip ad-click identifiers from what is sent while ``ad_storage`` is denied."""
    url_passthrough: StrictBool = False
    """Google: carry ad-click identifiers in the site's own links; never where consent comes first."""


class Manifest(_Part):
    """Everything a site declares to its visitors, and asks consentkit to make true."""

    version: Literal[1] = Field(examples=[1])
    """The version of this format."""
    site: Site = Field(examples=[{"name": "Hootis", "controller": {"name": "Hootis SAS"}}])
    """The site and who is answerable for it."""
    notice: Notice = Field(examples=[{"revision": "2026-11-22"}])
    """The notice's revision."""
    banner: Banner = Field(default_factory=Banner)
    """How the question looks and where it stands."""
    choice: ChoiceSettings = Field(default_factory=ChoiceSettings)
    """The choice cookie and how long a choice lasts."""
    purposes: tuple[Purpose, ...] = Field(min_length=1, examples=[[{"id": "analytics"}]])
    """In the order they are shown."""
    services: tuple[Service, ...] = ()
    """Every third party the pages may contact."""
    cookies: tuple[StorageItem, ...] = ()
    """What the site itself keeps in the browser."""
    unlisted: Literal["block", "report"] = "block"
    """What happens to third parties that no service declares."""
    retention: Retention = Field(default_factory=Retention)
    """How long visits and choices stay on record."""
    anonymise: Anonymise = Field(default_factory=Anonymise)
    """How addresses are truncated."""
    regions: dict[Region, RegimeName] = Field(
        default_factory=dict, examples=[{"US-CA": "opt-in"}], json_schema_extra={"additionalProperties": False}
    )
    """What silence means, by country or state (ISO 3166), where the built-in table is not to decide; ``default`` stands
    for every place not named."""
    signals: Signals = Field(default_factory=Signals)
    """What browsers' signals mean, and what Google's tags are told besides the choice."""
    reviewed: date | None = Field(default=None, examples=["2026-11-22"])
    """The day somebody last compared the site with this manifest; by default the notice's revision."""

    @field_validator("purposes", "services", "cookies")
    @classmethod
    def _site_languages_first(cls, value: tuple[_Part, ...], info: ValidationInfo) -> tuple[_Part, ...]:
        site = info.data.get("site")
        return value if site is None else tuple(part.preferring(site.languages) for part in value)

    @field_validator("retention")
    @classmethod
    def _site_languages_first_in_retention(cls, value: Retention, info: ValidationInfo) -> Retention:
        site = info.data.get("site")
        return value if site is None else value.preferring(site.languages)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for path, message in conflicts(self.model_dump(mode="json")):
            where = ".".join(map(str, path))
            raise PydanticCustomError("conflict", "{where}: {message}", {"where": where, "message": message})
        return self

    def service(self, id: str) -> Service:  # noqa: A002 — the word of the manifest
        """Return a service.

        Raises:
            KeyError: The manifest declares none by this id.
        """
        return self._services[id]

    def purpose(self, id: str) -> Purpose:  # noqa: A002
        """Return a purpose.

        Raises:
            KeyError: The manifest declares none by this id.
        """
        return self._purposes[id]

    @cached_property
    def exempt_purposes(self) -> frozenset[str]:
        """Ids of the purposes that need no consent."""
        return frozenset(purpose.id for purpose in self.purposes if not purpose.needs_consent)

    @cached_property
    def measuring_purposes(self) -> frozenset[str]:
        """Ids of the purposes exempt as audience measurement: visitors may object to them (délib. 2020-091 §50-51)."""
        measuring = ExemptClass.AUDIENCE_MEASUREMENT
        return frozenset(purpose.id for purpose in self.purposes if purpose.exempt is measuring)

    @cached_property
    def consent_purposes(self) -> tuple[str, ...]:
        """Ids of the purposes visitors are asked about, in the order shown."""
        return tuple(purpose.id for purpose in self.purposes if purpose.needs_consent)

    @cached_property
    def sold_purposes(self) -> frozenset[str]:
        """Ids of the purposes that Global Privacy Control refuses."""
        return frozenset(purpose.id for purpose in self.purposes if purpose.needs_consent and purpose.sale)

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.services}

    @cached_property
    def _purposes(self) -> dict[str, Purpose]:
        return {purpose.id: purpose for purpose in self.purposes}
