"""A real browser, the shop on a real server, and the stage that plays its third parties."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import machine
import pytest
import uvicorn

from .stage import Stage

sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need the Python package playwright")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

_SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"

# A full Chromium asks for these on its own account whatever its switches say; the headless shell does not.
_OWN_HOSTS = (
    "accounts.google.com",
    "clients*.google.com",
    "update.googleapis.com",
    "optimizationguide-pa.googleapis.com",
)
_SILENCE = " , ".join(f"MAP {host} ~NOTFOUND" for host in _OWN_HOSTS)

# The host has a parent domain, as real ones have: vendors set their cookies there.
HOST = "www.kervalen.localhost"
PRODUCT = "/pieces/pichet-molene"
PAGES = ("/", PRODUCT, "/fournee", "/contact", "/contact/merci", "/compte", "/panier", "/no-such-page")

CHOICE_COOKIE = "consentkit"
BANNER = '#consentkit[data-consentkit="banner"]'
PREFERENCES = 'a[data-consentkit="preferences"]'
EXEMPT_COOKIES = {"kervalen_session", "lang", "theme", CHOICE_COOKIE}
EXEMPT_STORAGE = {"kervalen_panel"}

# What the site's own code could do at run time, out of sight of any reading of the markup: one host for each way.
RUN_TIME_CONTACTS = """() => {
    const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
    add("img", {src: "https://image.run-time.example/"});
    add("script", {src: "https://script.run-time.example/"});
    add("iframe", {src: "https://frame.run-time.example/"});
    add("link", {rel: "stylesheet", href: "https://style.run-time.example/"});
    add("video", {src: "https://media.run-time.example/"});
    fetch("https://fetch.run-time.example/", {mode: "no-cors"}).catch(() => null);
    navigator.sendBeacon("https://beacon.run-time.example/", "");
    new WebSocket("wss://socket.run-time.example/").onerror = () => null;
}"""
RUN_TIME_HOSTS = {f"{name}.run-time.example" for name in "image script frame style media fetch beacon socket".split()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that ``-m 'not browser'`` leaves them out."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The third parties."""
    with Stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


def _program(playwright: Playwright) -> str | None:
    """Return the Chromium to drive, None for Playwright's own download; without one skip, or fail where CI runs."""
    found = machine.chromium()
    if not found and not Path(playwright.chromium.executable_path).exists():
        machine.lacks("no Chromium on this machine; try: apt-get install chromium")
    return found


# One browser per module, not per session: while Playwright's synchronous interface is open its event loop counts as
# running in this thread, and the asyncio.run() of any other test of the suite would fail.
@pytest.fixture(scope="module")
def chromium(stage: Stage) -> Iterator[Browser]:
    """A Chromium that finds every host but the site's on the stage."""
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-quic",
        "--ignore-certificate-errors",
        f"--host-resolver-rules={_SILENCE} , MAP * 127.0.0.1:{stage.port} , EXCLUDE *.localhost , EXCLUDE 127.0.0.1",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(playwright), headless=True, args=arguments)
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True)
class Site:
    """A running shop.

    Attributes:
        url: Its address, without a slash at the end.
        audit_token: The bearer token of its audit endpoints; empty when it runs bare.
    """

    url: str
    audit_token: str = ""

    def audit(self, path: str, *, token: str | None = None) -> tuple[int, str]:
        """Return status and text of an audit endpoint, read by an auditor's program; an empty token sends none."""
        bearer = self.audit_token if token is None else token
        connection = http.client.HTTPConnection("127.0.0.1", int(self.url.rpartition(":")[2]), timeout=20)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def consent_log(self) -> list[dict[str, Any]]:
        """Return every row of the consent log, newest first."""
        status, text = self.audit("/_consent/log?format=ndjson")
        assert status == 200, f"{status}: {text}"
        return [json.loads(line) for line in text.splitlines()]


