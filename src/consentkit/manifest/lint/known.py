"""Names, hosts and countries that rules recognise, as of November 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from consentkit.manifest.vocabulary import Party


class Use(StrEnum):
    """What a well-known item is for, whatever the manifest calls it."""

    AUDIENCE = "audience measurement"
    ADVERTISING = "advertising"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool and the items it is known by.

    Attributes:
        name: Its name.
        use: What it is for.
        items: What matches its items' names, declared or real.
        rolls: It extends its items on each visit unless told not to.
        third_party_only: The names are too common to mean anything on the site's own domain.
    """

    name: str
    use: Use
    items: re.Pattern[str]
    rolls: bool = False
    third_party_only: bool = False


def _tool(name: str, use: Use, items: str, *, rolls: bool = False, third_party_only: bool = False) -> Tool:
    return Tool(name, use, re.compile(items), rolls, third_party_only)


# Names and uses: the vendors' pages and Open Cookie Database 0ee5a17.
_TOOLS: Final = (
    _tool("Google Analytics", Use.AUDIENCE, r"_ga(_.*)?", rolls=True),
    _tool("Google Analytics", Use.AUDIENCE, r"_gid|_gat(_.*)?|_dc_gtm_.*|AMP_TOKEN"),
    _tool("Google Ads", Use.ADVERTISING, r"_gac_.*|_gcl_.*"),
    _tool("Google advertising", Use.ADVERTISING, r"IDE|NID|test_cookie", third_party_only=True),
    _tool("Meta", Use.ADVERTISING, r"_fbp|_fbc"),
    _tool("Meta", Use.ADVERTISING, r"fr", third_party_only=True),
    _tool("Quantcast", Use.ADVERTISING, r"__qca"),
    _tool("Hotjar", Use.AUDIENCE, r"_hj[A-Z].*|_hjid"),
    _tool(
        "LinkedIn", Use.ADVERTISING, r"li_sugr|bcookie|bscookie|UserMatchHistory|AnalyticsSyncHistory|li_fat_id|ln_or"
    ),
    _tool("Microsoft Advertising", Use.ADVERTISING, r"_uetsid|_uetvid|MUID"),
    _tool("Microsoft Clarity", Use.AUDIENCE, r"_clck|_clsk"),
    _tool("Matomo", Use.AUDIENCE, r"_pk_(id|ses|ref)[._].*"),
    _tool("HubSpot", Use.ADVERTISING, r"__hstc|hubspotutk|__hssc|__hssrc"),
    _tool("TikTok", Use.ADVERTISING, r"_ttp|_tt_enable_cookie"),
    _tool("Contentsquare", Use.AUDIENCE, r"_cs_id|_cs_s"),
    _tool("Piano Analytics", Use.AUDIENCE, r"_pcid|_pctx|_pprv"),
)

CAMPAIGNS: Final = re.compile(r"_gcl_.*|_gac_.*|_fbc|_uet[sv]id")
"""Items that tie a visit to an advertisement, which exempt measurement must not."""

UNIVERSAL_ANALYTICS: Final = re.compile(r"_gid|_gat(_.*)?|_dc_gtm_.*|AMP_TOKEN|_gac_(?!gb_).*")
"""Its own items; ``_gac_gb_…`` is set by Google Ads to this day."""
GOOGLE_ANALYTICS_4: Final = re.compile(r"_ga_.+")

REUSERS: Final = {
    "google-analytics.com": "Google Analytics",
    "analytics.google.com": "Google Analytics",
    "googletagmanager.com": "Google Analytics",
    "quantserve.com": "Quantcast",
    "facebook.com": "Facebook",
    "facebook.net": "Facebook",
}
"""Domains of the tools CNIL's developers' guide, sheet 17, names as reusing the data for themselves."""

GOOGLE_TAGS: Final = (
    "googletagmanager.com",
    "google-analytics.com",
    "analytics.google.com",
    "googleadservices.com",
    "doubleclick.net",
)
"""Domains of the tags that read Consent Mode."""

