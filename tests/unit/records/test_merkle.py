"""The tree is RFC 6962's, every proof of it verifies, and nothing else does."""

from __future__ import annotations

import hashlib

import pytest
from trees import OTHER, forgeries, roots_of

from consentkit.records import merkle

# The leaves and roots that Certificate Transparency's own implementations test with.
CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LARGEST = 256
LEAVES = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(LARGEST)]


def naive_root(data: list[bytes]) -> bytes:
    """Follow the definition of RFC 6962 section 2.1 word by word, sharing no code with the module."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return data[0]
    split = 1
    while split * 2 < len(data):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(data[:split]) + naive_root(data[split:])).digest()


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    """The root of the tree at every size."""
    return roots_of(LEAVES)


def test_known_roots() -> None:
    """The roots of Certificate Transparency's test vectors come out."""
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES]

    assert [merkle.root(leaves[: size + 1]).hex() for size in range(len(leaves))] == CT_ROOTS


def test_empty_root() -> None:
    """A tree without leaves has the hash of nothing as its root."""
    assert merkle.root([]) == hashlib.sha256(b"").digest() == merkle.EMPTY_ROOT


def test_roots_by_definition(roots: list[bytes]) -> None:
    """Growing leaf by leaf gives the root of the RFC's recursive definition at every size."""
    assert [naive_root(LEAVES[:size]) for size in range(LARGEST + 1)] == roots


def test_compact_range_resumes(roots: list[bytes]) -> None:
    """A tree goes on from its edge alone."""
    for size in (0, 1, 6, 7, 8, 100):
        grown = merkle.CompactRange()
        for leaf in LEAVES[:size]:
            grown.append(leaf)
        resumed = merkle.CompactRange(grown.size, grown.hashes)
        resumed.append(LEAVES[size])

        assert resumed.root() == roots[size + 1]


@pytest.mark.parametrize(("size", "hashes"), [(1, []), (2, [b"", b""]), (-1, [])])
def test_compact_range_refuses_a_wrong_edge(size: int, hashes: list[bytes]) -> None:
    """An edge with another number of hashes than its size has bits is refused."""
    with pytest.raises(ValueError, match="complete subtrees"):
        merkle.CompactRange(size, hashes)


def test_every_proof_verifies(roots: list[bytes]) -> None:
    """All inclusion and consistency proofs of all trees up to 256 leaves verify."""
    for size in range(LARGEST + 1):
        subtree = merkle.subtrees(LEAVES[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, subtree)
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, roots[size])
        for old in range(size + 1):
            proof = merkle.consistency_proof(old, size, subtree)
            assert merkle.verify_consistency(old, size, roots[old], roots[size], proof)


def check_forgeries(size: int, roots: list[bytes]) -> None:
    """Assert that no altered proof of a tree verifies, nor a true one for another claim."""
    subtree = merkle.subtrees(LEAVES[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, subtree)
        for forged in forgeries(proof):
            assert not merkle.verify_inclusion(LEAVES[index], index, size, forged, roots[size])
        assert not merkle.verify_inclusion(LEAVES[(index + 1) % LARGEST], index, size, proof, roots[size])
        assert not merkle.verify_inclusion(LEAVES[index], index, size, proof, roots[size - 1])
        for other in {index ^ 1, index + 1, size - 1 - index} - {index}:
            assert not merkle.verify_inclusion(LEAVES[index], other, size, proof, roots[size])
    for old in range(size + 1):
        proof = merkle.consistency_proof(old, size, subtree)
        for forged in forgeries(proof):
            assert not merkle.verify_consistency(old, size, roots[old], roots[size], forged)
        if old != size:
            assert not merkle.verify_consistency(old, size, roots[old], OTHER, proof) or old == 0
            assert not merkle.verify_consistency(old, size, OTHER, roots[size], proof)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 21, 32, 33])
def test_no_forgery_verifies(size: int, roots: list[bytes]) -> None:
    """No altered proof verifies, and no true one for another leaf, index, size or root."""
    check_forgeries(size, roots)


def test_a_node_does_not_pass_for_a_leaf() -> None:
    """An inner node, presented as a leaf of a smaller tree, is refused: the second-preimage attack of RFC 6962."""
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    top = merkle.node_hash(left, right)

    assert merkle.leaf_hash(left + right) != top
    assert not merkle.verify_inclusion(merkle.leaf_hash(left + right), 0, 1, [], top)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_for_a_missing_leaf(index: int, size: int) -> None:
    """A leaf outside the tree has no proof, and a claim about one is false."""
    with pytest.raises(IndexError, match="not in a tree"):
        merkle.inclusion_proof(index, size, merkle.subtrees(LEAVES[:3]))
    assert not merkle.verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize(("old", "size"), [(4, 3), (-1, 3)])
def test_a_tree_does_not_shrink(old: int, size: int) -> None:
    """A smaller tree can't continue a larger one."""
    with pytest.raises(IndexError, match="can't continue"):
        merkle.consistency_proof(old, size, merkle.subtrees(LEAVES[:3]))
    assert not merkle.verify_consistency(old, size, LEAVES[0], LEAVES[0], [])
