"""The types of the manifest's values: each checks one text and reports in our words."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from consentkit.duration import Duration
from consentkit.manifest import grammar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo


_HOST: Final = r"(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:]+)(:[0-9]+)?"


def _checked(check: Callable[[str], str]) -> AfterValidator:
    def validate(value: str) -> str:
        try:
            return check(value)
        except ValueError as error:
            raise PydanticCustomError("grammar", "{reason}", {"reason": str(error)}) from None

    return AfterValidator(validate)


def _pattern(pattern: str) -> FieldInfo:
    """Show editors the shape of a text; what decides is its check, which says what to write instead."""
    field: FieldInfo = Field(json_schema_extra={"pattern": pattern})
    return field


def _duration(value: object) -> Duration:
    if isinstance(value, Duration):
        return value
    try:
        # A number is shown as it was written: '13', which lacks its unit.
        return Duration.parse(value if isinstance(value, str) else grammar.shown(value))
    except ValueError as error:
        raise PydanticCustomError("duration", "{reason}", {"reason": str(error)}) from None


def _fixed(value: Duration) -> Duration:
    if value.kind != "fixed":
        reason = f"'{value}' is no fixed length of time; write e.g. '2 months'"
        raise PydanticCustomError("duration", "{reason}", {"reason": reason})
    return value


def _fixed_or_session(value: Duration) -> Duration:
    return value if value.is_session else _fixed(value)


def _host(value: str) -> str:
    return str(grammar.host_pattern(value))


def _bare_host(value: str) -> str:
    pattern = grammar.host_pattern(value)
    if pattern.path:
        whole = replace(pattern, path="")
        message = f"{grammar.shown(value)} has a path; a site's own hosts are whole, write '{whole}'"
        raise ValueError(message)
    return str(pattern)


Identifier = Annotated[str, _checked(grammar.identifier), _pattern("^[a-z0-9]+([-_][a-z0-9]+)*$")]
Line = Annotated[str, _checked(grammar.line)]
HostText = Annotated[str, _checked(_host), _pattern(rf"^{_HOST}(/[^\s?#]*)?$")]
SiteHostText = Annotated[str, _checked(_bare_host), _pattern(f"^{_HOST}/?$")]
Country = Annotated[str, _checked(grammar.country), _pattern("^[A-Za-z]{2}$")]
Region = Annotated[str, _checked(grammar.region), _pattern("^([A-Za-z]{2}(-[A-Za-z0-9]{1,3})?|default)$")]
Link = Annotated[str, _checked(grammar.link), _pattern("^(https?://|/(?!/))")]
WebAddress = Annotated[str, _checked(partial(grammar.link, path=False)), _pattern("^https?://")]
Contact = Annotated[
    str,
    _checked(partial(grammar.link, schemes=("mailto", "tel", "https", "http"))),
    _pattern("^(https?://|mailto:.|tel:.|/(?!/))"),
]
Language = Annotated[str, _checked(grammar.language), _pattern("^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,4})*$")]
Lifetime = Annotated[
    Duration,
    PlainValidator(_duration),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 1}),
]
FixedLifetime = Annotated[Lifetime, AfterValidator(_fixed)]
ChoiceLifetime = Annotated[Lifetime, AfterValidator(_fixed_or_session)]


def check_name(value: str, *, cookie: bool) -> None:
    """Refuse what is no name or pattern of a cookie or storage key."""
    try:
        grammar.storage_name(value, cookie=cookie)
    except ValueError as error:
        raise PydanticCustomError("grammar", "{reason}", {"reason": str(error)}) from None