ASSET_SERVERS: Final = (
    *("fonts.googleapis.com", "fonts.gstatic.com", "ajax.googleapis.com", "fonts.bunny.net"),
    *("typekit.net", "typekit.com", "fontawesome.com", "fonts.net"),
    *("cdnjs.cloudflare.com", "jsdelivr.net", "jquery.com", "bootstrapcdn.com"),
)
"""Servers of fonts, styles and libraries."""

ALIASED_TRACKERS: Final = {
    "2o7.net": "Adobe Analytics",
    "omtrdc.net": "Adobe Analytics",
    "adobedc.net": "Adobe Analytics",
    "at-o.net": "Piano Analytics",
    "xiti.com": "Piano Analytics",
    "commander1.com": "Commanders Act",
    "tagcommander.com": "Commanders Act",
    "dnsdelegation.io": "Criteo",
    "eulerian.net": "Eulerian",
    "eloqua.com": "Oracle Eloqua",
    "keyade.com": "Keyade",
    "pardot.com": "Pardot",
    "wizaly.com": "Wizaly",
    "wt-eu02.net": "Webtrekk",
    "webtrekk.net": "Webtrekk",
}
"""Domains that sites' own hosts are made aliases of (Dimova et al., "The CNAME of the Game", PoPETs 2021)."""

EEA: Final = frozenset(
    (
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO AX GF GP MF MQ RE YT"
    ).split()
)
"""The European Economic Area, with the territories where EU law applies."""

ADEQUATE: Final = frozenset("AD AR CA CH FO GB GG IL IM JE JP KR NZ UY".split())
"""Countries with a general adequacy decision of the European Commission (GDPR art. 45); Canada's is for businesses."""

ADEQUATE_IN_PART: Final = frozenset({"US", "BR"})
"""Countries where it depends: in the United States on the recipient's certification; Brazil's decision is recent."""

ADVERTISING_WORDS: Final = frozenset(
    "ad ads advertising advertisement advertisements marketing publicite publicitaire retargeting targeting".split()
)
"""Words of a purpose's id that tell advertising."""

VAGUE: Final = re.compile(
    r"\b(?:améliorer|enrichir|personnaliser|optimiser|faciliter)\s+(?:votre|l['’])\s*(?:expérience|navigation)"
    r"|\bmeilleure\s+expérience"
    r"|\b(?:improv|enhanc|personali[sz]|optimi[sz])(?:e|es|ing)\s+(?:your|the|user)\s+(?:\w+\s+)?experience"
    r"|\b(?:better|best)\s+(?:possible\s+|user\s+)?experience",
    re.IGNORECASE,
)
"""What says nothing of the advertising it is about (EDPB Guidelines 03/2022, "ambiguous wording")."""

COMPULSION: Final = re.compile(
    r"\bdevez\s+(?:les\s+|l['’])?accepter\b|\bdoi(?:ven)?t\s+être\s+accepté\w*|\bobligatoires?\b"
    r"|\bmust\s+(?:be\s+accepted|accept)\b|\bmandatory\b|\bcompulsory\b|\brequired\s+to\s+(?:use|access)\b",
    re.IGNORECASE,
)
"""What makes consent a condition of access (délib. 2020-091 §17-18)."""

BROWSING_ON: Final = re.compile(
    r"\ben\s+(?:poursuivant|continuant)\b|\bpoursuite\s+de\s+(?:la|votre)\s+navigation\b"
    r"|\bby\s+(?:continuing|using|browsing)\b|\bcontinued\s+use\b",
    re.IGNORECASE,
)
"""What takes silence for consent (délib. 2020-091 §26-27)."""

LEGITIMATE_INTEREST: Final = re.compile(
    r"\blegitimate\s+interests?\b|\bint[ée]r[êe]ts?\s+l[ée]gitimes?\b|\bberechtigte\w*\s+interesse\w*"
    r"|\binter[ée]s(?:es)?\s+leg[íi]timos?\b|\binteress[ei]\s+legittim[oi]\b|\blegittim[oi]\s+interess[ei]\b",
    re.IGNORECASE,
)


def tool_of(names: tuple[str, ...], party: Party) -> Tool | None:
    """Return the well-known tool that an item with these names belongs to."""
    for tool in _TOOLS:
        if (party is Party.THIRD or not tool.third_party_only) and any(map(tool.items.fullmatch, names)):
            return tool
    return None
