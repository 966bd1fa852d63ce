"""What a site installs."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_only_the_package_is_at_the_top(names: set[str]) -> None:
    """Nothing is dropped beside the package into a site's environment."""
    assert {name.partition("/")[0] for name in names} == {"consentkit", "consentkit-0.1.0.dist-info"}


def test_every_file_the_code_needs_is_shipped(names: set[str], tracked: list[Path], checkout: Path) -> None:
    """Sources, type marker, catalogues, static files and templates are all there, and nothing else is."""
    places = {"src/consentkit/": "", "static/": "static/", "templates/": "templates/", "examples/shop/": "demo/"}
    expected = set()
    for path in tracked:
        relative = path.relative_to(checkout).as_posix()
        for folder, target in places.items():
            if relative.startswith(folder):
                expected.add(f"consentkit/{target}{relative.removeprefix(folder)}")
    shipped = {name for name in names if name.startswith("consentkit/")}
    assert shipped == expected
    assert {"consentkit/py.typed", "consentkit/static/consentkit.js", "consentkit/templates/banner.html"} <= shipped


def test_licence_and_requirements_are_stated(wheel: Path) -> None:
    """The metadata says the licence, carries its text and the notice, and asks for the right Python."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read("consentkit-0.1.0.dist-info/METADATA").decode())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE", "NOTICE"]
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"postgres", "sign", "fast", "demo"} <= set(metadata.get_all("Provides-Extra", []))


def test_two_builds_are_the_same_bytes(wheel: Path, build_wheel: Callable[[Path], Path], tmp_path: Path) -> None:
    """Anyone can rebuild a release and compare."""
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (wheel, build_wheel(tmp_path)))
    assert first == second


@pytest.mark.slow
def test_the_unit_tests_pass_against_the_wheel(checkout: Path) -> None:
    """The suite passes where only the installed wheel can be imported."""
    run = subprocess.run([checkout / "scripts" / "test-wheel.sh"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
