"""The second wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.consent.choice import ChoiceState
from consentkit.consent.decide import Decision
from consentkit.gate import csp
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest


def directives(policy: bytes) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in policy.decode().split(";")}


def decision(*services: str) -> Decision:
    return Decision(ChoiceState.GIVEN, frozenset({"necessary"}), frozenset(services), "k")


def test_nothing_third_party_is_in_it_before_a_choice(manifest: Manifest) -> None:
    """First-party hosts only."""
    policy = directives(csp.build_policy(manifest, decision()))
    assert policy["default-src"] == [
        "'self'", "www.shop.example", "*.shop.example", "data:", "blob:", "'unsafe-inline'", "'unsafe-eval'",
    ]  # fmt: skip
    assert policy["base-uri"] == policy["form-action"] == ["'self'", "www.shop.example", "*.shop.example"]


def test_hosts_of_allowed_services_are_in_it_and_no_others(manifest: Manifest) -> None:
    """Paths too: allowing gtag does not allow Tag Manager on the same host."""
    policy = csp.build_policy(manifest, decision("google-analytics")).decode()
    assert "www.googletagmanager.com/gtag/js" in policy
    assert "*.google-analytics.com" in policy
    assert "facebook" not in policy
    assert "googletagmanager.com " not in policy


def test_a_host_with_a_port_is_allowed_over_https_from_a_page_of_http(manifest_text: str) -> None:
    """A bare one means http there, in Chromium."""
    manifest = loads(manifest_text.replace("i.ytimg.com]", '"i.ytimg.com:8443"]'))
    policy = directives(csp.build_policy(manifest, decision("youtube")))
    assert {"i.ytimg.com:8443", "https://i.ytimg.com:8443"} <= set(policy["default-src"])
    assert "https://www.youtube.com" not in policy["default-src"]


def test_while_rolling_out_it_only_reports(manifest: Manifest, manifest_text: str) -> None:
    """`unlisted: report` stops nothing that isn't declared."""
    assert csp.header_name(manifest) == b"content-security-policy"
    assert csp.header_name(loads(manifest_text + "unlisted: report\n")) == b"content-security-policy-report-only"


@pytest.mark.parametrize(
    ("policy", "nonce"),
    [
        (b"script-src 'nonce-abc123' 'strict-dynamic'", "abc123"),
        (b"default-src 'self' 'nonce-x+/='; img-src *", "x+/="),
        (b"style-src 'nonce-only-style'", None),
        (b"script-src 'self'", None),
        (b"img-src *; script-src-elem 'self' 'nonce-q'", "q"),
    ],
)
def test_the_site_s_script_nonce_is_found(policy: bytes, nonce: str | None) -> None:
    """Our tags carry the site's nonce; none is made up."""
    assert csp.script_nonce([policy]) == nonce


@pytest.mark.parametrize(
    ("policies", "sent"),
    [
        (b"img-src 'self'; REPORT-URI  /own", b"img-src 'self'; REPORT-URI  /own"),
        (b"img-src  'none' ; report-uri https://t.example/r", b"img-src  'none' "),
        (b"report-uri //t.example/r /own;img-src *", b" report-uri /own;img-src *"),
        (b"report-uri //t.example/r, img-src *", b" img-src *"),
        (b"report-uri //t.example/r", None),
        (b"script-src 'report-sample' https://t.example", b"script-src 'report-sample' https://t.example"),
    ],
)
def test_the_site_s_own_policy_reports_to_nobody_who_is_not_allowed(policies: bytes, sent: bytes | None) -> None:
    """What it enforces stays; where all may be reported to, every byte of it does."""
    assert csp.without_reports(policies, lambda url: "t.example" in url) == sent


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        (b"", False),
        (b"img-src 'none'", False),
        (b"default-src 'self'", False),
        (b"default-src 'none'", True),
        (b"script-src", True),
        (b"script-src 'self'; default-src 'none'", False),
        (b"default-src 'self'; script-src 'sha256-x'", True),
        (b"script-src-elem 'none'; script-src 'self'", True),
        (b"SCRIPT-SRC 'none'; script-src 'self'", True),
        (b"script-src https:", False),
        (b"script-src www.shop.example", False),
        (b"script-src 'nonce-abc' 'strict-dynamic'", False),
        (b"script-src 'nonce-ABC' 'strict-dynamic' 'self'", True),
        (b"script-src 'self' 'strict-dynamic' https:", True),
        (b"script-src 'strict-dynamic' 'sha256-one' 'sha256-two'", False),
        (b"script-src 'strict-dynamic' 'sha256-one'", True),
        (b"default-src 'self', script-src 'none'", True),
    ],
)
def test_policies_that_refuse_our_scripts(policy: bytes, refused: bool) -> None:
    """Neither our host nor our nonce nor the digests of all are named; in doubt they aren't refused."""
    assert csp.refuses_scripts([policy], "abc", ["sha256-one", "sha256-two"]) is refused


def test_a_nonce_is_taken_from_the_enforced_policy_first() -> None:
    """Two policies with two nonces: the one that stops scripts counts."""
    assert csp.script_nonce([b"script-src 'nonce-a'", b"script-src 'nonce-b'"]) == "a"
    assert csp.script_nonce([b"img-src *", b"script-src 'nonce-b'"]) == "b"
