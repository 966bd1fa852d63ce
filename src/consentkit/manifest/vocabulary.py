"""The words a manifest may use where the choice is ours."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

ConsentSignal = Literal[
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
]
"""The signals of Google Consent Mode v2."""

ConsentApi = Literal["google", "microsoft-uet", "microsoft-clarity", "meta", "matomo", "tiktok"]
"""The ways in which vendors' tags are told what a visitor allows; see :mod:`consentkit.gate.signals`."""

RegimeName = Literal["opt-in", "opt-out", "notice"]
"""What a visitor's silence means; see :mod:`consentkit.consent.regime`."""

Theme = Literal["plain", "paper", "night", "soft"]
"""The looks of what visitors see: the files in ``static/themes/``."""

Position = Literal["bottom", "corner", "centre", "top"]
"""Where the banner stands: the files in ``static/positions/``."""

Shows = Literal["video", "map", "post", "chat"]
"""What a service brings to a page, and so what stands for it while it is gated."""

TransferGround = Literal[
    "adequacy",
    "standard-clauses",
    "binding-rules",
    "code-of-conduct",
    "certification",
    "derogation",
]
"""What allows data to leave the European Economic Area: GDPR art. 45, 46(2)(c), 47, 46(2)(e), 46(2)(f), 49."""


class ExemptClass(StrEnum):
    """Why a purpose needs no consent: the seven classes of CNIL's guidelines (délib. 2020-091 §49), no more."""

    CHOICE_STORAGE = "choice-storage"
    AUTHENTICATION = "authentication"
    BASKET = "basket"
    PERSONALISATION = "personalisation"
    LOAD_BALANCING = "load-balancing"
    PAYWALL = "paywall"
    AUDIENCE_MEASUREMENT = "audience-measurement"


class Party(StrEnum):
    """Whose domain a storage item belongs to, as the visitor's browser sees it."""

    FIRST = "first"
    THIRD = "third"


class StorageKind(StrEnum):
    """Where in the browser a storage item lives (ePrivacy art. 5(3) covers them alike)."""

    COOKIE = "cookie"
    LOCAL = "local"
    SESSION = "session"
    INDEXEDDB = "indexeddb"


class Role(StrEnum):
    """What a vendor is to the site under GDPR art. 4(7), 4(8) and 26."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"
    JOINT = "joint"
