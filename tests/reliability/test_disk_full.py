"""The disk is full: pages are served and gated, grants are refused, refusals have effect, and it passes (T4)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from figures import figure, scale

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = Path(__file__).with_name("small_disk.py")


@pytest.mark.slow
def test_a_full_disk(small_disk: Callable[[int], list[str]], tmp_path: Path) -> None:
    """A disk of 1.5 MB is filled to its last byte again and again, and gets space again without a restart."""
    command = [*small_disk(1_500_000), str(tmp_path), sys.executable, str(PROGRAM), str(tmp_path)]
    done = subprocess.run([*command, str(scale(50, 2))], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    false = found["false_grants"] + found["lost"]

    figure(
        "T4",
        f"disk full {scale(50, 2)} times: page errors {found['page_errors']} of {found['pages']}, grants answered with "
        f"503 {found['denied']}, false acknowledgements {false}, refusals without effect {found['without_effect']} of "
        f"{found['refusals']}, without record {found['without_record']}",
        bar="0, -, 0, 0, 0",
    )
    assert found["denied"] > 0
    wrong = ("page_errors", "false_grants", "lost", "without_effect", "without_record")
    assert [found[name] for name in wrong] == [0] * len(wrong)
