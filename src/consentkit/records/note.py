"""Signed notes, checkpoints and proofs as texts, after C2SP: signed-note, tlog-checkpoint and tlog-proof.

All pure: no clock, no file, no store. What each signature proves, and to whom:

- **Ed25519** (extra ``sign``): that the site signed this root for this size. Anyone with the site's public key can
  check it; whoever kept two checkpoints that don't agree can show that the log was rewritten.
- **HMAC-SHA256** (always there): that the checkpoint comes from somebody with the site's secret key. It lets the site
  and whoever shares the key find damage and tampering, and proves nothing to anyone else.

Neither keeps an operator from signing another log to somebody who has seen no earlier checkpoint. What makes the log
evidence is that others hold checkpoints: every visitor's receipt does, and an auditor's copy.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from consentkit.errors import EvidenceError
from consentkit.records import merkle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_ED25519 = b"\x01"
_HMAC = b"\xffconsentkit-hmac-sha256"
"""0xff stands for types without an assigned byte, followed by a name of their own (C2SP signed-note)."""
_MOST_SIGNATURES = 64
"""A verifier must take at least 16 and should set a limit (C2SP signed-note)."""
_LONGEST_NOTE = 64 * 1024


class Verifier(Protocol):
    """Checks the signatures of one key."""

    name: str
    key_id: bytes

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Tell whether the key signed the text."""


class Signer(Verifier, Protocol):
    """Signs with one key."""

    def sign(self, text: bytes) -> bytes:
        """Return the signature, without the key id."""

    def verifier_key(self) -> str | None:
        """Return the public key as ``name+id+base64`` for others to check with; None when it isn't public."""


class HmacSigner:
    """Signs with a key that only the site has."""

    def __init__(self, name: str, secret: str | bytes) -> None:
        """Derive the key from one of the site's secret keys.

        Args:
            name: The log's origin, as the key's name.
            secret: The site's secret key.
        """
        self.name = name
        self._key = _derive(secret, b"hmac-sha256")
        self.key_id = _key_id(name, _HMAC, hashlib.sha256(self._key).digest())

    def sign(self, text: bytes) -> bytes:
        """Return the HMAC-SHA256 of the text."""
        return hmac.digest(self._key, text, hashlib.sha256)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's, in constant time."""
        return hmac.compare_digest(self.sign(text), signature)

    def verifier_key(self) -> str | None:
        """Return None: whoever can check an HMAC can make one."""
        return None


