"""Proofs over the consent log, for auditors and for anyone who holds a receipt; and the texts that records point to.

Proofs show hashes only: who holds no receipt learns how many records there are, and nothing of what they say.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from consentkit.asgi import answers
from consentkit.errors import EvidenceError, StoreError
from consentkit.notice.assets import DIGITS
from consentkit.records import merkle
from consentkit.records.note import Checkpoint, text_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response
    from starlette.types import Receive

    from consentkit.asgi.auditors import Auditors
    from consentkit.asgi.site import Site
    from consentkit.asgi.visit import Visit
    from consentkit.records.note import InclusionProof

_LARGEST_DIGITS = 15
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII | re.IGNORECASE)
_LOCKED = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; form-action 'none'; sandbox allow-same-origin"
"""Nothing runs and nothing is sent. Of another origin, the styles would fail the check of their integrity."""
_TYPES = {"manifest": "application/json", "style": "text/css"}


class Evidence:
    """Answer for proofs of one site.

    Args:
        site: Whose log it is.
        auditors: Who reads without a receipt.
    """

    def __init__(self, site: Site, auditors: Auditors) -> None:
        self._proofs = site.records.proofs
        self._log = site.records.consent_log
        self._auditors = auditors

    async def checkpoint(self, visit: Visit, _receive: Receive) -> Response:
        """Give the signed checkpoint of a year's tree (C2SP tlog-checkpoint), the newest unless `year` is asked."""
        year = _number(visit, "year")

        async def answer() -> Response:
            return answers.text(await self._proofs.checkpoint(year))

        return await _answered(answer)

    async def document(self, visit: Visit, _receive: Receive) -> Response:
        """Show an auditor the text of a digest: what a visitor was shown, or the manifest it was made of."""
        if not self._auditors.exist:
            return answers.not_found()
        if not self._auditors.admits(visit):
            return answers.error("unauthorized", "send an audit token, or log in at /admin", status=401)
        digest = visit.route.rpartition("/")[2]
        try:
            document = await self._log.document(digest.lower()) if _DIGEST.fullmatch(digest) else None
        except StoreError as problem:
            return answers.error("store_unavailable", str(problem), status=503)
        if document is None:
            return answers.error("not_found", "no text with this digest is kept", status=404, where="digest")
        if document.kind != "notice":
            return answers.text(document.body, media_type=_TYPES[document.kind])
        # The bytes as they were shown, with buttons that do nothing: a choice made here would be the auditor's.
        answer = answers.page(document.body)
        answer.headers["content-security-policy"] = _LOCKED
        if document.language:
            answer.headers["content-language"] = document.language
        return answer

    async def style(self, visit: Visit, name: str) -> Response:
        """Give an auditor a style that this release doesn't have: a text kept by an earlier one asks for it."""
        if not self._auditors.exist or not self._auditors.admits(visit):
            return answers.not_found()
        try:
            styles = await self._log.documents("style")
        except StoreError as problem:
            return answers.error("store_unavailable", str(problem), status=503)
        for style in styles:
            if name.endswith(f".{style.digest[:DIGITS]}.css"):
                return answers.text(style.body, media_type=_TYPES[style.kind])
        return answers.not_found()

    async def consistency(self, visit: Visit, _receive: Receive) -> Response:
        """Prove that a year's tree of ``from`` leaves is the beginning of the one of ``to`` leaves (RFC 6962 2.1.2)."""
        old, new, year = _number(visit, "from"), _number(visit, "to"), _number(visit, "year")
        if old is None:
            return answers.error("bad_filter", "name the older size, e.g. ?from=100&to=200", status=400, where="from")

        async def answer() -> Response:
            proof = await self._proofs.consistency(old, new, year=year)
            path = [base64.b64encode(node).decode("ascii") for node in proof.path]
            return answers.data({"year": proof.year, "from": proof.old_size, "to": proof.size, "path": path})

        return await _answered(answer)

    async def proof(self, visit: Visit, _receive: Receive) -> Response:
        """Prove that a record is in the log (C2SP tlog-proof), to an auditor or to who names its leaf hash."""
        index = visit.route.rpartition("/")[2]
        if not (index.isascii() and index.isdigit() and len(index) <= _LARGEST_DIGITS):
            return answers.not_found()
        leaf = visit.query.get("leaf")
        if leaf is None and not self._auditors.admits(visit):
            message = "name the leaf hash of your receipt, e.g. ?leaf=9f86d0…, or send an audit token"
            return answers.error("unauthorized", message, status=401)

        async def answer() -> Response:
            proof = await self._proofs.inclusion(int(index))
            if leaf is not None and not _holds(proof, leaf):
                return answers.error("not_found", f"the record {index} has another leaf hash", status=404, where="leaf")
            return answers.text(proof.text())

        return await _answered(answer)


async def _answered(answer: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await answer()
    except EvidenceError as problem:
        return answers.error("no_proof", str(problem), status=404)
    except StoreError as problem:
        return answers.error("store_unavailable", str(problem), status=503)


def _holds(proof: InclusionProof, leaf: str) -> bool:
    try:
        value = bytes.fromhex(leaf)
    except ValueError:
        return False
    checkpoint = Checkpoint.parse(text_of(proof.checkpoint))
    return merkle.verify_inclusion(value, proof.index, checkpoint.size, proof.path, checkpoint.root)


def _number(visit: Visit, name: str) -> int | None:
    text = visit.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LARGEST_DIGITS else None
