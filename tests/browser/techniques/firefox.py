"""Firefox as it comes, driven over Marionette: its own protocol, one JSON message at a time, no driver needed.

Playwright drives only a Firefox that it has patched itself. The protocol is WebDriver's commands as
``length:[0, id, name, parameters]`` over TCP, answered by ``length:[1, id, error, result]``.
"""

# ruff: noqa: E501 - a page's source reads better in one piece
from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from tests.browser.techniques.technique import Visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.browser.stage import Stage
    from tests.browser.techniques.technique import Technique

PROGRAM = shutil.which("firefox-esr") or shutil.which("firefox")
_TABS = 12
_START_SECONDS = 60
# The guard looks every second for what was stored behind its back.
_SWEPT_SECONDS = 5
_STORED = """
const done = arguments[arguments.length - 1];
(async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()).map((database) => database.name), ...(await caches.keys())])().then(done, () => done([]));
"""
_READY = "return document.readyState === 'complete' && location.href !== 'about:blank'"


def _preferences(marionette: int, stage: int) -> str:
    """Return a profile in which every host but the site's lies behind the stage, and Firefox itself asks nobody."""
    values: dict[str, str | int | bool] = {
        "marionette.port": marionette,
        "network.proxy.type": 1,
        "network.proxy.socks": "127.0.0.1",
        "network.proxy.socks_port": stage,
        "network.proxy.socks_version": 5,
        "network.proxy.socks_remote_dns": True,
        "network.proxy.no_proxies_on": "localhost,.localhost,127.0.0.1",
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "browser.safebrowsing.malware.enabled": False,
        "browser.safebrowsing.phishing.enabled": False,
        "browser.shell.checkDefaultBrowser": False,
        "app.normandy.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "dom.security.https_first": False,
        "extensions.systemAddon.update.enabled": False,
        "privacy.trackingprotection.enabled": False,
        "services.settings.server": "data:,",
        "toolkit.telemetry.server": "",
        "media.autoplay.default": 0,
        "dom.disable_open_during_load": False,
    }
    return "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in values.items())


