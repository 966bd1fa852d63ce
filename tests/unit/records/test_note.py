"""Notes, checkpoints and proofs are C2SP's texts, and only a trusted key's signature opens them."""

from __future__ import annotations

import base64
import builtins
from typing import Any

import pytest

from consentkit.errors import EvidenceError
from consentkit.records import merkle
from consentkit.records.note import (
    Checkpoint,
    Ed25519Signer,
    Ed25519Verifier,
    HmacSigner,
    InclusionProof,
    open_note,
    sign,
    signers,
    text_of,
)

ORIGIN = "shop.example/consent-log/0011223344556677"
OLD, NEW = "old-secret-0123456789abcdef0123456", "new-secret-0123456789abcdef0123456"
CHECKPOINT = Checkpoint(f"{ORIGIN}/2026", 3, merkle.leaf_hash(b"root"))
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(5)]


@pytest.fixture(params=[Ed25519Signer, HmacSigner], ids=["ed25519", "hmac"])
def signer(request: pytest.FixtureRequest) -> Any:
    """A key of each kind."""
    return request.param(ORIGIN, NEW)


# The example of the specification, c2sp.org/signed-note, with its key as published for Go's sum database.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTE = """\
go.sum database tree
1
KbPpHUzDRwPq0XUnLm8EwxMTnVVbTvJ0bqHRlo3dlUQ=

\u2014 sum.golang.org Az3grlt+SUBHVsWOJj+x1NCOnFs8FtK/9PwmVgQnNVjhkXiYvYgYtlVPO3GxOCJmPTbFx4Wt8C7yI2nCxtzZ7aBg5gU=
"""


def test_checkpoint_text() -> None:
    """A checkpoint is three lines: origin, size in decimal, root in base64."""
    root = base64.b64encode(CHECKPOINT.root).decode()

    assert CHECKPOINT.text() == f"{ORIGIN}/2026\n3\n{root}\n"
    assert Checkpoint.parse(CHECKPOINT.text()) == CHECKPOINT
    assert Checkpoint.parse(CHECKPOINT.text() + "an extension\n") == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        f"\n1\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"a\n01\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"a\n-1\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"a\n²\n{base64.b64encode(b'r' * 32).decode()}\n",
        f"a\n1\n{base64.b64encode(b'r' * 31).decode()}\n",
        "a\n1\n!!!\n",
        f"a\n1\n{base64.b64encode(b'r' * 32).decode()}",
        f"a\n1\n{base64.b64encode(b'r' * 32).decode()}\n\n",
    ],
)
def test_not_a_checkpoint(text: str) -> None:
    """A text that isn't exactly a checkpoint is refused."""
    with pytest.raises(EvidenceError, match=r"not a checkpoint|not base64"):
        Checkpoint.parse(text)


def test_note_text(signer: Any) -> None:
    """A note is the text, an empty line, and a line with em dash, key name, and base64 of key id and signature."""
    note = sign(CHECKPOINT.text(), [signer])
    text, _, last = note.rpartition("\n\n")
    dash, name, encoded = last.rstrip("\n").split(" ")

    assert text + "\n" == CHECKPOINT.text()
    assert (dash, name) == ("\u2014", ORIGIN)
    assert base64.b64decode(encoded)[:4] == signer.key_id
    assert open_note(note, [signer]) == text_of(note) == CHECKPOINT.text()


def test_every_altered_character_is_found(signer: Any) -> None:
    """A note altered anywhere is refused."""
    note = sign(CHECKPOINT.text(), [signer])
    for place in range(len(note)):
        altered = note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]
        with pytest.raises(EvidenceError):
            open_note(altered, [signer])


def test_an_independent_ed25519_note() -> None:
    """The key's id is computed as everyone computes it, so a key as others publish it is read."""
    verifier = Ed25519Verifier.parse(SUMDB_KEY)

    assert verifier.name == "sum.golang.org"
    assert verifier.key_id.hex() == "033de0ae"


def test_published_key_opens_the_note() -> None:
    """With the published key alone anyone opens the note, and with no key nobody does."""
    signer = Ed25519Signer(ORIGIN, NEW)
    note = sign(CHECKPOINT.text(), [signer])
    published = signer.verifier_key()
    assert published is not None

    assert open_note(note, [Ed25519Verifier.parse(published)]) == CHECKPOINT.text()
    with pytest.raises(EvidenceError, match="no trusted key signed"):
        open_note(note, [])


@pytest.mark.parametrize(
    "key",
    ["", "name", "name+033de0ae", "name+033de0ae+!!!!", SUMDB_KEY.replace("033de0ae", "033de0af"), SUMDB_KEY[:-4]],
)
def test_not_a_key(key: str) -> None:
    """A key that is cut or doesn't fit its id is refused."""
    with pytest.raises(EvidenceError):
        Ed25519Verifier.parse(key)


