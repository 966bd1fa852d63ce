"""Which records concern another controller."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from consentkit.records.concern import Concern, of_controller
from consentkit.records.entry import canonical, payload
from consentkit.records.store.base import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.records.entry import ConsentRecord

FIRST, SECOND = "1" * 64, "2" * 64


def kept(digest: str, **vendors: str) -> Document:
    services = [{"id": service, "vendor": {"name": name}} for service, name in vendors.items()]
    return Document(digest, "manifest", None, json.dumps({"services": services}), 0)


MANIFESTS = [kept(FIRST, counter="Compteur SAS", pixel="Régie SA"), kept(SECOND, counter="Autre SAS", pixel="Régie SA")]


@pytest.mark.requirement("R38")
def test_a_record_concerns_the_vendor_of_its_own_manifest() -> None:
    """A service that changed hands concerns each vendor in the records of its time."""
    compteur, regie = (of_controller(name, MANIFESTS) for name in ("compteur sas", "Régie SA"))
    assert compteur.asked == {(FIRST, "counter")}
    assert regie.asked == {(FIRST, "pixel"), (SECOND, "pixel")}
    with pytest.raises(LookupError, match=r"those are: Autre SAS, Compteur SAS, Régie SA"):
        of_controller("Compteur", MANIFESTS)
    with pytest.raises(LookupError, match="those are: nobody"):
        of_controller("Compteur SAS", [])


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("changes", "concerned"),
    [
        ({"manifest_digest": FIRST, "services_offered": ("counter", "a-b_c")}, True),
        ({"manifest_digest": FIRST, "services_offered": ("a-b_c", "counter")}, True),
        ({"manifest_digest": SECOND, "services_offered": ("counter",)}, False),
        ({"manifest_digest": FIRST, "services_offered": ("counters", "my-counter")}, False),
        ({"manifest_digest": FIRST, "services_offered": ()}, False),
        # What only looks like the list: another field's text, and an allowed service that was never offered.
        ({"manifest_digest": FIRST, "controller": '"services_offered":["counter"],"state":'}, False),
        ({"manifest_digest": FIRST, "services": ("counter",), "purposes_offered": ("counter",)}, False),
        ({"manifest_digest": FIRST, "services_offered": ("x",), "withdrawal": '/"counter"'}, False),
    ],
)
def test_sql_and_archive_agree(changes: dict[str, Any], concerned: bool, record: Callable[..., ConsentRecord]) -> None:
    """The pattern finds in the text what the archive finds in the values."""
    contents = payload(record(**{"services": (), "services_offered": (), **changes}))
    concern = of_controller("Compteur SAS", MANIFESTS)
    assert concern.includes(contents) is concerned
    (pattern,) = concern.patterns()
    with sqlite3.connect(":memory:") as db:
        query = "SELECT ? LIKE ? ESCAPE '\\'"
        assert bool(db.execute(query, (canonical(contents), pattern)).fetchone()[0]) is concerned
    db.close()


def test_no_letter_of_an_id_stands_for_another(record: Callable[..., ConsentRecord]) -> None:
    """An underscore is one in LIKE too."""
    (pattern,) = Concern.of_service("a_b").patterns()
    with sqlite3.connect(":memory:") as db:
        found = [
            bool(db.execute("SELECT ? LIKE ? ESCAPE '\\'", (canonical(payload(made)), pattern)).fetchone()[0])
            for made in (record(services_offered=("a_b",)), record(services_offered=("a-b",)))
        ]
    db.close()
    assert found == [True, False]