class Ed25519Signer:
    """Signs so that anyone can check (RFC 8032)."""

    def __init__(self, name: str, secret: str | bytes) -> None:
        """Derive the private key from one of the site's secret keys.

        Raises:
            ImportError: The extra ``sign`` isn't installed.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.name = name
        self._private = Ed25519PrivateKey.from_private_bytes(_derive(secret, b"ed25519"))
        self._public = self._private.public_key().public_bytes_raw()
        self._check = Ed25519Verifier(name, self._public)
        self.key_id = self._check.key_id

    def sign(self, text: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._private.sign(text)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's."""
        return self._check.verify(text, signature)

    def verifier_key(self) -> str | None:
        """Return the public key as Go's sumdb writes it: name, key id in hex, and type with key in base64."""
        encoded = base64.b64encode(_ED25519 + self._public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


class Ed25519Verifier:
    """Checks Ed25519 signatures with a public key."""

    def __init__(self, name: str, public: bytes) -> None:
        """Take the key's name and its 32 bytes.

        Raises:
            ImportError: The extra ``sign`` isn't installed.
            ValueError: The key hasn't 32 bytes.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        self.name = name
        self._public = Ed25519PublicKey.from_public_bytes(public)
        self.key_id = _key_id(name, _ED25519, public)

    @classmethod
    def parse(cls, verifier_key: str) -> Ed25519Verifier:
        """Read what :meth:`Ed25519Signer.verifier_key` wrote.

        Raises:
            EvidenceError: It isn't such a key, or its id is another's.
        """
        # Base64 may contain a plus and a key's name may not.
        name, _, rest = verifier_key.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _decode(encoded) if encoded else b""
        if not name or len(key) != 33 or key[:1] != _ED25519:
            message = f"{verifier_key!r} is not an Ed25519 key; it reads name+id+base64, as the log's keys are listed"
            raise EvidenceError(message)
        verifier = cls(name, key[1:])
        if verifier.key_id.hex() != key_id:
            message = f"the key of {name} has the id {verifier.key_id.hex()}, not {key_id!r}; copy the whole line again"
            raise EvidenceError(message)
        return verifier

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._public.verify(signature, text)
        except InvalidSignature:
            return False
        return True


def signers(name: str, secrets: Sequence[str | bytes]) -> tuple[Signer, ...]:
    """Return a signer for each secret key, oldest first: Ed25519 where the extra ``sign`` is installed, else HMAC.

    All of them sign, so whoever trusts an older key follows a rotation.
    """
    try:
        return tuple(Ed25519Signer(name, secret) for secret in secrets)
    except ImportError:
        return tuple(HmacSigner(name, secret) for secret in secrets)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a tree was at a size: three lines of C2SP tlog-checkpoint."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return origin, size and root in base64, each on a line."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note.

        Raises:
            EvidenceError: It isn't a checkpoint.
        """
        lines = text.split("\n")
        message = f"not a checkpoint: {text[:120]!r}; it has an origin, a size and a root, each on a line"
        if len(lines) < 4 or not all(lines[:-1]) or lines[-1]:
            raise EvidenceError(message)
        origin, size, encoded = lines[:3]
        root = _decode(encoded)
        if not size.isascii() or not size.isdigit() or str(int(size)) != size or len(root) != merkle.HASH_SIZE:
            raise EvidenceError(message)
        return cls(origin, int(size), root)


def sign(text: str, keys: Iterable[Signer]) -> str:
    """Return the note: the text, an empty line, and a signature of each key."""
    encoded = text.encode()
    lines = [f"\u2014 {key.name} {base64.b64encode(key.key_id + key.sign(encoded)).decode()}\n" for key in keys]
    return f"{text}\n{''.join(lines)}"


def text_of(note: str) -> str:
    """Return a note's text without looking at its signatures.

    Raises:
        EvidenceError: It isn't a note.
    """
    text, _ = _split(note)
    return text


def open_note(note: str, verifiers: Iterable[Verifier]) -> str:
    """Return the text of a note that a trusted key signed.

    Raises:
        EvidenceError: No trusted key signed it, or a trusted key's signature is wrong.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    text, signatures = _split(note)
    trusted = False
    for name, signature in signatures:
        verifier = known.get((name, signature[:4]))
        if verifier is None:
            continue
        if not verifier.verify(text.encode(), signature[4:]):
            message = f"the signature of {name} is wrong: the note was altered, or another key made it"
            raise EvidenceError(message)
        trusted = True
    if not trusted:
        names = ", ".join(sorted({name for name, _ in signatures})) or "nobody"
        message = f"no trusted key signed the note, only {names}; give the log's own key to check it with"
        raise EvidenceError(message)
    return text


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Shows that a leaf is in the tree of a checkpoint.

    Attributes:
        index: Of the leaf in its year's tree.
        path: The audit path, from the leaf upwards.
        checkpoint: The signed note.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        """Return the proof as C2SP tlog-proof."""
        hashes = "".join(f"{base64.b64encode(node).decode()}\n" for node in self.path)
        return f"{PROOF_HEADER}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> InclusionProof:
        """Read a proof; extra data, which proves nothing, is passed over.

        Raises:
            EvidenceError: It isn't a proof.
        """
        head, _, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if len(lines) > 2 and lines[1].startswith("extra "):
            del lines[1]
        word, _, index = lines[1].partition(" ") if len(lines) > 1 else ("", "", "")
        # No tree of 2**64 leaves has a longer path.
        proper = lines[0] == PROOF_HEADER and word == "index" and len(lines) <= 66
        if not proper or not index.isascii() or not index.isdigit() or str(int(index)) != index:
            message = f"not a proof: {text[:120]!r}; it begins with {PROOF_HEADER!r} and the line of an index"
            raise EvidenceError(message)
        return cls(int(index), tuple(map(_decode, lines[2:])), checkpoint)

    def check(self, leaf: bytes, verifiers: Iterable[Verifier], *, origin: str) -> Checkpoint:
        """Return the checkpoint when it is signed, of this log, and has the leaf in its tree.

        Args:
            leaf: The leaf hash, as the receipt names it.
            verifiers: The trusted keys.
            origin: The log it must be of, without the year. A verifier that took any name for granted could be shown
                another log (the mistake of CVE-2022-39199).

        Raises:
            EvidenceError: One of these doesn't hold; the message says which.
        """
        checkpoint = Checkpoint.parse(open_note(self.checkpoint, verifiers))
        base, _, year = checkpoint.origin.rpartition("/")
        if base != origin or not year.isdigit():
            message = f"the checkpoint is of the log {checkpoint.origin!r}, not of a year of {origin!r}"
            raise EvidenceError(message)
        if not merkle.verify_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root):
            message = f"leaf {leaf.hex()} is not at index {self.index} of the tree of {checkpoint.size} leaves"
            raise EvidenceError(message)
        return checkpoint


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    message = f"not a signed note: {note[:80]!r}; it has a text, an empty line and signatures"
    text, separator, rest = note.rpartition("\n\n")
    control = any(ord(character) < 32 and character != "\n" for character in note)
    if not separator or control or len(note) > _LONGEST_NOTE or (rest and not rest.endswith("\n")):
        raise EvidenceError(message)
    signatures = []
    for line in rest.split("\n")[:-1]:
        dash, _, key = line.partition(" ")
        name, _, encoded = key.partition(" ")
        signature = _decode(encoded)
        if dash != "\u2014" or not name or "+" in name or len(signature) < 5:
            raise EvidenceError(message)
        signatures.append((name, signature))
    if len(signatures) > _MOST_SIGNATURES:
        raise EvidenceError(message)
    return text + "\n", signatures


def _decode(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        message = f"{encoded[:60]!r} is not base64"
        raise EvidenceError(message) from error


def _derive(secret: str | bytes, purpose: bytes) -> bytes:
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.digest(key, b"consentkit.records.checkpoint." + purpose, hashlib.sha256)


def _key_id(name: str, kind: bytes, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + key).digest()[:4]
