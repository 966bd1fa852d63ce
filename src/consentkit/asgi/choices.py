"""Taking a visitor's choice: checked, recorded, then given effect."""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from consentkit.asgi import answers
from consentkit.asgi.forms import PostedChoice, check_origin, parse_choice, parse_fields, read_body
from consentkit.consent.choice import Choice, ChoiceState
from consentkit.consent.decide import lifetime
from consentkit.consent.token import new_subject
from consentkit.errors import ChoiceError, StoreError
from consentkit.gate import signals
from consentkit.gate.cookies import LONGEST_LIFE, expire_lines
from consentkit.manifest.digest import document_text
from consentkit.records.consentlog import ConsentRecord, Receipt

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive

    from consentkit.asgi.visit import Visit
    from consentkit.consent.decide import Decision

logger = logging.getLogger("consentkit")

_REFUSAL_PATIENCE = 1.0
"""Seconds that a refusal waits for its record: it has effect at once, and its record may follow."""

_COUNTED = {"accept": "accepted", "refuse": "refused", "save": "saved", "withdraw": "withdrawn"}


async def take_choice(visit: Visit, receive: Receive) -> Response:
    """Answer a POST to the choice endpoint.

    A grant is answered only once its record is durable; without a record it is no grant (503, no cookie). A refusal
    or withdrawal takes effect whatever the store does.
    """
    try:
        body = await read_body(receive, visit.header(b"content-length"))
        posted = parse_choice(visit, parse_fields(body, visit.header(b"content-type") or b""))
        choice = next_choice(visit, posted)
        check_origin(visit, grants=choice.state is ChoiceState.GIVEN)
        decision, _ = visit.site.decide(choice, visit.sender.circumstances)
        receipt = await _recorded(visit, choice, posted)
    except ChoiceError as problem:
        return answers.refused_choice(visit, problem)
    visit.site.records.latest.note(choice.subject, choice.sequence)
    _count(visit, choice, posted)
    answer = _answer(visit, decision, posted, receipt)
    answer.headers.append("set-cookie", choice_cookie(visit, choice))
    for line in lines_to_expire(visit, decision):
        answer.headers.append("set-cookie", line.decode("latin-1"))
    return answer


def _count(visit: Visit, choice: Choice, posted: PostedChoice) -> None:
    """Count a choice that took effect, in the browser log's thread."""
    statistics, country = visit.site.records.statistics, visit.sender.visitor.country
    time = datetime.fromtimestamp(choice.time, UTC)
    withdrawn = choice.state is ChoiceState.WITHDRAWN
    action = "withdrawn" if withdrawn else _COUNTED[posted.action]

    def count() -> None:
        statistics.choice(action, time=time, language=posted.language, country=country, allowed=choice.purposes)

    visit.site.records.browser_log.write_later(count)


def next_choice(visit: Visit, posted: PostedChoice) -> Choice:
    """Return the choice that follows the visitor's present one.

    Refusing everything after something was allowed is a withdrawal, whichever button said it.
    """
    previous = visit.sender.choice
    purposes, services = posted.purposes, posted.services
    if posted.action == "accept":
        purposes, services = _accepted(visit, posted)
    elif posted.action != "save":
        purposes, services = frozenset(), frozenset()
    # Only the preferences show what is objected to; elsewhere nothing posted means nothing said about it.
    objections = posted.objections
    if previous is not None and posted.collected != "preferences":
        objections |= previous.objections
    had_given = previous is not None and previous.state is ChoiceState.GIVEN
    if purposes or services:
        state = ChoiceState.GIVEN
    else:
        state = ChoiceState.WITHDRAWN if had_given or posted.action == "withdraw" else ChoiceState.REFUSED
    return Choice(
        subject=previous.subject if previous else new_subject(),
        state=state,
        purposes=purposes,
        services=services,
        question=visit.site.questions.digest,
        sequence=previous.sequence + 1 if previous else 1,
        time=int(visit.site.clock().timestamp()),
        regime=visit.sender.circumstances.rule.regime,
        gpc=visit.sender.visitor.gpc,
        objections=objections,
    )


def _accepted(visit: Visit, posted: PostedChoice) -> tuple[frozenset[str], frozenset[str]]:
    """Return what "accept" allows: everything, but from a banner that asks about changes what it names, no more.

    The rest of the earlier choice stays as it was; what was refused in it isn't named there.
    """
    everything, decision = frozenset(visit.site.manifest.consent_purposes), visit.sender.decision
    if posted.collected != "banner" or not decision.changes:
        return everything, frozenset()
    purposes = (decision.purposes & everything) | {change.purpose for change in decision.changes}
    covered = purposes | visit.site.manifest.exempt_purposes
    alone = {s.id for s in visit.site.manifest.services if not covered.issuperset(s.purposes)}
    return purposes, decision.services & alone


async def _recorded(visit: Visit, choice: Choice, posted: PostedChoice) -> Receipt | None:
    """Keep a record; without one a grant is refused and anything else takes effect all the same."""
    given = choice.state is ChoiceState.GIVEN
    if not visit.site.limits.admit(visit.sender.visitor.address, visit.site.clock()):
        if not given:
            return None
        message = "too many choices were posted from your network; please try again in a minute"
        raise ChoiceError("too_many", message, status=429)
    record, log = _record(visit, choice, posted), visit.site.records.consent_log
    try:
        async with asyncio.timeout(None if given else _REFUSAL_PATIENCE):
            await _keep_evidence(visit, posted.language)
            await visit.site.remember_questions()
            return await log.append(record)
    except (StoreError, TimeoutError) as problem:
        logger.error("a choice (%s) could not be recorded: %s", choice.state, str(problem) or "no answer yet")
        if not given:
            await log.defer(record)
            return None
        message = "your choice could not be recorded, so nothing was allowed; please try again in a moment"
        raise ChoiceError("not_recorded", message, status=503) from problem


