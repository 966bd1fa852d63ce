"""The Merkle tree of RFC 6962 section 2, as pure functions over hashes.

Rules of operation:

1. SHA-256 only. A leaf is hashed with the prefix ``0x00``, an inner node with ``0x01``, so neither can pass for the
   other (RFC 6962 section 2.1).
2. The tree over n leaves splits at the largest power of two smaller than n. Every complete subtree therefore keeps its
   hash for good once it is full, and a store may keep those hashes and forget nothing else.
3. Nothing here reads a clock, a file or a database. What a proof needs of a stored tree comes through a
   :data:`Subtree` function.
4. Verifiers follow RFC 9162 sections 2.1.3.2 and 2.1.4.2 to the letter: they never trust a length, an index or a hash.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence

HASH_SIZE = 32
"""Bytes of a SHA-256 hash."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962 section 2.1)."""

Subtree = Callable[[int, int], bytes]
"""``(level, position) -> hash`` of the full subtree of leaves ``[position << level, (position + 1) << level)``."""


def leaf_hash(data: bytes) -> bytes:
    """Hash the content of a leaf: SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children into their parent: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The right edge of a growing tree: the hashes of its complete subtrees, largest first.

    One hash for each bit set in the size, at most 64: all that is needed to append and to know the root.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Start empty, or from an edge kept earlier.

        Raises:
            ValueError: There isn't exactly one hash for each bit set in the size.
        """
        if size < 0 or len(hashes) != size.bit_count():
            message = f"a tree of {size} leaves has {size.bit_count()} complete subtrees at its edge, not {len(hashes)}"
            raise ValueError(message)
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees, largest first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash, merging every subtree that it completes."""
        carried, filled = leaf, self.size
        while filled & 1:
            carried = node_hash(self._hashes.pop(), carried)
            filled >>= 1
        self._hashes.append(carried)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        return _fold(self._hashes)


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes (RFC 6962's MTH)."""
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def subtrees(leaves: Sequence[bytes]) -> Subtree:
    """Answer for the complete subtrees of a tree whose leaf hashes are all in memory."""
    levels: list[list[bytes]] = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return lambda level, position: levels[level][position]


def range_root(start: int, end: int, subtree: Subtree) -> bytes:
    """Return the hash over leaves ``[start, end)``, where the range is a node of the tree or its ragged right part."""
    hashes = []
    while start < end:
        # `start` is a multiple of each power of two that still fits, because the ranges asked for begin at a split.
        level = (end - start).bit_length() - 1
        hashes.append(subtree(level, start >> level))
        start += 1 << level
    return _fold(hashes)


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the audit path of a leaf, from the leaf upwards (RFC 6962 section 2.1.1).

    Args:
        index: The leaf, counted from 0.
        size: How many leaves the tree has.
        subtree: Answers for every complete subtree below ``size``.

    Raises:
        IndexError: The tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        message = f"leaf {index} is not in a tree of {size} leaves"
        raise IndexError(message)
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(middle, end, subtree))
            end = middle
        else:
            path.append(range_root(start, middle, subtree))
            start = middle
    path.reverse()
    return path


def consistency_proof(old_size: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that a tree only grew (RFC 6962 section 2.1.2); empty when either tree is empty or both are one.

    Raises:
        IndexError: The old tree is larger than the new one, or a size is negative.
    """
    if not 0 <= old_size <= size:
        message = f"a tree of {size} leaves can't continue one of {old_size}"
        raise IndexError(message)
    if old_size in {0, size}:
        return []
    proof = []
    start, end = 0, size
    whole = True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            proof.append(range_root(middle, end, subtree))
            end = middle
        else:
            proof.append(range_root(start, middle, subtree))
            start = middle
            whole = False
    if not whole:
        proof.append(range_root(start, end, subtree))
    proof.reverse()
    return proof


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a leaf hash is at an index of the tree with this size and root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    node, last, running = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            running = node_hash(sibling, running)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            running = node_hash(running, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and hmac.compare_digest(running, root)


def verify_consistency(old_size: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether the tree with this size and root begins with the whole old tree (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old_size <= size or not _are_hashes(old_root, root, *proof):
        return False
    if old_size == size:
        return not proof and hmac.compare_digest(old_root, root)
    if old_size == 0:
        return not proof and hmac.compare_digest(old_root, EMPTY_ROOT)
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    node, last = old_size - 1, size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old_running = running = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_running = node_hash(sibling, old_running)
            running = node_hash(sibling, running)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            running = node_hash(running, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and hmac.compare_digest(old_running, old_root) and hmac.compare_digest(running, root)


def _fold(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    running = hashes[-1]
    for left in reversed(hashes[:-1]):
        running = node_hash(left, running)
    return running


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
