"""Consent for ASGI sites: one line asks, gates, proves and expires."""

from __future__ import annotations

from consentkit.asgi.middleware import ConsentMiddleware
from consentkit.errors import ConsentKitError, ManifestError
from consentkit.manifest.load import load as load_manifest
from consentkit.manifest.model import Manifest

__all__ = ["ConsentKitError", "ConsentMiddleware", "Manifest", "ManifestError", "load_manifest"]
