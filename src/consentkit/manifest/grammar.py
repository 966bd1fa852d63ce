"""The grammar of single values: ids, hosts, names, links, country and language codes.

Each function returns the value in its canonical form or raises ``ValueError`` with the value and the remedy.
"""

from __future__ import annotations

import ipaddress
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

MAX_PATTERN: Final = 253
"""A host name has at most 253 octets (RFC 1035 §2.3.4); storage keys are held to the same."""

_ID: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+")
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LANGUAGE: Final = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
_COOKIE_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 6265bis §4.1.1: a cookie name is an RFC 9110 token."""
_PLACEHOLDER: Final = re.compile(r"<[A-Za-z0-9][A-Za-z0-9 _-]*>")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_ISO_3166_1: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
    UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """
"""ISO 3166-1 alpha-2, officially assigned."""
_ISO_639_1: Final = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
    kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
    nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta
    te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """
"""ISO 639-1; a three-letter code is taken on trust."""
_COUNTRIES: Final = frozenset(_ISO_3166_1.split())
_LANGUAGES: Final = frozenset(_ISO_639_1.split())
_SUBDIVISION: Final = re.compile(r"[A-Za-z0-9]{1,3}", re.ASCII)
_MISTAKEN_COUNTRIES: Final = {"UK": "GB", "EN": "GB", "EL": "GR"}


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A parsed host pattern: ``host``, ``*.host``, ``host:port``, ``host/path/``.

    Attributes:
        host: In A-label form, lower case, without ``*.``.
        wildcard: It stands for every sub-domain, and not for the host itself.
        port: Only this port, or any.
        path: ``""`` for every path; ending in ``/`` for everything below, else one exact file (CSP3 §6.7.2.12).
    """

    host: str
    wildcard: bool
    port: int | None
    path: str

    def __str__(self) -> str:
        star = "*." if self.wildcard else ""
        port = "" if self.port is None else f":{self.port}"
        return f"{star}{self.host}{port}{self.path}"

    def covers(self, host: str) -> bool:
        """Tell whether it stands for a host (A-labels, lower case, no port), whatever port and path."""
        return host.endswith(f".{self.host}") if self.wildcard else host == self.host


def identifier(value: str) -> str:
    """Check the id of a purpose or service."""
    if _ID.fullmatch(value) and len(value) <= 64:
        return value
    letters = (char for char in unicodedata.normalize("NFKD", value.lower()) if not unicodedata.combining(char))
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(letters)).strip("-")[:64].strip("-") or "google-analytics"
    raise _bad(value, "an id", f"write lower-case letters, digits and hyphens, e.g. '{slug}'")


def line(value: str) -> str:
    """Check a text people read: not empty, no control characters, no lone surrogates."""
    stripped = value.strip()
    if not stripped:
        message = "is empty; write a text or leave the key out"
        raise ValueError(message)
    if unsafe := _UNSAFE.search(stripped):
        message = f"the text contains the character U+{ord(unsafe[0]):04X}, which no page can show; remove it"
        raise ValueError(message)
    return stripped


def country(value: str) -> str:
    """Check an ISO 3166-1 alpha-2 country code; lower case is raised."""
    code = value.upper()
    if code in _COUNTRIES:
        return code
    raise _bad(
        value, "a country code", f"write two letters of ISO 3166-1, e.g. '{_MISTAKEN_COUNTRIES.get(code, 'FR')}'"
    )


def region(value: str) -> str:
    """Check a key of ``regions``: ISO 3166-1 or 3166-2, or ``default`` for every place not named."""
    if value == "default":
        return value
    whole, joint, part = value.partition("-")
    if joint and not _SUBDIVISION.fullmatch(part):
        raise _bad(value, "a state", "write ISO 3166-2, e.g. 'US-CA'")
    try:
        return f"{country(whole)}{joint}{part.upper()}"
    except ValueError as error:
        message = f"{error}, or 'default'"
        raise ValueError(message) from None


def language(value: str) -> str:
    """Check a language tag of BCP 47 (language, script, region) and return it in the usual case."""
    match = _LANGUAGE.fullmatch(value.replace("_", "-"))
    if match is None or (len(match[1]) == 2 and match[1].lower() not in _LANGUAGES):
        raise _bad(value, "a language", "write e.g. 'fr' or 'pt-BR'")
    primary, script, region = match.groups()
    return "-".join(part for part in (primary.lower(), (script or "").title(), (region or "").upper()) if part)


