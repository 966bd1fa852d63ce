"""What every file of the repository keeps to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Written in two halves, so that this file keeps the rule as well.
REGISTRY_HOSTS = [
    first + second
    for first, second in [
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("crates", ".io"),
        ("proxy.golang", ".org"),
        ("unp", "kg.com"),
    ]
]

HOME = re.compile(rb"(?<![\w.\-~}*])/(?:root|work|home/\w+|Users/\w+)/\w")


def lines_with(paths: list[Path], checkout: Path, found: re.Pattern[bytes]) -> list[str]:
    places = []
    for path in paths:
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            if found.search(line):
                places.append(f"{path.relative_to(checkout)}:{number}")
    return places


def test_no_file_names_a_package_registry(tracked: list[Path], checkout: Path) -> None:
    """Where packages come from is the reader's configuration, mirrors included."""
    hosts = re.compile("|".join(map(re.escape, REGISTRY_HOSTS)).encode())
    assert lines_with(tracked, checkout, hosts) == []


def test_no_file_holds_a_path_of_somebodys_machine(tracked: list[Path], checkout: Path) -> None:
    """A path that exists on one machine only is a mistake on every other."""
    assert lines_with(tracked, checkout, HOME) == []


def test_modules_stay_readable(tracked: list[Path], checkout: Path) -> None:
    """No module outgrows one sitting: 400 lines are the aim, 600 the limit."""
    sources = [path for path in tracked if path.suffix == ".py" and path.is_relative_to(checkout / "src")]
    assert sources
    assert [path.name for path in sources if path.read_text().count("\n") > 600] == []