@contextmanager
def _serving(data: Path, *options: str) -> Iterator[Site]:
    command = [sys.executable, str(_SHOP / "serve.py"), "--port", "0", *options]
    environment = {**os.environ, "SHOP_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    log = data / "server.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as process,
    ):
        assert process.stdout is not None
        said: dict[str, str] = {}
        for line in process.stdout:
            name, _, value = line.partition(":")
            said[name] = value.strip()
            if line.startswith("Stop with"):
                break
        try:
            assert "Shop" in said, f"the shop did not start:\n{log.read_text()}"
            port = said["Shop"].split()[0].rpartition(":")[2]
            yield Site(f"http://{HOST}:{port}", said.get("Audit token", ""))
        finally:
            process.terminate()
            process.wait(timeout=20)
    complaints = log.read_text()
    assert not complaints, f"the server complained:\n{complaints}"


@pytest.fixture(scope="module")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shop without consentkit."""
    with _serving(tmp_path_factory.mktemp("bare"), "--bare") as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shop wrapped in consentkit, with an empty database."""
    with _serving(tmp_path_factory.mktemp("governed")) as running:
        yield running


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve applications of a test's own; ``serve(app)`` returns where."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        running.append((server, thread))
        return f"http://shop.localhost:{listening.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()


@dataclass(slots=True)
class Visitor:
    """One person with a fresh browser profile.

    Attributes:
        page: The only tab.
        errors: Uncaught exceptions of the pages and everything a Content-Security-Policy stopped.
    """

    site: Site
    stage: Stage
    context: BrowserContext
    page: Page
    scripts: bool
    errors: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Load a page."""
        self.page.goto(self.site.url + path, wait_until="load")

    def browse(self, *paths: str) -> None:
        """Load pages one after the other, look at the whole of each so that lazy frames load, and let each settle."""
        for path in paths:
            self.page.goto(self.site.url + path, wait_until="load")
            frames = self.page.locator(".frame > *")
            for index in range(frames.count()):
                frames.nth(index).scroll_into_view_if_needed()
            self.settle()

    def settle(self) -> None:
        """Wait until the network is idle and a request of our own has gone through after it."""
        self.page.wait_for_load_state("networkidle")
        other = self.context.new_page()
        answer = other.goto(f"{self.site.url}/robots.txt")
        assert answer is not None
        assert answer.ok, f"the site stopped answering: {answer.status}"
        other.close()

    def cookies(self) -> dict[str, str]:
        """Return the first-party cookies in the jar, HttpOnly ones among them."""
        return {cookie["name"]: cookie["value"] for cookie in self.context.cookies(self.site.url)}

    def storage(self) -> set[str]:
        """Return the names in the page's local and session storage."""
        return set(self.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"))

    def answer(self, action: str) -> None:
        """Press a button of the banner, and wait until the page that follows from it stands."""
        self.page.locator(f'{BANNER} button[name="action"][value="{action}"]').click()
        self.page.locator(BANNER).wait_for(state="detached")
        self.page.wait_for_load_state("load")
        self.settle()

    def follow(self, selector: str) -> None:
        """Click on what leads to another page, or to this one again, and wait until it stands."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator(selector).click()

    def withdraw(self) -> None:
        """Withdraw as a visitor does: by the link on the page they are on, then one button."""
        self.follow(PREFERENCES)
        self.follow('button[name="action"][value="withdraw"]')


@pytest.fixture
def visit(chromium: Browser, stage: Stage) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; ``visit(site, scripts=False, locale="fr-FR", …)`` takes Playwright's context options."""
    contexts: list[BrowserContext] = []

    def arrive(site: Site, *, scripts: bool = True, **options: Any) -> Visitor:
        context = chromium.new_context(
            java_script_enabled=scripts, ignore_https_errors=True, **{"locale": "en-GB", **options}
        )
        contexts.append(context)
        visitor = Visitor(site, stage, context, context.new_page(), scripts)
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        visitor.page.on(
            "console",
            lambda message: visitor.errors.append(message.text) if "Content Security Policy" in message.text else None,
        )
        stage.forget()
        return visitor

    yield arrive
    for context in contexts:
        context.close()