class Firefox:
    """A headless Firefox with a profile of its own; use it as a context manager.

    Args:
        folder: Where the profile goes.
        stage: What plays every other host.
    """

    def __init__(self, folder: Path, stage: Stage, *, scripts: bool = True) -> None:
        assert PROGRAM is not None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port: int = probe.getsockname()[1]
        self._stage = stage
        preferences = _preferences(self._port, stage.port)
        if not scripts:
            preferences += 'user_pref("javascript.enabled", false);\n'
        (folder / "user.js").write_text(preferences)
        self._command = [PROGRAM, "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
        self._tabs: list[str] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._socket = self._connect()
        self._stream = self._socket.makefile("rb")
        self._read()
        self.call("NewSession", acceptInsecureCerts=True, pageLoadStrategy="none", unhandledPromptBehavior="dismiss")
        self._main: str = self.call("GetWindowHandle")["value"]
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=20)

    def _connect(self) -> socket.socket:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self._port), timeout=60)
            except ConnectionRefusedError:
                assert self._process.poll() is None, f"Firefox ended with status {self._process.returncode}"
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._stream.read(1)
        return json.loads(self._stream.read(int(length[:-1])))

    def call(self, command: str, **parameters: Any) -> Any:
        """Send a WebDriver command and return its result.

        Raises:
            RuntimeError: Firefox answered with an error.
        """
        message = json.dumps([0, 1, f"WebDriver:{command}", parameters])
        self._socket.sendall(f"{len(message.encode())}:{message}".encode())
        _, _, error, result = self._read()
        if error:
            problem = f"{command}: {error['error']}: {error['message']}"
            raise RuntimeError(problem)
        return result

    def run(self, script: str) -> Any:
        """Run the body of a function on the page and return what it returns."""
        return self.call("ExecuteScript", script=script, args=[])["value"]

    def until(self, script: str, what: str, seconds: float = 15) -> None:
        """Wait until a script is true; a page in between two is no error."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.run(script):
                    return
            except RuntimeError:
                continue
        problem = f"{what}: not after {seconds} seconds"
        raise TimeoutError(problem)

    def open(self, url: str) -> None:
        """Show a page in the main tab and wait until it stands."""
        self.call("SwitchToWindow", handle=self._main)
        self.run("window.before = true")
        self.call("Navigate", url=url)
        there = f"location.href.startsWith({json.dumps(url)})"
        self.until(f"return !window.before && document.readyState === 'complete' && {there}", url)

    def press(self, selector: str) -> None:
        """Click on an element of the main tab's page, and wait until the page that follows stands."""
        self.run("window.before = true")
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.until("return !window.before && document.readyState === 'complete'", selector)

    def refuse(self) -> None:
        """Refuse on the banner, and wait until it is gone; that opens nothing, so the page stays."""
        self.run("document.querySelector('#consentkit button[value=refuse]').click()")
        self.until("return !document.querySelector('#consentkit')", "the banner to go")

    def result(self, url: str) -> str:
        """Show a page that tells what it found, and return that; empty when it tells nothing in time."""
        self.open(url)
        with suppress(TimeoutError):
            self.until("return window.result !== undefined", url)
        return self.run("return window.result ?? ''")

    def fired(self, site: str, techniques: Iterable[Technique], *, swept: bool = False) -> set[str]:
        """Visit every technique and return the ids of those that contacted somebody or stored something.

        Args:
            site: The site's address.
            techniques: What to visit.
            swept: Whether what is stored is to be gone again: it counts only when it stays.
        """
        chosen = list(techniques)
        self._stage.quiet()
        self._stage.forget()
        session: set[str] = set()
        for start in range(0, len(chosen), _TABS):
            session |= self._visit(site, chosen[start : start + _TABS], swept=swept)
        # What a worker holds open goes with its page.
        for tab in self._tabs:
            self.call("SwitchToWindow", handle=tab)
            self.call("Navigate", url="about:blank")
        hosts = {host.lower().partition(".")[0] for host in self._stage.contacts()}
        stored = {technique.id for technique in chosen if technique.name in session}
        return ({technique.id for technique in chosen} & hosts) | stored | self.left(site, chosen, swept=swept)

    def left(self, site: str, techniques: Iterable[Technique], *, swept: bool = True) -> set[str]:
        """Return the ids of techniques whose cookies or stored items lie in the browser now."""
        chosen = [technique for technique in techniques if technique.name]
        end = time.monotonic() + _SWEPT_SECONDS
        while True:
            names = self.stored(site)
            found = {technique.id for technique in chosen if technique.name in names}
            if not (found and swept) or time.monotonic() > end:
                return found

    def _visit(self, site: str, wave: list[Technique], *, swept: bool) -> set[str]:
        session: set[str] = set()
        while len(self._tabs) < len(wave):
            self._tabs.append(self.call("NewWindow", type="tab")["handle"])
        for tab, technique in zip(self._tabs, wave, strict=False):
            self.call("SwitchToWindow", handle=tab)
            self.call("Navigate", url=site + technique.address)
        for tab, technique in zip(self._tabs, wave, strict=False):
            self.call("SwitchToWindow", handle=tab)
            self.until(_READY, technique.id)
        self._stage.quiet()
        for tab, technique in zip(self._tabs, wave, strict=False):
            if technique.visible is Visible.STORAGE:
                self.call("SwitchToWindow", handle=tab)
                if swept:
                    self._await_sweep(technique)
                session |= set(self.run("return Object.keys(sessionStorage)"))
        return session

    def _await_sweep(self, technique: Technique) -> None:
        gone = f"return sessionStorage.getItem({json.dumps(technique.name)}) === null"
        with suppress(TimeoutError):
            self.until(gone, technique.id, _SWEPT_SECONDS)

    def stored(self, site: str) -> set[str]:
        """Return the names of cookies and stored items, read on a page that does nothing."""
        self.open(f"{site}/t/quiet")  # below /t, where cookies of that path are told too
        self.call("SetTimeouts", script=20_000)
        items = self.call("ExecuteAsyncScript", script=_STORED, args=[])["value"]
        # A cookie that was deleted is listed, expired and empty, until Firefox tidies up.
        now = time.time()
        live = [cookie["name"] for cookie in self.call("GetCookies") if cookie.get("expiry", now + 1) > now]
        return {*live, *items}
