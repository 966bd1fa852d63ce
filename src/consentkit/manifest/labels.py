"""Titles for purposes and services that declare none."""

from __future__ import annotations

from typing import Final

_EXEMPT: Final[dict[str, dict[str, str]]] = {
    "choice-storage": {"en": "Remembering your choices", "fr": "Mémorisation de vos choix"},
    "authentication": {"en": "Signing in and security", "fr": "Connexion et sécurité"},
    "basket": {"en": "Basket and payment", "fr": "Panier et paiement"},
    "personalisation": {"en": "Display preferences you ask for", "fr": "Préférences d’affichage demandées"},
    "load-balancing": {"en": "Load balancing", "fr": "Répartition de charge"},
    "paywall": {"en": "Free articles counter", "fr": "Compteur d’articles gratuits"},
    "audience-measurement": {"en": "Anonymous audience measurement", "fr": "Mesure d’audience anonyme"},
}
_USUAL: Final[dict[str, dict[str, str]]] = {
    "necessary": {"en": "Strictly necessary", "fr": "Strictement nécessaires"},
    "analytics": {"en": "Audience measurement", "fr": "Mesure d’audience"},
    "advertising": {"en": "Advertising", "fr": "Publicité"},
    "marketing": {"en": "Marketing", "fr": "Marketing"},
    "functional": {"en": "Additional features", "fr": "Fonctionnalités supplémentaires"},
    "preferences": {"en": "Preferences", "fr": "Préférences"},
    "media": {"en": "Videos and other media", "fr": "Vidéos et autres médias"},
    "maps": {"en": "Maps", "fr": "Cartes"},
    "social": {"en": "Social networks", "fr": "Réseaux sociaux"},
    "support": {"en": "Chat and support", "fr": "Messagerie et assistance"},
    "performance": {"en": "Performance", "fr": "Performance"},
    "security": {"en": "Security", "fr": "Sécurité"},
    "fonts": {"en": "Web fonts", "fr": "Polices de caractères"},
}
_SPELLED: Final[dict[str, str]] = {
    **{
        word: word.upper()
        for word in ("ab", "api", "cdn", "cms", "crm", "faq", "rtb", "sdk", "seo", "uet", "ui", "url")
    },
    "adroll": "AdRoll",
    "hubspot": "HubSpot",
    "linkedin": "LinkedIn",
    "livechat": "LiveChat",
    "openstreetmap": "OpenStreetMap",
    "paypal": "PayPal",
    "recaptcha": "reCAPTCHA",
    "sharethis": "ShareThis",
    "soundcloud": "SoundCloud",
    "tiktok": "TikTok",
    "whatsapp": "WhatsApp",
    "youtube": "YouTube",
}


def purpose(identifier: str, exempt: str | None, language: str) -> str:
    """Return a purpose's title in French or, for any other language, in English."""
    known = _known(identifier, exempt)
    if known is None:
        return titled(identifier, every_word=False)
    return known["fr" if language.lower().replace("_", "-").partition("-")[0] == "fr" else "en"]


def has_title(identifier: str, exempt: str | None, language: str) -> bool:
    """Tell whether a purpose has a title of its own built in for a language."""
    return _known(identifier, exempt) is not None and language.partition("-")[0] in {"en", "fr"}


def _known(identifier: str, exempt: str | None) -> dict[str, str] | None:
    return _USUAL.get(identifier) or (_EXEMPT[exempt] if exempt else _EXEMPT.get(identifier))


def titled(identifier: str, *, every_word: bool = True) -> str:
    """Return an id in words, with the spelling of brands that spell themselves oddly."""
    words = identifier.replace("_", "-").split("-")
    return " ".join(
        _SPELLED.get(word) or (word.capitalize() if every_word or index == 0 else word)
        for index, word in enumerate(words)
    )
