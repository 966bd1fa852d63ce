"""Our script and style: named by content, and confined to what they may do."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from consentkit import resources
from consentkit.notice import assets

if TYPE_CHECKING:
    from pathlib import Path

ROOTS = ("#consentkit", "[data-consentkit=", "a[data-consentkit=preferences]", ":is(#consentkit,", "html:has(")


def source(name: str) -> str:
    """An asset's text without its comments."""
    return re.sub(r"/\*.*?\*/|^\s*//.*$", "", assets.load()[name].body.decode(), flags=re.DOTALL | re.MULTILINE)


def test_name_and_integrity_come_from_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed file has another name, so a copy kept for ever is never wrong."""
    before = assets.load()
    for name, asset in before.items():
        assert asset.integrity == "sha384-" + base64.b64encode(hashlib.sha384(asset.body).digest()).decode()
        (tmp_path / name).write_bytes(asset.body + b";")
    monkeypatch.setattr(resources, "directory", lambda _name: tmp_path)
    after = assets.load()
    assert all(after[name].name != asset.name for name, asset in before.items())


def test_content_types_are_those_browsers_accept() -> None:
    """With nosniff a wrong type means no script and no style."""
    loaded = assets.load()
    assert loaded[assets.STYLE].content_type == "text/css; charset=utf-8"
    assert loaded[assets.SCRIPT].content_type == "text/javascript; charset=utf-8"


def test_every_rule_stays_under_our_own_roots() -> None:
    """No rule of ours can touch the site, save the one that keeps focused elements clear of the banner."""
    sheet = re.sub(r"@(media|supports)[^{]*\{", "", source(assets.STYLE))
    selectors = re.findall(r"(?:^|})\s*([^{}]+?)\s*\{", sheet)
    assert len(selectors) > 60
    for selector in selectors:
        for part in re.split(r",(?![^(]*\))", selector):
            assert part.strip().startswith(ROOTS), part
    assert set(re.findall(r"html:has\([^{]*", sheet)) == {"html:has(> body > #consentkit[data-consentkit=banner])"}


def test_style_loads_nothing() -> None:
    """The banner contacts nobody."""
    assert not re.search(r"url\(|@import|@font-face", source(assets.STYLE))


@pytest.mark.requirement("R68")
@pytest.mark.parametrize(
    "forbidden",
    [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "Function(",
        "document.write",
        "document.cookie",
        "localStorage",
        "setTimeout",
        "http:",
        "https:",
    ],
)
def test_script_makes_no_markup_runs_no_text_and_keeps_nothing(forbidden: str) -> None:
    """It works under Trusted Types and a strict policy, stores no data and starts no timer."""
    assert forbidden not in source(assets.SCRIPT)


def test_script_never_calls_the_document_by_name() -> None:
    """``<img name=querySelector>`` shadows the document's own methods."""
    assert not re.search(r"\bdocument\.\w", source(assets.SCRIPT))


def test_comments_and_indentation_are_not_sent() -> None:
    """What explains the file to its readers costs visitors nothing; code and strings stay."""
    source = "/* head\n * more */\na {\n  b: url(/*x*/); /* kept */\n}\n  // gone\nlet u = 'https://x/*y*/'; // kept\n"
    assert assets.stripped(source) == "a{b:url(/*x*/); /* kept */\n}let u = 'https://x/*y*/'; // kept\n"
