"""The five sites as they ship, and the same behind a manifest with one line changed."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from driving import Driver
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from policies import EXAMPLES, FRANCE, SITES, TOKEN, Pages

from consentkit import ConsentMiddleware
from consentkit.manifest.load import loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ModuleType]]:
    """The five applications, imported as a server imports them: their keys come from the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        patch.setenv("CONSENTKIT_SECRET_KEY", "an-example-key-an-example-key-an-example")
        patch.setenv("CONSENTKIT_DATABASE", f"sqlite:///{tmp_path_factory.mktemp('records')}/consentkit.db")
        modules = {name: importlib.import_module(f"{name}.app") for name in SITES}
    yield modules
    for module in modules.values():
        asyncio.run(module.app.site.records.close())


@pytest.fixture
def shipped(sites: dict[str, ModuleType]) -> Iterator[Callable[..., Driver]]:
    """Drive a site as it ships, or ``bare``, without the one line around it."""
    drivers: list[Driver] = []

    def drive(name: str, *, bare: bool = False) -> Driver:
        drivers.append(Driver(sites[name].site if bare else sites[name].app))
        return drivers[-1]

    yield drive
    for driver in drivers:
        driver.close()


@pytest.fixture
def pages(sites: dict[str, ModuleType]) -> Pages:
    """The paths of each site's pages."""
    return {name: tuple(module.PAGES) for name, module in sites.items()}


@pytest.fixture
def govern(
    sites: dict[str, ModuleType], secret_key: str, clock: Any, tmp_path: Path
) -> Iterator[Callable[..., Driver]]:
    """Wrap a site, or another ``app``, in that site's manifest, ``edit`` it first where given, and drive it."""
    drivers: list[Driver] = []

    def make(
        name: str,
        *,
        edit: Callable[[dict[str, Any]], object] | None = None,
        app: Any = None,
        client: tuple[str, int] = FRANCE,
        **keywords: Any,
    ) -> Driver:
        text = (EXAMPLES / name / "consent.yaml").read_text("utf-8")
        if edit is not None:
            document = yaml.safe_load(text)
            edit(document)
            text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        governed = ConsentMiddleware(
            app or sites[name].site,
            manifest=loads(text),
            secret_key=secret_key,
            database=f"sqlite:///{tmp_path}/{len(drivers)}.db",
            audit_tokens=[TOKEN],
            clock=clock,
            **keywords,
        )
        drivers.append(Driver(governed, client=client))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.loop.run_until_complete(driver.app.site.records.close())
        driver.close()


@pytest.fixture
def countries(tmp_path: Path) -> str:
    """A country database in which one of the test networks is French and one American."""
    writer = MMDBWriter(ip_version=4, database_type="Country")
    writer.insert_network(IPSet(["203.0.113.0/24"]), {"country": {"iso_code": "FR"}})
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"country": {"iso_code": "US"}})
    path = tmp_path / "country.mmdb"
    writer.to_db_file(str(path))
    return str(path)
