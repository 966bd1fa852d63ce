"""Sites with a policy of their own: it stays as it is, nothing of ours offends it, and both walls stand."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from consentkit import ConsentMiddleware
from consentkit.manifest.load import loads
from consentkit.notice import assets

from .conftest import BANNER

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser

    from .stage import Stage

NONCE = "bm9uY2U"
INLINE = 'document.documentElement.dataset.ran="yes"'
TRACKER = "www.facebook.com"
HASH = f"'sha256-{base64.b64encode(hashlib.sha256(INLINE.encode()).digest()).decode()}'"
OUR_HASHES = " ".join(f"'{asset.integrity}'" for name, asset in assets.load().items() if name.endswith(".js"))
ENFORCE, REPORT_ONLY = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
REST = f"img-src 'self' https://{TRACKER}; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"

# What offends is noted with the policy that it offends, before anything else runs.
WATCH = """
window.offences = [];
document.addEventListener("securitypolicyviolation", (event) => window.offences.push(
  [event.effectiveDirective, event.blockedURI, event.disposition, event.originalPolicy]));
"""


# They name neither our host nor a nonce: the operator is told, the banner works without scripts.
REFUSING = {"hash alone", "hash and strict-dynamic"}


class Policy(NamedTuple):
    """What a site sends; the page's inline script carries the nonce."""

    headers: tuple[tuple[str, str], ...]
    head: str = ""


POLICIES = {
    "nonce": Policy(((ENFORCE, f"script-src 'nonce-{NONCE}'; {REST}"),)),
    "nonce and self": Policy(((ENFORCE, f"default-src 'self'; script-src 'self' 'nonce-{NONCE}'; {REST}"),)),
    "strict-dynamic": Policy(((ENFORCE, f"script-src 'nonce-{NONCE}' 'strict-dynamic' https: 'unsafe-inline'"),)),
    "default-src alone": Policy(((ENFORCE, f"default-src 'nonce-{NONCE}' 'self' https://{TRACKER}"),)),
    "hash and self": Policy(((ENFORCE, f"script-src 'self' {HASH}; {REST}"),)),
    "hash alone": Policy(((ENFORCE, f"script-src {HASH}; {REST}"),)),
    "hash and strict-dynamic": Policy(((ENFORCE, f"script-src {HASH} 'strict-dynamic' 'self'; {REST}"),)),
    "hash, and ours": Policy(((ENFORCE, f"script-src {HASH} {OUR_HASHES} 'strict-dynamic'; {REST}"),)),
    "nothing but": Policy(((ENFORCE, f"default-src 'none'; script-src 'nonce-{NONCE}'; {REST}"),)),
    "trusted types": Policy(
        ((ENFORCE, f"require-trusted-types-for 'script'; trusted-types none; script-src 'self' 'nonce-{NONCE}'"),)
    ),
    "report only": Policy(((REPORT_ONLY, f"default-src 'none'; script-src 'nonce-{NONCE}'; {REST}"),)),
    "enforced and report only": Policy(
        ((REPORT_ONLY, f"script-src 'self' 'nonce-{NONCE}'; {REST}"), (ENFORCE, f"script-src 'nonce-{NONCE}'; {REST}"))
    ),
    "two headers": Policy(
        ((ENFORCE, f"script-src 'nonce-{NONCE}'"), (ENFORCE, f"default-src 'self' {HASH} https://{TRACKER}"))
    ),
    "two in one header": Policy(((ENFORCE, f"script-src 'nonce-{NONCE}' , img-src 'self' https://{TRACKER},"),)),
    "odd spelling": Policy(
        (("content-SECURITY-policy", f" SCRIPT-SRC  'Nonce-{NONCE}' ;; img-src * ; ; no-such 'x'"),)
    ),
    "meta": Policy((), f'<meta http-equiv="{ENFORCE}" content="script-src \'self\' {HASH}; {REST}">'),
    "sandbox": Policy(((ENFORCE, "sandbox allow-scripts allow-forms allow-same-origin"),)),
    "unsafe": Policy(((ENFORCE, "script-src 'unsafe-inline' 'self'; frame-ancestors 'none'; form-action 'self'"),)),
    "none": Policy(()),
}