def link(value: str, *, schemes: tuple[str, ...] = ("https", "http"), path: bool = True) -> str:
    """Check a link a person may click.

    Everything but the named schemes is refused, ``javascript:`` and ``data:`` first of all, and so is ``//host``, which
    looks like a path and leaves the site.
    """
    remedy = "write an address that starts with " + " or ".join(f"{scheme}:" for scheme in schemes)
    if path:
        remedy += ", or a path that starts with /"
    if any(char <= " " or char in '<>"\\^`{|}' or _UNSAFE.match(char) for char in value):
        raise _bad(value, "a link", f"{remedy}, without spaces")
    if path and value.startswith("/") and not value.startswith("//"):
        return value
    scheme, colon, rest = value.partition(":")
    if not colon or scheme.lower() not in schemes:
        raise _bad(value, "a link", remedy)
    if scheme.lower() in {"http", "https"}:
        authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0] if rest.startswith("//") else ""
        try:
            host_pattern(authority)
        except ValueError:
            raise _bad(value, "a link", "write a whole address, e.g. 'https://example.com/privacy'") from None
    elif not rest:
        raise _bad(value, "a link", f"write what follows {scheme}:")
    return value


def to_ascii(host: str) -> str:
    """Return a host in A-label form, lower case, without percent-encoding or trailing dot.

    This is the part of UTS #46 non-transitional processing that browsers' URL parsers share: NFKC, case folding by
    character (so ``ß`` stays), ignored code points dropped, ideographic full stops read as dots. Labels are not
    validated: a look-up must never raise on what a page happens to contain.
    """
    if host.isascii() and "%" not in host:
        return host.lower().removesuffix(".")
    mapped = unicodedata.normalize("NFKC", unquote(host, errors="replace"))
    mapped = "".join(char.lower() for char in mapped if char not in "\u00ad\u200b\u200c\u200d\u2060\ufeff")
    mapped = unicodedata.normalize("NFC", mapped).replace("\u3002", ".")
    labels = (label if label.isascii() else f"xn--{_punycode(label)}" for label in mapped.split("."))
    return ".".join(labels).removesuffix(".")


def to_unicode(host: str) -> str:
    """Return a host with its A-labels read as people see them; a label that can't be decoded stays."""
    labels = []
    for label in host.split("."):
        try:
            labels.append(label[4:].encode().decode("punycode") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


def split_port(host: str) -> tuple[str, str]:
    """Split ``host:port``; the port is ``""`` where there is none. ``[::1]`` keeps its brackets."""
    if host.startswith("["):
        end = host.find("]") + 1
        return host[:end], host[end:].removeprefix(":")
    name, _, port = host.partition(":")
    return name, port


def host_pattern(value: str) -> HostPattern:
    """Read a host pattern."""
    example = "write e.g. 'www.example.com', '*.example.com' or 'www.example.com/path/'"
    if _SCHEME.match(value) and "://" in value:
        bare = value.split("://", 1)[1]
        raise _bad(value, "a host", f"leave the scheme out: '{bare}'" if bare else example)
    authority, slash, rest = value.partition("/")
    name, port = split_port(authority)
    wildcard = name.startswith("*.")
    host = to_ascii(name[2:] if wildcard else name)
    if not _is_host(host) or _UNSAFE.search(name):
        raise _bad(value, "a host", example)
    if wildcard and "." not in host:
        raise _bad(value, "a host", "it would take every site of a top-level domain; name a domain")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise _bad(value, "a host", "write a port from 1 to 65535")
    if slash and not _PATH.fullmatch(f"/{rest}"):
        raise _bad(value, "a host with a path", "percent-encode other characters and leave ? and # out")
    return HostPattern(host, wildcard, int(port) if port else None, f"/{rest}" if rest else "")


def storage_name(value: str, *, cookie: bool) -> str:
    """Check the name or pattern of a cookie or storage key; ``*`` and ``<word>`` stand for what varies."""
    literal = _PLACEHOLDER.sub("", value)
    what = "a cookie's name" if cookie else "a storage key"
    if not value or len(value) > MAX_PATTERN:
        raise _bad(value, what, f"write 1 to {MAX_PATTERN} characters")
    if not literal.strip("*"):
        raise _bad(value, "a name", "it would declare everything; write the letters that stay the same, e.g. '_ga_*'")
    if cookie and not _COOKIE_NAME.fullmatch(literal):
        message = "use letters, digits and !#$%&'+-.^_`|~ only, with '*' or '<id>' for what varies (RFC 6265bis)"
        raise _bad(value, what, message)
    if not cookie and _UNSAFE.search(value):
        raise _bad(value, what, "remove control characters")
    return value


def _is_host(host: str) -> bool:
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return False
        return host.endswith("]")
    return len(host) <= MAX_PATTERN and all(_LABEL.fullmatch(label) for label in host.split("."))


def _punycode(label: str) -> str:
    return label.encode("punycode", "replace").decode("ascii")


def _bad(value: str, what: str, remedy: str) -> ValueError:
    return ValueError(f"{shown(value)} is not {what}; {remedy}")


def shown(value: object) -> str:
    """Show a value in a message: texts in single quotes, at most 60 characters of it, nothing unprintable."""
    text = json.dumps(value) if value is None or isinstance(value, bool) else str(value)
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    text = text if len(text) <= 60 else f"{text[:59]}…"
    return f"'{text}'" if isinstance(value, str) else text
