"""Our script and style: named by content, and confined to what they may do."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from typing import TYPE_CHECKING, get_args

import pytest

from consentkit import resources
from consentkit.manifest.model import Position, Shows, Theme
from consentkit.notice import assets

if TYPE_CHECKING:
    from pathlib import Path

ROOTS = ("#consentkit", "[data-consentkit", "a[data-consentkit=preferences]", ":is(#consentkit,", "html:has(")
THEMES = get_args(Theme)
POSITIONS = get_args(Position)
SHOWS = get_args(Shows)


def source(name: str, **look: str) -> str:
    """An asset's text without its comments."""
    text = assets.load(**look, shows={kind: kind for kind in SHOWS})[name].body.decode()
    return re.sub(r"/\*.*?\*/|^\s*//.*$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_every_piece_of_the_style_is_a_file() -> None:
    """What a manifest may name is there, and nothing is there that no manifest may name."""
    for folder, names in (("themes", THEMES), ("positions", POSITIONS), ("shows", SHOWS)):
        assert {path.stem for path in (resources.directory("static") / folder).iterdir()} == set(names)


def test_themes_give_the_same_values_and_nothing_else() -> None:
    """A theme is a set of values; the rules, equal for accept and refuse, are in one place."""
    given = {}
    for theme in THEMES:
        text = re.sub(r"/\*.*?\*/", "", (resources.directory("static") / "themes" / f"{theme}.css").read_text())
        declared = re.findall(r"([\w-]+):[^;{}]+;", text)
        given[theme] = {name for name in declared if name.startswith("--")}
        assert set(declared) - given[theme] <= {"color-scheme"}, theme
    needed = set(re.findall(r"var\((--kit-[\w-]+)\)", source(assets.STYLE)))
    assert len(needed) == 10
    for theme, names in given.items():
        assert needed <= names, theme


def test_name_and_integrity_come_from_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed file has another name, so a copy kept for ever is never wrong."""
    before = assets.load()
    shutil.copytree(resources.directory("static"), tmp_path, dirs_exist_ok=True)
    for name, asset in before.items():
        with (tmp_path / name).open("ab") as file:
            file.write(b";")
        assert asset.integrity == "sha384-" + base64.b64encode(hashlib.sha384(asset.body).digest()).decode()
    monkeypatch.setattr(resources, "directory", lambda _name: tmp_path)
    after = assets.load()
    assert all(after[name].name != asset.name for name, asset in before.items())


def test_content_types_are_those_browsers_accept() -> None:
    """With nosniff a wrong type means no script and no style."""
    loaded = assets.load()
    assert loaded[assets.STYLE].content_type == "text/css; charset=utf-8"
    assert loaded[assets.SCRIPT].content_type == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("name", [assets.STYLE, assets.PAGE_STYLE])
def test_every_rule_stays_under_our_own_roots(name: str, position: str) -> None:
    """No rule of ours can touch the site, save the one that keeps focused elements clear of the banner."""
    sheet = re.sub(r"@(media|supports|container)[^{]*\{", "", source(name, position=position))
    selectors = re.findall(r"(?:^|})\s*([^{}]+?)\s*\{", sheet)
    assert len(selectors) > 35
    for selector in selectors:
        for part in re.split(r",(?![^(]*\))", selector):
            assert part.strip().startswith(ROOTS), part
    of_the_page = {rule for rule in re.findall(r"html:has\([^{]*", sheet) if "[data-consentkit-chat=" not in rule}
    assert of_the_page <= {"html:has(> body > #consentkit[data-consentkit=banner])"}


@pytest.mark.parametrize("theme", THEMES)
def test_style_loads_nothing(theme: str) -> None:
    """The banner contacts nobody."""
    assert not re.search(r"url\(|@import|@font-face", source(assets.STYLE, theme=theme) + source(assets.PAGE_STYLE))


@pytest.mark.requirement("R68")
def test_nothing_moves_by_itself() -> None:
    """No animation and no transition is ours, so there is none to stop for those who ask for stillness."""
    assert not re.search(r"animation|transition|@keyframes|(?<!over)scroll-behavior", source(assets.STYLE))


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