async def _keep_evidence(visit: Visit, language: str) -> None:
    """Keep what a record's digests lead back to, once: what is shown, text and looks, and the manifest it was made of.

    CNIL délib. 2020-092 §48.
    """
    site, decision = visit.site, visit.sender.decision
    if site.manifest_digest not in site.evidence_kept:
        await site.records.consent_log.keep_document("manifest", document_text(site.manifest))
        site.evidence_kept.add(site.manifest_digest)
    digest = visit.notices.notice_digest(language, regime=decision.regime, changes=decision.changes)
    if digest not in site.evidence_kept:
        text = visit.notices.evidence(language, regime=decision.regime, changes=decision.changes)
        for style in visit.notices.styles:
            await site.records.consent_log.keep_document("style", style)
        await site.records.consent_log.keep_document("notice", text, language=language)
        site.evidence_kept.add(digest)


def _record(visit: Visit, choice: Choice, posted: PostedChoice) -> ConsentRecord:
    site, visitor, decision = visit.site, visit.sender.visitor, visit.sender.decision
    manifest = site.manifest
    return ConsentRecord(
        record_id=str(uuid.uuid4()),
        subject=choice.subject,
        time=datetime.fromtimestamp(choice.time, UTC),
        state=choice.state,
        purposes=tuple(sorted(choice.purposes)),
        services=tuple(sorted(choice.services)),
        objections=tuple(sorted(choice.objections)),
        purposes_offered=_offered(visit, posted),
        services_offered=tuple(service.id for service in manifest.services),
        notice_digest=visit.notices.notice_digest(posted.language, regime=choice.regime, changes=decision.changes),
        manifest_digest=site.manifest_digest,
        language=posted.language,
        regime=choice.regime,
        jurisdiction=visitor.place.code,
        gpc=visitor.gpc,
        dnt=visitor.dnt,
        collected=posted.collected,
        validity=lifetime(choice.state, choice.regime, manifest).isoformat(),
        withdrawal=f"{site.prefix}/preferences",
        controller=manifest.site.controller.name,
        sequence=choice.sequence,
        idempotency=None,
    )


def _offered(visit: Visit, posted: PostedChoice) -> tuple[str, ...]:
    """Return the purposes asked about: a banner that asks about changes names those alone."""
    named = {change.purpose for change in visit.sender.decision.changes} if posted.collected == "banner" else set()
    return tuple(purpose for purpose in visit.site.manifest.consent_purposes if not named or purpose in named)


def choice_cookie(visit: Visit, choice: Choice) -> str:
    """Return the Set-Cookie line of a choice: HttpOnly, SameSite=Lax, no Domain, and Secure on https."""
    site = visit.site
    holds = lifetime(choice.state, choice.regime, site.manifest)
    seconds = holds.seconds(datetime.fromtimestamp(choice.time, UTC))
    parts = [
        f"{site.cookie_name(secure=visit.sender.secure)}={site.signer.dumps(choice)}",
        "Path=/",
        "HttpOnly",
        "SameSite=Lax",
    ]
    if seconds is not None:
        parts.append(f"Max-Age={min(seconds, LONGEST_LIFE)}")
    if visit.sender.secure:
        parts.append("Secure")
    return "; ".join(parts)


def expired_choice_cookie(visit: Visit) -> str:
    """Return the Set-Cookie line that deletes the choice cookie."""
    secure = "; Secure" if visit.sender.secure else ""
    return f"{visit.site.cookie_name(secure=visit.sender.secure)}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}"


def lines_to_expire(visit: Visit, decision: Decision) -> list[bytes]:
    """Expire every declared cookie the browser sent that is no longer allowed."""
    sender = visit.sender
    return [
        line
        for name in sender.disallowed_cookies(decision)
        for line in expire_lines(name, host=sender.host, path=visit.return_to, secure=sender.secure)
    ]


def _answer(visit: Visit, decision: Decision, posted: PostedChoice, receipt: Receipt | None) -> Response:
    if not answers.wants_json(visit):
        saved = (
            "saved=1" if posted.collected == "preferences" and posted.return_to.startswith(visit.site.prefix) else ""
        )
        joint = "&" if "?" in posted.return_to else "?"
        return answers.redirect(posted.return_to + (joint + saved if saved else ""))
    return answers.data(
        {
            "state": decision.state,
            "purposes": sorted(decision.purposes),
            "reload": decision.services != visit.sender.decision.services
            or decision.purposes != visit.sender.decision.purposes,
            "receipt": _receipt(receipt),
            "signals": signals.updates(visit.site.manifest, decision),
        }
    )


def _receipt(receipt: Receipt | None) -> dict[str, object] | None:
    if receipt is None:
        return None
    return {
        "index": receipt.index,
        "record": receipt.record_id,
        "leaf": receipt.leaf,
        "time": receipt.time.isoformat(),
    }
