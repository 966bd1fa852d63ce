"""A text in one or several languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic_core import PydanticCustomError, core_schema

from consentkit.manifest import grammar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

UNDETERMINED: Final = "und"
"""The language of a text given without one (ISO 639-2, BCP 47 §4.1)."""


def primary_subtag(tag: str) -> str:
    """Return the language a tag names, without script and region, in lower case (BCP 47 §2.2.1)."""
    return tag.lower().replace("_", "-").partition("-")[0]


class TextError(ValueError):
    """One text of several is wrong; :attr:`tag` says which, as the manifest writes it."""

    def __init__(self, message: str, tag: str) -> None:
        super().__init__(message)
        self.tag = tag


@dataclass(frozen=True, slots=True)
class Localised:
    """A text per language, preferred language first.

    Attributes:
        texts: Pairs of a language tag and its text; one pair tagged ``und`` for a text that serves every language.
    """

    texts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, value: object) -> Self:
        """Read a text, or a mapping of language tags to texts.

        Raises:
            TextError: A tag is no language, or its text is empty or unprintable.
            ValueError: It is neither, or the only text is empty or unprintable.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(((UNDETERMINED, grammar.line(value)),))
        if not isinstance(value, dict) or not value:
            message = f"{grammar.shown(value)} is not a text; write one, or one per language: {{fr: …, en: …}}"
            raise ValueError(message)
        texts: dict[str, str] = {}
        for tag, text in value.items():
            try:
                texts |= _entry(tag, text, texts)
            except ValueError as error:
                raise TextError(str(error), str(tag)) from None
        return cls(tuple(texts.items()))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there is a text for; empty for a text given without one."""
        return tuple(tag for tag, _ in self.texts if tag != UNDETERMINED)

    def pick(self, language: str) -> str:
        """Return the text for a language.

        The first of: the same tag; the same primary language; the site's languages in their order; any.
        """
        wanted = language.replace("_", "-").lower()
        for tag, text in self.texts:
            if tag.lower() == wanted:
                return text
        primary = wanted.partition("-")[0]
        for tag, text in self.texts:
            if tag.lower() == primary:
                return text
        for tag, text in self.texts:
            if tag.lower().partition("-")[0] == primary:
                return text
        return self.texts[0][1]

    def preferring(self, languages: Iterable[str]) -> Localised:
        """Return the same texts, those in the given languages first: what :meth:`pick` falls back on."""
        rank = {language.lower(): index for index, language in enumerate(languages)}
        return Localised(tuple(sorted(self.texts, key=lambda pair: rank.get(pair[0].lower(), len(rank)))))

    def plain(self) -> str | dict[str, str]:
        """Return it as the manifest writes it."""
        return dict(self.texts) if self.languages else self.texts[0][1]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def validate(value: object) -> Localised:
            try:
                return cls.of(value)
            except ValueError as error:
                context = {"reason": str(error), "tag": error.tag if isinstance(error, TextError) else ""}
                raise PydanticCustomError("localised", "{reason}", context) from None

        return core_schema.no_info_plain_validator_function(
            validate, serialization=core_schema.plain_serializer_function_ser_schema(cls.plain)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": "^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?$"},
                    "additionalProperties": {"type": "string", "minLength": 1},
                },
            ]
        }


def _entry(tag: object, text: object, seen: dict[str, str]) -> dict[str, str]:
    language = grammar.language(str(tag))
    if language in seen:
        message = f"language '{language}' stands here twice; keep one"
        raise ValueError(message)
    if not isinstance(text, str):
        message = f"{grammar.shown(text)} is not text; write a text, in quotes where it is a number"
        raise ValueError(message)
    return {language: grammar.line(text)}
