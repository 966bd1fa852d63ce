"""Every true proof verifies and no forged one does, by our verifiers and by others without a line in common (T11)."""

from __future__ import annotations

import hashlib

import pytest
from figures import FULL, figure
from trees import OTHER, forgeries, roots_of

from consentkit.records import merkle

LARGEST = 256
LEAVES = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(LARGEST)]
SIZES = range(LARGEST + 1) if FULL else (0, 1, 2, 3, 5, 8, 21, 64, 65)


def pair(left: bytes, right: bytes) -> bytes:
    """Hash two children (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def half(size: int) -> int:
    """Return the largest power of two below a size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def included(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root that an audit path leads to, by the definition of RFC 6962 section 2.1.1 read backwards."""
    if not 0 <= index < size:
        return None
    if size == 1:
        return leaf if not path else None
    if not path or len(path[-1]) != 32:
        return None
    split = half(size)
    if index < split:
        below = included(leaf, index, split, path[:-1])
        return below and pair(below, path[-1])
    below = included(leaf, index - split, size - split, path[:-1])
    return below and pair(path[-1], below)


def grown(old: int, size: int, path: list[bytes], old_root: bytes | None) -> tuple[bytes, bytes] | None:
    """Return both roots that a consistency proof leads to, by section 2.1.2 read backwards.

    `old_root` is that of the subtree while it is the whole old tree, for then it is left out of the proof.
    """
    if old == size:
        if old_root is not None:
            return (old_root, old_root) if not path else None
        return (path[0], path[0]) if len(path) == 1 and len(path[0]) == 32 else None
    if not path or len(path[-1]) != 32:
        return None
    split = half(size)
    if old <= split:
        below = grown(old, split, path[:-1], old_root)
        return below and (below[0], pair(below[1], path[-1]))
    below = grown(old - split, size - split, path[:-1], None)
    return below and (pair(path[-1], below[0]), pair(path[-1], below[1]))


def is_included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Ask both verifiers."""
    found = merkle.verify_inclusion(leaf, index, size, path, root)
    assert found == (included(leaf, index, size, path) == root), "the two verifiers do not agree"
    return found


def is_grown(old: int, size: int, old_root: bytes, root: bytes, path: list[bytes]) -> bool:
    """Ask both verifiers; of an empty tree there is nothing to prove."""
    found = merkle.verify_consistency(old, size, old_root, root, path)
    if 0 < old <= size:
        assert found == (grown(old, size, path, old_root) == (old_root, root)), "the two verifiers do not agree"
    return found


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    """The root at every size."""
    return roots_of(LEAVES)


@pytest.mark.slow
def test_every_proof_and_every_forgery(roots: list[bytes]) -> None:
    """All inclusion and consistency proofs of all trees verify; altered, or for another claim, none does."""
    proofs = valid = forged = accepted = 0
    for size in SIZES:
        subtree = merkle.subtrees(LEAVES[:size])
        for index in range(size):
            leaf, path = LEAVES[index], merkle.inclusion_proof(index, size, subtree)
            proofs += 1
            valid += is_included(leaf, index, size, path, roots[size])
            claims = [(leaf, index, size, other, roots[size]) for other in forgeries(path)]
            claims += [(leaf, other, size, path, roots[size]) for other in {index ^ 1, index + 1, -1} - {index}]
            claims += [(OTHER, index, size, path, roots[size]), (leaf, index, size, path, roots[size - 1])]
            # An inner node, presented as a leaf of a smaller tree.
            if path:
                claims.append((pair(leaf, path[0]), index // 2, (size + 1) // 2, path[1:], OTHER))
            forged += len(claims)
            accepted += sum(is_included(*claim) for claim in claims)
        for old in range(size + 1):
            path = merkle.consistency_proof(old, size, subtree)
            proofs += 1
            valid += is_grown(old, size, roots[old], roots[size], path)
            found = [(old, size, roots[old], roots[size], other) for other in forgeries(path)]
            # From an empty tree every tree has grown.
            found += [(old, size, OTHER, roots[size], path)] + [(old, size, roots[old], OTHER, path)] * (old > 0)
            found += [(old + 1, size, roots[old], roots[size], path)]
            # CVE-2022-36111: a server that may choose what the proof is of.
            found += [(old, size + 1, roots[old], roots[size], path)] * (0 < old < size and size & (size - 1) == 0)
            forged += len(found)
            accepted += sum(is_grown(*claim) for claim in found)
    figure(
        "T11",
        f"inclusion and consistency proofs for n ≤ {max(SIZES)}: {valid:,} of {proofs:,} verify, forgeries accepted "
        f"{accepted} of {forged:,}",
        bar="all, 0",
    )
    assert (valid, accepted) == (proofs, 0)