def test_hmac_key_is_not_published() -> None:
    """Whoever can check an HMAC can make one, so there is nothing to publish."""
    assert HmacSigner(ORIGIN, NEW).verifier_key() is None


def test_rotation() -> None:
    """After a rotation both keys sign, and whoever trusts either one opens the note."""
    both = signers(ORIGIN, [OLD, NEW])
    note = sign(CHECKPOINT.text(), both)

    for key in both:
        assert open_note(note, [key]) == CHECKPOINT.text()
    assert len({key.key_id for key in both}) == 2


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package cryptography checkpoints are authenticated by HMAC."""
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)

    assert [type(key) for key in signers(ORIGIN, [NEW])] == [HmacSigner]


def test_another_logs_key_is_unknown(signer: Any) -> None:
    """A key of the same secret under another name isn't the log's."""
    other = type(signer)("other.example/consent-log/00", NEW)
    with pytest.raises(EvidenceError, match="no trusted key signed"):
        open_note(sign(CHECKPOINT.text(), [signer]), [other])


def test_unknown_signatures_are_passed_over(signer: Any) -> None:
    """A witness's line doesn't trouble who trusts only the log, and a wrong line of the log's isn't saved by it."""
    witness = HmacSigner("witness.example", OLD)
    note = sign(CHECKPOINT.text(), [witness, signer])
    assert open_note(note, [signer]) == CHECKPOINT.text()

    forged = sign(CHECKPOINT.text(), [witness]) + note.rstrip("\n").rpartition("\n")[2][:-8] + "AAAAAA==\n"
    with pytest.raises(EvidenceError):
        open_note(forged, [signer, witness])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\nno dash AAAAAAAA\n",
        "text\n\n\u2014 name\n",
        "text\n\n\u2014 na+me AAAAAAAA\n",
        "text\n\n\u2014 name AAAA\n",
        "text\r\n\n\u2014 name AAAAAAAA\n",
        "text\n\n\u2014 name AAAAAAAA",
        "text\n\n" + "\u2014 name AAAAAAAA\n" * 65,
        "x" * 70_000 + "\n\n\u2014 name AAAAAAAA\n",
    ],
)
def test_not_a_note(note: str) -> None:
    """What isn't exactly a signed note, or is unreasonably long, is refused."""
    with pytest.raises(EvidenceError):
        text_of(note)


def proof(signer: Any, index: int = 2) -> InclusionProof:
    """Return a true proof."""
    path = merkle.inclusion_proof(index, 5, merkle.subtrees(LEAVES))
    checkpoint = Checkpoint(f"{ORIGIN}/2026", 5, merkle.root(LEAVES))
    return InclusionProof(index, tuple(path), sign(checkpoint.text(), [signer]))


def test_proof_text(signer: Any) -> None:
    """A proof is C2SP's text, reads back, and shows the leaf."""
    given = proof(signer)
    lines = given.text().split("\n")

    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 2"]
    assert lines[5] == ""
    assert lines[6] == f"{ORIGIN}/2026"
    assert InclusionProof.parse(given.text()) == given
    assert given.check(LEAVES[2], [signer], origin=ORIGIN).size == 5


def test_extra_data_is_passed_over(signer: Any) -> None:
    """A line of extra data, which proves nothing, changes nothing."""
    given = proof(signer)
    header, rest = given.text().split("\n", 1)

    assert InclusionProof.parse(f"{header}\nextra AAAA\n{rest}") == given


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("@v1", "@v2"), "not a proof"),
        (lambda text: text.replace("index 2", "index 02"), "not a proof"),
        (lambda text: text.replace("index 2", "index -2"), "not a proof"),
        (lambda text: text.replace("index 2\n", ""), "not a proof"),
        (lambda text: "", "not a proof"),
        (lambda text: text.replace("index 2", "index 3"), "is not at index 3"),
        (lambda text: text.replace("/2026\n5\n", "/2026\n6\n"), "signature .* is wrong"),
    ],
)
def test_altered_proofs(signer: Any, change: Any, message: str) -> None:
    """A proof altered in any of its parts shows nothing."""
    text = change(proof(signer).text())
    with pytest.raises(EvidenceError, match=message):
        InclusionProof.parse(text).check(LEAVES[2], [signer], origin=ORIGIN)


def test_a_proof_of_another_log(signer: Any) -> None:
    """A proof of another log shows nothing about this one, though the same key signed it."""
    for origin in ("shop.example/consent-log/other", f"{ORIGIN}/2026", "shop.example/consent-log"):
        with pytest.raises(EvidenceError, match="not of a year of"):
            proof(signer).check(LEAVES[2], [signer], origin=origin)


def test_a_proof_of_another_leaf(signer: Any) -> None:
    """A proof shows its own leaf only."""
    with pytest.raises(EvidenceError, match="is not at index 2"):
        proof(signer).check(LEAVES[3], [signer], origin=ORIGIN)
