"""``consentkit demo`` and ``consentkit proxy``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from consentkit.asgi.middleware import ConsentMiddleware
from consentkit.cli import main
from consentkit.proxy import Proxy

if TYPE_CHECKING:
    from click.testing import CliRunner

KEY = {"CONSENTKIT_SECRET_KEY": "a-key-for-tests-a-key-for-tests-a-key"}


def test_demo_runs_the_shop(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that is run exists; its records lie in a folder that ends with it."""
    calls: list[tuple[list[str], str, bool]] = []

    def call(command: list[str], env: dict[str, str]) -> int:
        calls.append((command, env["SHOP_DATA"], Path(env["SHOP_DATA"]).is_dir()))
        return 0

    monkeypatch.delenv("SHOP_DATA", raising=False)
    monkeypatch.setattr(subprocess, "call", call)
    assert runner.invoke(main, ["demo", "--bare", "--port", "8123"]).exit_code == 0
    ((command, data, was_there),) = calls
    assert Path(command[1]).is_file()
    assert command[2:] == ["--port", "8123", "--bare"]
    assert (was_there, Path(data).exists()) == (True, False)


def test_proxy_governs_the_upstream(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The middleware around a proxy is served where it was asked for."""
    served: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: served.update(app=app, **options))
    runner.invoke(main, ["init"])
    result = runner.invoke(main, ["proxy", "--upstream", "http://127.0.0.1:3000", "--port", "8124"], env=KEY)
    assert (result.exit_code, "governed at http://127.0.0.1:8124" in result.stderr) == (0, True)
    assert isinstance(served["app"], ConsentMiddleware)
    assert isinstance(served["app"].app, Proxy)
    assert (served["host"], served["port"], served["proxy_headers"]) == ("127.0.0.1", 8124, False)


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--upstream", "nonsense"], KEY, "write scheme and host"),
        (["--upstream", "http://127.0.0.1:3000"], {}, "secret_key"),
        ([], KEY, "--upstream"),
    ],
)
def test_wrong_use_of_the_proxy(
    runner: CliRunner, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    """Each says what is missing, before anything is served."""
    runner.invoke(main, ["init"])
    result = runner.invoke(main, ["proxy", *arguments], env=environment)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(("command", "extra"), [("demo", "demo"), ("proxy", "proxy")])
def test_without_a_server_the_extra_is_named(
    runner: CliRunner, monkeypatch: pytest.MonkeyPatch, command: str, extra: str
) -> None:
    """What to install, instead of a traceback."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    runner.invoke(main, ["init"])
    result = runner.invoke(main, [command, *(["--upstream", "http://x"] if command == "proxy" else [])], env=KEY)
    assert result.exit_code == 2
    assert f"consentkit[{extra}]" in result.stderr
