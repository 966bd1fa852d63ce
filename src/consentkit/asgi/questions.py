"""What visitors are asked and were asked before, so that they are asked again only about what changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consentkit.consent.changes import Changes, changes
from consentkit.manifest import digest
from consentkit.manifest.question import asked

if TYPE_CHECKING:
    from consentkit.manifest.model import Manifest
    from consentkit.records.consentlog import ConsentLog

_KIND = "question"
_DIGITS = 16
"""Of a question's digest, as the choice cookie carries it."""


class Questions:
    """One manifest's question beside those that earlier manifests asked. Lives as long as the application.

    The earlier ones are read from the records when the site starts. One that isn't there, such as that of a worker with
    another manifest that started later, is an unknown question: its answers count for nothing.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._asked = asked(manifest)
        self._text = digest.question_text(manifest)
        self._earlier: dict[str, dict[str, Any]] = {}
        self._since: dict[str, Changes] = {}
        self._remembered = False
        self.digest = digest.question(manifest)[:_DIGITS]
        """The digest a choice must carry to answer what is asked now."""

    def since(self, question: str) -> Changes | None:
        """Return what changed since a question was asked; None when it is unknown."""
        if question == self.digest:
            return ()
        if question not in self._since and question in self._earlier:
            self._since[question] = changes(self._earlier[question], self._asked)
        return self._since.get(question)

    async def remember(self, log: ConsentLog) -> bool:
        """Keep the present question and read the earlier ones, once; tell whether that was done now.

        Raises:
            StoreUnavailableError: The log can't be reached now.
        """
        if self._remembered:
            return False
        for document in await log.documents(_KIND):
            self._earlier[document.digest[:_DIGITS]] = json.loads(document.body)
        # Only a new manifest writes: every worker asks at its start, and a start must not wait for the others' locks.
        if self.digest not in self._earlier:
            await log.keep_document(_KIND, self._text)
        self._remembered = True
        return True
