"""The choice cookie's value: compact fields, signed with HMAC-SHA-256.

Rules of the format:

1. Nothing in it is trusted before its signature is checked, and a value that fails any check is no choice at all;
   reading never raises.
2. Fields have fixed places, and there is no compression and no free JSON: nothing grows from a small cookie.
3. Ids of purposes and services are carried as four-character fingerprints, so that 100 of them stay well under
   the 512 bytes the cookie may take, whatever their names. A site may have its purposes in words instead, each with a
   boolean, as CNIL encourages (délib. 2020-092 art. 6); both forms are read, so that changing it loses no choice.

``2.question.subject.how.sequence.time.purposes.services.signature``, where *how* is three letters: the state, the
regime, and whether Global Privacy Control was on. Before the signature stand ``.objections``, where there are any.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, Signer

from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.regime import Regime
from consentkit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MINIMUM_KEY_BYTES = 32
_MAKE_ONE = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
MAXIMUM_COOKIE_BYTES = 512

_VERSION = "2"
_FINGERPRINT = 4
_QUESTION = 16
_STATES = {"g": ChoiceState.GIVEN, "r": ChoiceState.REFUSED, "w": ChoiceState.WITHDRAWN}
_REGIMES = {"i": Regime.OPT_IN, "o": Regime.OPT_OUT, "n": Regime.NOTICE}
_LETTERS = {value: letter for letter, value in (*_STATES.items(), *_REGIMES.items())}
_FIELDS = re.compile(
    rf"{_VERSION}\.(?P<question>[0-9a-f]{{{_QUESTION}}})\.(?P<subject>[\w-]{{22}})"
    r"\.(?P<state>[grw])(?P<regime>[ion])(?P<gpc>[01])"
    rf"\.(?P<sequence>[1-9]\d{{0,8}})\.(?P<time>\d{{1,12}})"
    rf"\.(?:(?P<purposes>(?:[\w-]{{{_FINGERPRINT}}})*)|(?P<booleans>[\w-]+=(?:true|false)(?:&[\w-]+=(?:true|false))*))"
    rf"\.(?P<services>(?:[\w-]{{{_FINGERPRINT}}})*)"
    rf"(?:\.(?P<objections>(?:[\w-]{{{_FINGERPRINT}}})+))?",
    re.ASCII,
)


def check_lengths(setting: str, values: Sequence[str], *, least: int) -> None:
    """Refuse secrets that are short enough to be guessed.

    Args:
        setting: What they are set with, for the message; the secret itself isn't repeated.
        values: The secrets.
        least: The bytes each must have.

    Raises:
        ConfigurationError: One is shorter; the message names its place, its length and how to make one.
    """
    for place, secret in enumerate(values):
        if (length := len(secret.encode())) < least:
            message = f"{setting}[{place}] has {length} bytes, and {least} are the least; {_MAKE_ONE}"
            raise ConfigurationError(message)


def new_subject() -> str:
    """Return a fresh random subject id: 128 bits, 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


@lru_cache(maxsize=4096)
def _fingerprint(identifier: str) -> str:
    digest = hashlib.sha256(identifier.encode()).digest()
    return base64.urlsafe_b64encode(digest[:3]).decode("ascii")


