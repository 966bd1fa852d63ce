"""A month of visitors for a site: what they looked at and what they chose, the same for the same seed."""

from __future__ import annotations

import asyncio
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from consentkit.consent.choice import ChoiceState
from consentkit.records.browserlog import BrowserEntry
from consentkit.records.consentlog import ConsentRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consentkit.records import Records

PAGES = ("/", "/pieces/pichet-molene", "/fournee", "/contact", "/panier", "/pieces/bol-sein")
SOURCES = (None, None, "search.example", "search.example", "social.example", "blog.example")
COUNTRIES = ("FR",) * 12 + ("BE", "BE", "DE", "CH", None, "LU")
BROWSERS = (
    *(("Chrome", "154", "Windows", "desktop"),) * 4,
    *(("Firefox", "153", "Linux", "desktop"),) * 2,
    *(("Mobile Safari", "26", "iOS", "phone"),) * 3,
    *(("Chrome Mobile", "154", "Android", "phone"),) * 4,
    ("Safari", "26", "Mac OS X", "desktop"),
)


@dataclass(slots=True)
class Traffic:
    """Visitors, made by a dice.

    Attributes:
        purposes: Ids that may be allowed.
        seed: Of the dice.
        visits: About how many a day; weekends have half.
    """

    purposes: tuple[str, ...]
    seed: int = 4
    visits: int = 120

    async def pass_through(self, records: Records, clock: Any, days: int) -> None:
        """Let the last days happen up to what the clock says, in their order; the clock is back where it was."""
        end, dice = clock.now, random.Random(self.seed)
        for ago in range(days, -1, -1):
            clock.now = end - timedelta(days=ago)
            weekend = clock.now.weekday() >= 5
            chosen: list[ConsentRecord] = []
            for number in range(int(self.visits * (0.5 if weekend else 1) * dice.uniform(0.8, 1.25))):
                chosen += self._visit(records, dice, clock.now, number)
            await asyncio.gather(*map(records.consent_log.append, chosen))
            await records.browser_log.flush()
        clock.now = end

    def _visit(self, records: Records, dice: random.Random, day: datetime, number: int) -> Iterator[ConsentRecord]:
        browser, version, platform, device = dice.choice(BROWSERS)
        country = dice.choice(COUNTRIES)
        language = "fr" if country != "DE" else "en"
        time = day - timedelta(seconds=dice.randrange(6 * 3600))
        source = dice.choice(SOURCES)
        decided = dice.random() < 0.7
        for step in range(dice.choice((1, 1, 1, 2, 2, 3, 5, 8))):
            entry = BrowserEntry(
                time=time,
                address=f"10.{number % 250}.0.0/16",
                method="GET",
                path=dice.choice(PAGES[: 3 if not step else None]),
                status=200,
                referrer=f"https://{source}/" if source and not step else None,
                language=language,
                country=country,
                browser=browser,
                browser_version=version,
                platform=platform,
                device=device,
            )

            def line(entry: BrowserEntry = entry, first: bool = not step) -> BrowserEntry:
                records.statistics.view(entry, source=source if first else None, asked=first or not decided)
                return entry

            records.browser_log.write_later(line)
            if decided and not step:
                yield self._choose(records, dice, entry)
            time += timedelta(seconds=dice.randrange(15, 400))

    def _choose(self, records: Records, dice: random.Random, entry: BrowserEntry) -> ConsentRecord:
        action = dice.choices(("accepted", "refused", "saved", "withdrawn"), (48, 38, 10, 4))[0]
        allowed = self.purposes if action == "accepted" else self.purposes[:1] if action == "saved" else ()
        states = {"refused": ChoiceState.REFUSED, "withdrawn": ChoiceState.WITHDRAWN}

        def count() -> None:
            records.statistics.choice(
                action, time=entry.time, language=entry.language, country=entry.country, allowed=allowed
            )

        records.browser_log.write_later(count)
        return ConsentRecord(
            record_id=str(uuid.UUID(int=dice.getrandbits(128))),
            subject=f"{dice.getrandbits(96):024x}",
            time=entry.time,
            state=states.get(action, ChoiceState.GIVEN),
            purposes=allowed,
            services=(),
            purposes_offered=self.purposes,
            services_offered=(),
            notice_digest="a" * 64,
            manifest_digest="b" * 64,
            language=entry.language or "fr",
            regime="opt-in",
            jurisdiction=entry.country,
            gpc=False,
            dnt=False,
            collected="preferences" if action in {"saved", "withdrawn"} else "banner",
            validity="P6M",
            withdrawal="/_consent/preferences",
            controller="Kervalen",
            sequence=2 if action == "withdrawn" else 1,
        )
