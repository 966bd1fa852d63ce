"""The rules by id: severity, what each looks at, its source and the usual remedy.

``docs/lint.md`` is written from this table by ``python -m consentkit.manifest.lint.table``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Basis(StrEnum):
    """What a rule is decided from."""

    GRAMMAR = "grammar"
    """The loader refuses a manifest that breaks it."""
    MANIFEST = "manifest"
    """The declarations alone."""
    OBSERVED = "observed"
    """What was seen on the running site, compared with the declarations."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: ``L1`` to ``L32``; never reused.
        severity: That of its findings, unless the finding says otherwise.
        basis: What it is decided from.
        title: What is wrong when it finds something.
        looks_at: The keys, or the facts, it reads.
        remedy: What usually mends it.
        source: The law, guideline or specification it comes from.
        limits: What it can't tell, and why; empty when nothing is left out.
    """

    id: str
    severity: Severity
    basis: tuple[Basis, ...]
    title: str
    looks_at: str
    remedy: str
    source: str
    limits: str = ""


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION
_GRAMMAR, _MANIFEST, _OBSERVED = (Basis.GRAMMAR,), (Basis.MANIFEST,), (Basis.OBSERVED,)

_ALL: Final = (
    Rule(
        "L1", _E, _GRAMMAR,
        "A stored item or service lacks its name, purpose, vendor or lifetime",
        "`name`, `lifetime`, `purpose`, `vendor`, `purposes` of items and services",
        "add the missing key",
        "CNIL délib. 2020-091 §24; CJEU C-673/17",
        "`kind` and `party` have defaults (`cookie`, `first`), so they are never missing.",
    ),
    Rule(
        "L2", _E, _OBSERVED,
        "Something that needs consent was stored or contacted before it was given",
        "items and hosts seen, with the purposes granted at that moment",
        "declare every host of the service, so that it is gated, or ask `allows()` before the site's own code writes",
        "ePrivacy directive art. 5(3); loi Informatique et Libertés art. 82",
        "A manifest cannot show that its gate holds: server-side code may ask for consent by itself.",
    ),
    Rule(
        "L3", _E, _OBSERVED,
        "An item was seen that nobody declares (a warning: one is declared and was never seen)",
        "items seen against `cookies` and `services.cookies`",
        "declare the item under the service or the site, or stop setting it",
        "CNIL délib. 2020-091 §35-36; CNIL developers' guide, sheet 16",
        "What was never seen is reported only after a complete visit with everything allowed.",
    ),
    Rule(
        "L4", _E, _MANIFEST,
        "A known audience or advertising tool's item is called exempt",
        "`name` and `aliases` of items whose purposes are all exempt",
        "give it a purpose that needs consent",
        "EDPB Cookie Banner Taskforce 2023, practice I; CNIL délib. 2020-091 §49",
        "Only well-known names are recognised.",
    ),
    Rule(
        "L5", _E, (Basis.GRAMMAR, Basis.MANIFEST),
        "An exemption names none of the seven classes, or nobody says why it holds",
        "`exempt`, and `justification` or `description` of the purpose or the item",
        "say in `justification` or `description` why the service the visitor asked for cannot work without it",
        "CNIL délib. 2020-091 §49; EDPB Cookie Banner Taskforce 2023, practice I",
        "That there is a text is checked; whether it convinces is for a person to judge.",
    ),
    Rule(
        "L6", _E, _MANIFEST,
        "Exempt audience measurement is stored for more than 13 months",
        "`lifetime` of items of purposes with `exempt: audience-measurement`",
        "shorten it to 13 months, or ask for consent",
        "CNIL délib. 2020-092 art. 5",
    ),
    Rule(
        "L7", _E, _MANIFEST,
        "Exempt audience measurement is extended by each new visit",
        "`renew_on_visit`; tools known to extend their cookies by default",
        "fix the expiry at the first visit and write `renew_on_visit: false`, or ask for consent",
        "CNIL délib. 2020-092 art. 5; Google, gtag.js cookie settings (`cookie_update`)",
        "A tool that is not known and says nothing in `renew_on_visit` passes. Unless `true` stands there, consentkit "
        "keeps first-party cookies from starting anew all the same.",
    ),
    Rule(
        "L8", _E, _MANIFEST,
        "Data of exempt audience measurement are kept for more than 25 months, or nobody says how long",
        "`data_retention` of the service or the purpose",
        "write `data_retention: 25 months` or less, and set the tool to it",
        "CNIL délib. 2020-092 art. 5",
    ),
    Rule(
        "L9", _E, _MANIFEST,
        "Exempt audience measurement is more than that: data reused, passed on, matched across sites or for campaigns",
        "`role`, `recipients`, `party`, `hosts`, `consent_mode` and other purposes of what is exempt",
        "ask for consent, or use a tool of the site's own that only counts",
        "CNIL délib. 2020-091 §50-51; CNIL developers' guide, sheet 17",
        "What a vendor does with the data in secret can't be seen; its contract says it.",
    ),
    Rule(
        "L10", _W, _MANIFEST,
        "A cookie is declared for longer than browsers keep any",
        "`lifetime` of items with `kind: cookie`",
        "declare 400 days at most: that is how long it really lives",
        "RFC 6265bis, cookie lifetime limits",
    ),
    Rule(
        "L11", _W, _MANIFEST,
        "An item that needs consent lives longer than the usual 13 months",
        "`lifetime` of items with a purpose that needs consent",
        "shorten it to 13 months",
        "CNIL délib. 2020-092 art. 5, written for audience measurement and used as a yardstick for all",
    ),
    Rule(
        "L12", _W, _MANIFEST,
        "A site in France keeps choices for other than 6 months",
        "`choice.lifetime`, where the controller or the language is French",
        "write `lifetime: 6 months`",
        "CNIL délib. 2020-092 §39",
    ),
    Rule(
        "L13", _E, _MANIFEST,
        "A refusal is kept for another time than a consent",
        "`choice.lifetime` and `choice.refusal_lifetime`",
        "leave `refusal_lifetime` out: it is as long as `lifetime`",
        "CNIL délib. 2020-092 §36-39; EDPB Guidelines 03/2022 §4.1.1",
    ),
    Rule(
        "L14", _E, (Basis.GRAMMAR, Basis.MANIFEST),
        "A cookie's lifetime can't be read, or has no end (information: storage that has no expiry of its own)",
        "`lifetime` of every item",
        "write how long it is kept, and set the cookie to that",
        "CJEU C-673/17; GDPR art. 13(2)(a)",
    ),
    Rule(
        "L15", _W, _OBSERVED,
        "A cookie lives more than a tenth longer or shorter than declared",
        "lifetimes seen against `lifetime`, cut to 400 days",
        "declare the lifetime that was seen, or set the cookie to the declared one",
        "CJEU C-673/17; RFC 6265bis, cookie lifetime limits",
    ),
    Rule(
        "L16", _E, _OBSERVED,
        "A cookie's attributes contradict one another, and browsers drop it",
        "`SameSite`, `Secure`, `Domain`, `Path` and `Partitioned` of cookies seen, and the prefix of the name",
        "add `Secure`, and for `__Host-` also `Path=/` without `Domain`",
        "RFC 6265bis, storage model; CHIPS",
    ),
    Rule(
        "L17", _W, _OBSERVED,
        "A sign-in cookie is open to scripts or to plain http",
        "`HttpOnly` and `Secure` of cookies seen with `exempt: authentication`",
        "set `HttpOnly` and `Secure`",
        "RFC 6265bis, security considerations",
        "Behind a plain http address of a test machine `Secure` can't be set; look at the real site.",
    ),
    Rule(
        "L18", _E, _OBSERVED,
        "A cookie is too large for browsers to keep",
        "octets of name and value (4096) and of each attribute (1024)",
        "keep the data on the server and an id in the cookie",
        "RFC 6265bis, limits",
    ),
    Rule(
        "L19", _W, _OBSERVED,
        "A host of the site is an alias of a tracker's host",
        "canonical names of `site.hosts` against declared services and well-known trackers",
        "declare the host under the tracker's service, with consent, and end the alias",
        "CNIL délib. 2020-092 art. 6",
        "The domain name system is not asked; beside declared services, only well-known trackers are recognised.",
    ),
    Rule(
        "L20", _E, _MANIFEST,
        "A controller lacks its country or its privacy policy",
        "`site.controller`, and vendors with `role: controller` or `joint`",
        "add `country` and `policy`",
        "CNIL délib. 2020-091 §25; délib. 2020-092 §2.3",
        "The number of controllers on the banner is counted from the manifest, so the two can't differ.",
    ),
    Rule(
        "L21", _W, _MANIFEST,
        "A purpose's text is missing, too long, vague, or not in every language of the site",
        "`title` and `description` of purposes, `site.languages`",
        "say in one or two plain sentences, in every language, what is done with the data",
        "CNIL délib. 2020-091 §22; délib. 2020-092 §2.1; EDPB Guidelines 03/2022",
        "Vague wording is recognised in French and English, and for advertising only.",
    ),
    Rule(
        "L22", _E, _MANIFEST,
        "Pixels in e-mails share their purpose with something else",
        "purposes of services with `channel: email`",
        "give e-mail pixels a purpose of their own, asked for when the address is given",
        "CNIL délib. 2026-042",
        "consentkit governs pages; it can't gate an e-mail. Measuring deliverability, which the text frees within "
        "limits, has no class of exemption in the manifest: declare it under a purpose that needs consent.",
    ),
    Rule(
        "L23", _E, (Basis.GRAMMAR, Basis.MANIFEST),
        "Storage that needs consent is said to rest on legitimate interest, on browsing on, or to be compulsory",
        "texts of purposes, services and items that need consent; any key for a legal basis is refused",
        "ask for consent, and say that visitors are free to refuse",
        "EDPB Cookie Banner Taskforce 2023, practice H; CNIL délib. 2020-091 §17-18, 26-27; ePrivacy art. 5(3)",
        "Legitimate interest is recognised in French, English, German, Spanish and Italian, the rest in French and "
        "English.",
    ),
    Rule(
        "L24", _E, _MANIFEST,
        "One item serves an exempt purpose and one that needs consent",
        "`purposes` of services with items, and items declared twice",
        "store two items, or give this one `purpose:` the one that needs consent",
        "CNIL délib. 2020-091 §47-48",
    ),
    Rule(
        "L25", _W, _MANIFEST,
        "A log is kept for another time than its kind asks",
        "`retention.browser_log` (2 months), `security_log` (6 to 12 months), `content_log` (12 months)",
        "write the usual time, or note why another is needed",
        "CNIL délib. 2021-122; décret 2021-1362 art. 5; GDPR art. 5(1)(e)",
        "A log that the manifest does not mention is taken not to exist.",
    ),
    Rule(
        "L26", _E, (Basis.GRAMMAR, Basis.MANIFEST),
        "Addresses are kept whole (a warning: so much of them that it tells one connection)",
        "`anonymise`",
        "keep 16 bits of IPv4 and 32 of IPv6",
        "GDPR art. 25; CJEU C-582/14",
        "consentkit's own records can't hold a whole address or a hash of one; logs of other programs (proxy, server) "
        "are out of its reach.",
    ),
    Rule(
        "L27", _E, (Basis.MANIFEST, Basis.OBSERVED),
        "A Google tag works without a refused default of Consent Mode",
        "`consent_mode`, `exempt` and `regions` where a Google tag is declared; the default call seen on a page",
        "give the tag's purposes their signals, and refuse all four before the tag and until the visitor agrees",
        "Google, Consent Mode v2; ePrivacy directive art. 5(3)",
        "The order of the calls in a page is judged only when it was seen.",
    ),
    Rule(
        "L28", _I, _MANIFEST,
        "Cookies of Universal Analytics are declared beside those of Google Analytics 4",
        "`_gid`, `_gat`, `AMP_TOKEN`, `_gac_…` beside `_ga_…`",
        "remove those the site no longer sets",
        "Google, cookie usage of Google Analytics 4",
    ),
    Rule(
        "L29", _E, _OBSERVED,
        "A TCF consent string has no CMP id, or no segment of disclosed vendors",
        "a TC string that was seen",
        "register the consent platform with IAB Europe, or remove the string",
        "IAB Europe, Transparency and Consent Framework 2.3",
        "consentkit writes no TC string and its manifest has no key to turn one on; only one that another tool writes "
        "can be judged.",
    ),
    Rule(
        "L30", _W, _MANIFEST,
        "Data go to a country without the level of protection of the EU, and no ground is given",
        "`country` and `transfer` of vendors and recipients",
        "write `transfer:` with its ground, such as `standard-clauses`, after checking that it is signed",
        "GDPR art. 13(1)(f), 30(1)(e), 44-49",
        "That a ground is named is checked, not that the contract exists.",
    ),
    Rule(
        "L31", _W, _MANIFEST,
        "Nobody has compared the site with the manifest for more than 12 months",
        "`reviewed`, or else `notice.revision`, and today's date",
        "look at the site again and write the day in `reviewed`",
        "CNIL délib. 2020-092 art. 5 (periodic review; the 12 months are ours)",
    ),
    Rule(
        "L32", _W, _MANIFEST,
        "A font, style or library comes from somebody else's server",
        "`hosts` of services without stored items, against well-known asset servers",
        "serve the file from the site's own host",
        "CNIL developers' guide, sheet 16; EDPB Guidelines 2/2023 §50",
        "Only well-known servers are recognised.",
    ),
)  # fmt: skip
RULES: Final = {rule.id: rule for rule in _ALL}
"""Every rule by id, L1 first."""
