"""The choice cookie's value."""

from __future__ import annotations

import base64
import hashlib

import pytest
from itsdangerous import Signer

from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.regime import Regime
from consentkit.consent.token import ChoiceSigner, new_subject
from consentkit.errors import ConfigurationError

OLD, NEW = "o" * 32, "n" * 32
QUESTION = "0123456789abcdef" * 4
PURPOSES = ["analytics", "advertising"]
SERVICES = ["youtube", "meta-pixel"]


def signer(
    *keys: str,
    audience: str = "Shop",
    purposes: list[str] = PURPOSES,
    services: list[str] = SERVICES,
    booleans: bool = False,
) -> ChoiceSigner:
    return ChoiceSigner(
        keys or (NEW,),
        audience=audience,
        question=QUESTION,
        purposes=purposes,
        services=services,
        measuring=["audience"],
        booleans=booleans,
    )


def choice(**changes: object) -> Choice:
    fields = {
        "subject": new_subject(),
        "state": ChoiceState.GIVEN,
        "purposes": frozenset({"analytics"}),
        "services": frozenset({"youtube"}),
        "question": QUESTION[:16],
        "sequence": 3,
        "time": 1_790_000_000,
    }
    return Choice(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [ChoiceState.GIVEN, ChoiceState.REFUSED, ChoiceState.WITHDRAWN])
@pytest.mark.parametrize("regime", list(Regime))
@pytest.mark.parametrize("gpc", [True, False])
@pytest.mark.parametrize("objections", [frozenset(), frozenset({"audience"})])
def test_a_choice_survives_the_round_trip(
    state: ChoiceState, regime: Regime, gpc: bool, objections: frozenset[str]
) -> None:
    """What is written is read back, whole."""
    written = choice(state=state, regime=regime, gpc=gpc, objections=objections)
    assert signer().loads(signer().dumps(written)) == written


def test_every_flipped_bit_is_no_choice() -> None:
    """No single bit of the value can change without losing the signature."""
    value = signer().dumps(choice())
    accepted = 0
    for place in range(len(value)):
        for bit in range(8):
            raw = bytearray(value.encode())
            raw[place] ^= 1 << bit
            text = raw.decode("latin-1")
            read = signer().loads(text)
            # The last character of unpadded base64 has two bits that carry nothing.
            same_signature = place == len(value) - 1 and _decoded(text) == _decoded(value)
            accepted += read is not None and not same_signature
    assert accepted == 0


def _decoded(value: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(value.rpartition(".")[2] + "=")
    except ValueError:
        return None


def test_every_truncation_is_no_choice() -> None:
    """A value cut anywhere is no choice."""
    value = signer().dumps(choice())
    assert [signer().loads(value[:end]) for end in range(len(value))] == [None] * len(value)


@pytest.mark.parametrize(
    "value",
    ["", ".", "1", "\x00", "é" * 10, "1.." * 200, "a" * 10_000, "2.0.0.gi0.1.1..", "%00", "\ud800"],
)
def test_rubbish_is_no_choice_and_no_error(value: str) -> None:
    """Reading never raises."""
    assert signer().loads(value) is None


def test_a_signed_but_malformed_value_is_no_choice() -> None:
    """The right signature over other fields is refused too: the format is checked after the signature."""
    outer = Signer(NEW.encode(), salt=b"consentkit.choice.2|Shop", key_derivation="hmac", digest_method=hashlib.sha256)
    assert signer().loads(outer.sign("2.x.y.z").decode()) is None


def test_another_site_with_the_same_key_is_another_audience() -> None:
    """A cookie of one site is no choice on another."""
    assert signer(audience="Other").loads(signer().dumps(choice())) is None


def test_the_default_sha1_signature_is_refused() -> None:
    """Itsdangerous signs with SHA-1 unless told; such a value is no choice."""
    body = signer().dumps(choice()).rpartition(".")[0]
    sha1 = Signer(NEW.encode(), salt=b"consentkit.choice.2|Shop", key_derivation="hmac").sign(body).decode()
    assert signer().loads(sha1) is None


def test_keys_rotate_oldest_first() -> None:
    """The last key signs; earlier ones are still read; a dropped one is not."""
    old = signer(OLD).dumps(choice())
    assert signer(OLD, NEW).loads(old) is not None
    assert signer(NEW).loads(old) is None
    assert signer(NEW).loads(signer(OLD, NEW).dumps(choice())) is not None


def test_a_purpose_no_longer_declared_is_no_longer_allowed() -> None:
    """Ids that the manifest dropped vanish from the choice."""
    value = signer().dumps(choice(purposes=frozenset(PURPOSES)))
    read = signer(purposes=["advertising"]).loads(value)
    assert read is not None
    assert read.purposes == {"advertising"}


@pytest.mark.requirement("R56")
def test_a_hundred_services_fit_the_cookie() -> None:
    """30 purposes and 60 services of any name stay within 512 bytes."""
    purposes = [f"a-purpose-with-a-long-name-{n}" for n in range(30)]
    services = [f"a-service-with-a-long-name-{n}" for n in range(60)]
    big = signer(purposes=purposes, services=services)
    value = big.dumps(choice(purposes=frozenset(purposes), services=frozenset(services)))
    assert len(value) <= 512
    assert big.loads(value) is not None


@pytest.mark.parametrize(("keys", "words"), [((), "secret_key is missing"), (("short",), "secret_key[0] has 5 bytes")])
def test_bad_keys_are_refused_at_the_start(keys: tuple[str, ...], words: str) -> None:
    """A missing or short key names itself and how to make one."""
    with pytest.raises(ConfigurationError, match=r"secrets\.token_urlsafe") as caught:
        ChoiceSigner(keys, audience="", question=QUESTION, purposes=[], services=[])
    assert words in str(caught.value)


@pytest.mark.requirement("R26")
@pytest.mark.parametrize("state", [ChoiceState.GIVEN, ChoiceState.REFUSED])
def test_purposes_are_told_in_words_where_the_site_wants_it(state: ChoiceState) -> None:
    """One boolean for each; either form is read, whichever is written now."""
    allowed = frozenset({"analytics"} if state is ChoiceState.GIVEN else ())
    written = choice(state=state, purposes=allowed)
    value = signer(booleans=True).dumps(written)
    told = "analytics=true" if allowed else "analytics=false"
    assert f".{told}&advertising=false." in value
    assert signer(booleans=True).loads(value) == signer().loads(value) == written
    assert signer(booleans=True).loads(signer().dumps(written)) == written
    fewer = signer(purposes=["advertising"], booleans=True).loads(value)
    assert fewer is not None
    assert fewer.purposes == frozenset()


@pytest.mark.requirement("R26")
def test_words_that_browsers_would_cut_are_refused_at_start() -> None:
    """The cookie has 512 bytes; the error tells what to do."""
    with pytest.raises(ConfigurationError, match=r"could take \d{3} bytes, and 512 are the most; shorten"):
        signer(purposes=[f"purpose-number-{number:02}" for number in range(20)], booleans=True)
    assert signer(purposes=[], booleans=True).loads(signer(purposes=[], booleans=True).dumps(choice())) is not None
