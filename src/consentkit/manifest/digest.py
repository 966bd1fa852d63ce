"""Digests that say whether a manifest still asks what it asked."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from consentkit.manifest.question import asked

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest


def question(manifest: Manifest) -> str:
    """Return the SHA-256, in hex, of what is asked; it is that of :func:`question_text`."""
    return hashlib.sha256(question_text(manifest).encode()).hexdigest()


def question_text(manifest: Manifest) -> str:
    """Return what is asked as canonical JSON, to be kept under its digest."""
    return _canonical(asked(manifest))


def document(manifest: Manifest) -> str:
    """Return the SHA-256, in hex, of the whole manifest as it was understood; it is that of :func:`document_text`."""
    return hashlib.sha256(document_text(manifest).encode()).hexdigest()


def document_text(manifest: Manifest) -> str:
    """Return the whole manifest, its defaults filled in, as canonical JSON, to be kept under its digest."""
    return _canonical(manifest.model_dump(mode="json"))


def _canonical(value: object) -> str:
    """Write JSON in one way: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
