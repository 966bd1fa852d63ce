"""Cutting pages into passages, and remembering what came out of them."""

from __future__ import annotations

import pytest

from consentkit.gate.passages import Gated, PassageMemory, Setting, passages

SETTING = Setting("nothing https www.shop.example utf-8", None, 0, None, False)
PLACED = (False, True, True)


def key(passage: bytes) -> tuple[str, Setting, tuple[bool, bool, bool], bytes]:
    return "variant", SETTING, PLACED, passage


def gated(markup: bytes) -> Gated:
    return Gated(markup, (), SETTING, PLACED, None)


@pytest.mark.parametrize("page", [b"", b"x", b"<p>a</p>" * 5_000, b"x" * 50_000, b"<p>" + b"y" * 1_500 + b"</p>tail"])
def test_a_page_is_all_its_passages(page: bytes) -> None:
    """In order, none of them so long that gating it would keep others waiting."""
    found = list(passages(page))
    assert b"".join(found) == page
    assert all(0 < len(passage) <= 8_192 for passage in found)


def test_a_change_moves_few_cuts() -> None:
    """What comes long after it is cut as before, though everything lies elsewhere."""
    blocks = [b"<li><a href=/%d>%b</a></li>\n" % (number, b"word " * (number * 7 % 50)) for number in range(400)]
    before = set(passages(b"".join(blocks)))
    after = list(passages(b"".join([*blocks[:100], b"<li>new</li>", *blocks[100:]])))
    assert sum(passage not in before for passage in after) <= 5


def test_the_oldest_goes_when_it_is_full() -> None:
    """By bytes, those of passages and of what came out of them."""
    memory = PassageMemory(10_000)
    keys = [key(b"%d" % number + b"x" * 1_000) for number in range(20)]
    for one in keys:
        memory.put(one, gated(b"y" * 1_000))
    kept = [one for one in keys if memory.get(one)]
    assert kept == keys[-len(kept) :]
    assert 2 <= len(kept) <= 5


def test_what_is_put_twice_counts_once() -> None:
    """Two requests may gate the same passage at the same time."""
    memory = PassageMemory(10_000)
    for _ in range(100):
        memory.put(key(b"passage"), gated(b"y" * 1_000))
    memory.put(key(b"other"), gated(b"y" * 1_000))
    assert memory.get(key(b"passage"))
    assert memory.get(key(b"other"))


@pytest.mark.parametrize("capacity", [0, 100])
def test_what_is_larger_than_the_memory_isn_t_kept(capacity: int) -> None:
    """Nor does it drive out everything else."""
    memory = PassageMemory(capacity)
    memory.put(key(b"passage"), gated(b"y" * 1_000))
    assert memory.get(key(b"passage")) is None