def _names_by_fingerprint(kind: str, identifiers: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for identifier in identifiers:
        other = names.setdefault(_fingerprint(identifier), identifier)
        if other != identifier:
            message = f"the {kind} ids {other!r} and {identifier!r} share a fingerprint; rename one of them"
            raise ConfigurationError(message)
    return names


class ChoiceSigner:
    """Write and read choice cookies of one site. Lives as long as the application.

    Args:
        keys: Secret keys, oldest first: the last one signs, all of them are read (rotation).
        audience: Whose cookie it is; one site's cookie is no choice on another that shares its keys.
        question: Digest of what visitors are asked now; at least 16 hexadecimal digits.
        purposes: Ids of the purposes that need consent.
        services: Ids of all services.
        measuring: Ids of the exempt purposes that a visitor can object to.
        booleans: Whether purposes are written in words.

    Raises:
        ConfigurationError: There is no key, or one is shorter than 32 bytes; or the purposes' words could take more
            than the 512 bytes of the cookie.
    """

    def __init__(
        self,
        keys: Sequence[str],
        *,
        audience: str,
        question: str,
        purposes: Iterable[str],
        services: Iterable[str],
        measuring: Iterable[str] = (),
        booleans: bool = False,
    ) -> None:
        if not keys:
            message = f"secret_key is missing; {_MAKE_ONE}"
            raise ConfigurationError(message)
        check_lengths("secret_key", keys, least=MINIMUM_KEY_BYTES)
        # itsdangerous signs with SHA-1 unless told otherwise.
        self._signer = Signer(
            [key.encode() for key in keys],
            salt=f"consentkit.choice.{_VERSION}|{audience}".encode(),
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        self._question = question[:_QUESTION]
        self._purposes = _names_by_fingerprint("purpose", purposes)
        self._services = _names_by_fingerprint("service", services)
        self._measuring = _names_by_fingerprint("purpose", measuring)
        self._booleans = booleans
        if booleans:
            self._check_length()

    @property
    def question(self) -> str:
        """The digest a choice must carry to answer what is asked now."""
        return self._question

    def dumps(self, choice: Choice) -> str:
        """Return the signed cookie value of a choice."""
        fields: tuple[str, ...] = (
            _VERSION,
            choice.question[:_QUESTION],
            choice.subject,
            f"{_LETTERS[choice.state]}{_LETTERS[choice.regime]}{choice.gpc:d}",
            str(choice.sequence),
            str(choice.time),
            self._written(choice.purposes),
            "".join(sorted(map(_fingerprint, choice.services))),
        )
        if choice.objections:
            fields += ("".join(sorted(map(_fingerprint, choice.objections))),)
        return self._signer.sign(".".join(fields)).decode("ascii")

    def loads(self, value: str) -> Choice | None:
        """Return the choice a cookie value carries, or None when it is no valid one of ours."""
        if len(value) > MAXIMUM_COOKIE_BYTES or not value.isascii():
            return None
        try:
            fields = _FIELDS.fullmatch(self._signer.unsign(value).decode("ascii"))
        except BadSignature:
            return None
        if fields is None:
            return None
        return Choice(
            subject=fields["subject"],
            state=_STATES[fields["state"]],
            purposes=self._read(fields["purposes"], fields["booleans"]),
            services=_known(fields["services"], self._services),
            question=fields["question"],
            sequence=int(fields["sequence"]),
            time=int(fields["time"]),
            regime=_REGIMES[fields["regime"]],
            gpc=fields["gpc"] == "1",
            objections=_known(fields["objections"] or "", self._measuring),
        )

    def _written(self, purposes: frozenset[str]) -> str:
        if self._booleans and self._purposes:
            return "&".join(f"{name}={str(name in purposes).lower()}" for name in self._purposes.values())
        return "".join(sorted(map(_fingerprint, purposes)))

    def _read(self, fingerprints: str | None, booleans: str | None) -> frozenset[str]:
        if booleans is None:
            return _known(fingerprints or "", self._purposes)
        return frozenset(name for name in self._purposes.values() if f"{name}=true" in booleans.split("&"))

    def _check_length(self) -> None:
        everything = Choice(
            subject=new_subject(),
            state=ChoiceState.GIVEN,
            purposes=frozenset(),
            services=frozenset(self._services.values()),
            question=self._question,
            sequence=10**9 - 1,
            time=10**12 - 1,
            objections=frozenset(self._measuring.values()),
        )
        length = len(self.dumps(everything))
        if length > MAXIMUM_COOKIE_BYTES:
            message = (
                f"choice.booleans: the choice cookie could take {length} bytes, and {MAXIMUM_COOKIE_BYTES} are the "
                "most; shorten the ids of the purposes, or leave booleans out"
            )
            raise ConfigurationError(message)


def _known(fingerprints: str, names: dict[str, str]) -> frozenset[str]:
    """Translate back; what the manifest no longer names is no longer allowed."""
    found = (fingerprints[i : i + _FINGERPRINT] for i in range(0, len(fingerprints), _FINGERPRINT))
    return frozenset(names[fingerprint] for fingerprint in found if fingerprint in names)
