"""The trees that proofs are about, and proofs that prove nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consentkit.records import merkle

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER = merkle.leaf_hash(b"other")
"""The hash of a leaf that is in no tree here."""


def roots_of(leaves: Iterable[bytes]) -> list[bytes]:
    """Return the root at every size, from 0 on."""
    tree = merkle.CompactRange()
    found = [tree.root()]
    for leaf in leaves:
        tree.append(leaf)
        found.append(tree.root())
    return found


def forgeries(proof: list[bytes]) -> list[list[bytes]]:
    """Return the proof with a hash flipped, cut, dropped, added, or exchanged with its neighbour, at every place."""
    forged = [[*proof, OTHER], [OTHER, *proof], [*proof, proof[-1]] if proof else [b""]]
    for place, node in enumerate(proof):
        before, after = proof[:place], proof[place + 1 :]
        flipped = bytes([node[0] ^ 1]) + node[1:]
        forged += [[*before, flipped, *after], before + after, [*before, node[:-1], *after]]
        if after:
            forged.append([*before, after[0], node, *after[1:]])
    return forged
