"""A site whose disk becomes full, and then has space again.

Usage: small_disk.py FOLDER CYCLES, where FOLDER is on a disk of its own. It prints what came of it as JSON.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from tests.reliability.shop import Shop  # noqa: E402


def fill(ballast: Path) -> None:
    """Leave no byte free."""
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))


def main(folder: Path, cycles: int) -> None:
    """Fill the disk and make room again, with pages and choices meanwhile."""
    logging.disable()
    shop = Shop(f"sqlite:///{folder}/c.db")
    shop.start()
    shop.recover()
    denied = 0
    for _ in range(cycles):
        fill(folder / "ballast")
        for _ in range(3):
            shop.page()
            denied += not shop.accept()
            shop.refuse()
        (folder / "ballast").unlink()
        shop.recover()
    recorded = shop.settle()
    stored = {(entry["index"], entry["payload"]["record_id"], entry["leaf"]) for entry in shop.entries()}
    shop.close()
    print(
        json.dumps(
            {
                "pages": cycles * 3,
                "page_errors": shop.spoiled_pages,
                "denied": denied,
                "false_grants": shop.false_grants,
                "acknowledged": len(shop.acknowledged),
                "lost": len({tuple(one) for one in shop.acknowledged} - stored),
                "refusals": shop.refused,
                "without_effect": shop.lost_refusals,
                "without_record": shop.refused - recorded,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
