"""A visitor's own records: seen, taken along, erased (GDPR articles 15, 20 and 17).

They are found by the subject id of the choice cookie, which only this browser and the log know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from consentkit.asgi import answers
from consentkit.asgi.choices import expired_choice_cookie, lines_to_expire
from consentkit.asgi.forms import check_origin
from consentkit.errors import ChoiceError, StoreError
from consentkit.notice.views import ChoiceView
from consentkit.records import export
from consentkit.records.consentlog import ConsentFilter
from consentkit.records.store.base import Page

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive

    from consentkit.asgi.visit import Visit
    from consentkit.records.entry import ConsentEntry

_MOST = 1000


async def show(visit: Visit, _receive: Receive) -> Response:
    """Show the visitor's choices on record."""
    try:
        page = await _own(visit)
    except StoreError as problem:
        return answers.failed(visit, "store_unavailable", str(problem), status=503)
    entries = [_view(visit, entry) for entry in page.items]
    return answers.page(
        visit.notices.mine(language=visit.sender.visitor.language, entries=entries, erased="erased" in visit.query)
    )


async def as_json(visit: Visit, _receive: Receive) -> Response:
    """Give the choices as JSON, all that is needed to check a leaf included."""
    return await _exported(visit, "json")


async def as_csv(visit: Visit, _receive: Receive) -> Response:
    """Give the choices as CSV."""
    return await _exported(visit, "csv")


async def erase(visit: Visit, _receive: Receive) -> Response:
    """Erase the choices and forget the visitor; nothing is allowed any more."""
    choice = visit.sender.choice
    try:
        check_origin(visit, grants=True)
        if choice is not None:
            await visit.site.records.erase(choice.subject, reason="request of the person", author="visitor")
            visit.site.records.latest.note(choice.subject, choice.sequence + 1)
    except ChoiceError as problem:
        return answers.refused_choice(visit, problem)
    except StoreError as problem:
        return answers.failed(visit, "store_unavailable", str(problem), status=503)
    answer = answers.redirect(f"{visit.root}{visit.site.prefix}/mine?erased=1")
    answer.headers.append("set-cookie", expired_choice_cookie(visit))
    unchosen, _ = visit.site.decide(None, visit.sender.circumstances)
    for line in lines_to_expire(visit, unchosen):
        answer.headers.append("set-cookie", line.decode("latin-1"))
    return answer


async def _own(visit: Visit) -> Page[ConsentEntry]:
    choice = visit.sender.choice
    if choice is None:
        return Page("log", (), None)
    return await visit.site.records.consent_log.query(ConsentFilter(subject=choice.subject, limit=_MOST))


async def _exported(visit: Visit, kind: Literal["json", "csv"]) -> Response:
    try:
        page = await _own(visit)
    except StoreError as problem:
        return answers.error("store_unavailable", str(problem), status=503)
    body = b"".join(export.encode(page, kind)).decode("utf-8")
    answer = answers.text(body, media_type="application/json" if kind == "json" else "text/csv")
    return answers.extended(answer, {"content-disposition": f'attachment; filename="choices.{kind}"'})


def _view(visit: Visit, entry: ConsentEntry) -> ChoiceView:
    manifest, language, record = visit.site.manifest, visit.sender.visitor.language, entry.record
    titles = [purpose.label(language) for purpose in manifest.purposes if purpose.id in record.purposes]
    titles += [service.label(language) for service in manifest.services if service.id in record.services]
    return ChoiceView(
        index=entry.index,
        time=record.time.isoformat(),
        date=f"{visit.notices.texts.written_date(language, record.time.date())}, {record.time:%H:%M}",
        state=str(record.state),
        allowed=", ".join(titles),
        objected=", ".join(purpose.label(language) for purpose in manifest.purposes if purpose.id in record.objections),
    )