def page(policy: Policy) -> bytes:
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">{policy.head}<title>A page</title>
<script nonce="{NONCE}">{INLINE}</script></head>
<body><h1>A page</h1><img src="https://{TRACKER}/tr?id=1" alt="" width="9" height="9"></body></html>""".encode()


async def site(scope: Any, receive: Any, send: Any) -> None:
    """Serve a page with each policy, and the sentinel."""
    if scope["type"] != "http":
        raise RuntimeError("only http")
    policy = POLICIES.get(scope["path"].strip("/"), Policy(()))
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    headers += [(name.encode(), value.encode()) for name, value in policy.headers]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page(policy)})


@pytest.fixture(scope="module")
def addresses(
    serve: Callable[[Any], str], tmp_path_factory: pytest.TempPathFactory, manifest_text: str, secret_key: str
) -> dict[str, str]:
    """The site bare and governed."""
    database = f"sqlite:///{tmp_path_factory.mktemp('policies') / 'consent.db'}"
    governed = ConsentMiddleware(site, manifest=loads(manifest_text), secret_key=secret_key, database=database)
    return {"bare": serve(site), "governed": serve(governed)}


class Seen(NamedTuple):
    """What a page was like once it had settled."""

    policies: list[tuple[str, str]]
    ran: bool
    offences: set[tuple[str, str, str]]
    contacts: set[str]


def look(chromium: Browser, stage: Stage, url: str, name: str, *, accept: bool = False) -> Seen:
    stage.forget()
    context = chromium.new_context(locale="en-GB", ignore_https_errors=True)
    context.add_init_script(WATCH)
    tab = context.new_page()
    answer = tab.goto(f"{url}/{name}", wait_until="load")
    if accept:
        stage.forget()
        with tab.expect_response(
            lambda response: response.url.startswith(f"{url}/{name}".replace(" ", "%20"))
        ) as again:
            tab.locator(f'{BANNER} button[value="accept"]').click()
        answer = again.value
        tab.locator(BANNER).wait_for(state="detached")
    tab.wait_for_load_state("networkidle")
    assert answer is not None
    own = [value for _, value in POLICIES[name].headers] + re.findall(r'content="([^"]+)"', POLICIES[name].head)
    ours = "data: blob: 'unsafe-inline' 'unsafe-eval'"
    seen = Seen(
        [(h["name"], h["value"]) for h in answer.headers_array() if h["name"].lower().startswith("content-security")],
        tab.evaluate("document.documentElement.dataset.ran") == "yes",
        {tuple(offence[:3]) for offence in tab.evaluate("window.offences") if ours not in offence[3]},
        stage.contacts(),
    )
    assert own or not seen.offences
    context.close()
    return seen


# These stand for the others in the quick suite.
_QUICK = {"strict-dynamic", "hash alone", "trusted types", "two headers"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in _QUICK else pytest.mark.slow) for name in POLICIES]
)
def test_a_site_s_own_policy(chromium: Browser, stage: Stage, addresses: dict[str, str], name: str) -> None:
    """Its lines stay byte for byte, nothing of ours offends them, its code runs as before, and choosing works."""
    bare = look(chromium, stage, addresses["bare"], name)
    before = look(chromium, stage, addresses["governed"], name)
    after = look(chromium, stage, addresses["governed"], name, accept=True)

    assert bare.ran
    assert bare.contacts == {TRACKER}
    for seen in (before, after):
        assert [policy for policy in seen.policies if policy in bare.policies] == bare.policies
        assert len(seen.policies) == len(bare.policies) + 1
        ours = {offence for offence in seen.offences if "/_consent/static/" in offence[1]}
        assert seen.offences - ours == bare.offences
        assert bool(ours) == (name in REFUSING)
        assert seen.ran
    assert before.contacts == set()
    assert after.contacts == {TRACKER}
