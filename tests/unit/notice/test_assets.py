"""Our script and style: named by content, and confined to what they may do."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import shutil
from typing import TYPE_CHECKING, get_args

import pytest

from consentkit import resources
from consentkit.manifest.vocabulary import Position, Shows, Theme
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


def own_script() -> str:
    """The part of the script that works the banner, without its comments."""
    text = (resources.directory("static") / assets.SCRIPT).read_text()
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
    needed = set(
        re.findall(r"var\((--kit-[\w-]+)(?:, ?[A-Z]\w+)?\)", (resources.directory("static") / assets.STYLE).read_text())
    )
    assert len(needed) == 10
    for theme, names in given.items():
        assert needed <= names, theme


def test_name_and_integrity_come_from_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed file has another name, so a copy kept for ever is never wrong."""
    before = assets.load()
    shutil.copytree(resources.directory("static"), tmp_path, dirs_exist_ok=True)
    for name, asset in before.items():
        with (tmp_path / name).open("ab") as file:
            file.write(b";a{}" if name.endswith(".css") else b"a;")
        assert asset.integrity == "sha384-" + base64.b64encode(hashlib.sha384(asset.body).digest()).decode()
    monkeypatch.setattr(resources, "directory", lambda _name: tmp_path)
    after = assets.load()
    assert all(after[name].name != asset.name for name, asset in before.items())


def _compressed(*loaded: assets.Asset) -> int:
    return sum(len(gzip.compress(asset.body, 9)) for asset in loaded)


def test_budget_is_kept_in_every_look() -> None:
    """Style and script are at most 6 KB gzip with every part of them and every drawing."""
    for theme in THEMES:
        for position in POSITIONS:
            loaded = assets.load(theme=theme, position=position, shows={kind: kind for kind in SHOWS})
            pair = _compressed(loaded[assets.STYLE], loaded[assets.SCRIPT])
            print(f"{theme}, {position}: style and script {pair} bytes (bar: 6144)")
            assert pair <= 6 * 1024


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
    assert of_the_page <= {"html:has(>body>#consentkit[data-consentkit=banner])"}


@pytest.mark.parametrize("theme", THEMES)
def test_style_loads_nothing(theme: str) -> None:
    """The banner contacts nobody, and drawings are drawn."""
    assert not re.search(r"url\(|@import|@font-face", source(assets.STYLE, theme=theme) + source(assets.PAGE_STYLE))


_SIDES = re.compile(r"(--kit-[\w-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+))")
_ON_WHAT = [
    *((text, ground, 4.5) for text in ("ink", "soft") for ground in ("paper", "tint")),
    ("on-fill", "fill", 4.5),
    ("fill", "paper", 3),
    ("focus", "paper", 3),
    ("focus", "tint", 3),
]


def test_browsers_without_light_dark_get_the_system_s_colours() -> None:
    """A theme that chooses between two colours is not for browsers that can't: each has a colour behind it."""
    for theme in THEMES:
        text = (resources.directory("static") / "themes" / f"{theme}.css").read_text()
        assert (
            text.index("@supports (color: light-dark(") < text.index("{") if "light-dark" in text else theme == "night"
        )
    style = (resources.directory("static") / assets.STYLE).read_text()
    behind = dict(re.findall(r"var\(--kit-([\w-]+), ([A-Z]\w+)\)", style))
    grounds = {name for name, colour in behind.items() if colour == "Canvas"}
    assert grounds == {"paper", "tint", "on-fill"}
    assert {name for name, colour in behind.items() if colour == "CanvasText"} == {"ink", "soft", "fill", "focus"}


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.requirement("R65")
@pytest.mark.parametrize("theme", THEMES)
def test_colours_stand_off_from_each_other(theme: str) -> None:
    """Text 4.5 to 1, buttons and the focus ring 3 to 1, in both schemes (WCAG 1.4.3, 1.4.11)."""
    text = (resources.directory("static") / "themes" / f"{theme}.css").read_text()
    light = {found[1]: found[2] or found[4] for found in _SIDES.finditer(text)}
    dark = {found[1]: found[3] or found[4] for found in _SIDES.finditer(text)}
    assert theme == "night" or dark != light
    for scheme in (light, dark):
        for front, back, least in _ON_WHAT:
            brighter, darker = sorted((_luminance(scheme[f"--kit-{name}"]) for name in (front, back)), reverse=True)
            assert (brighter + 0.05) / (darker + 0.05) >= least, (front, back)


@pytest.mark.requirement("R68")
def test_nothing_moves_by_itself() -> None:
    """No animation and no transition is ours, so there is none to stop for those who ask for stillness."""
    assert not re.search(r"(animation|transition):(?! ?none)|@keyframes|(?<!over)scroll-behavior", source(assets.STYLE))


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
    assert forbidden not in own_script()


def test_script_never_calls_the_document_by_name() -> None:
    """``<img name=querySelector>`` shadows the document's own methods."""
    assert not re.search(r"\bdocument\.\w", own_script())
