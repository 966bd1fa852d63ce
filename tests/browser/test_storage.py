"""What scripts store on the device: only names declared and allowed, and nothing that got in otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Site, Visitor

pytestmark = pytest.mark.browser

WRITE_EVERYWHERE = """async () => {
  document.cookie = "unheard=1; path=/; max-age=600";
  document.cookie = "_ga=GA1.1.1.1; path=/; max-age=600";
  if (window.cookieStore) await cookieStore.set("unheard_store", "1").catch(() => {});
  localStorage.setItem("unheard", "1");
  Storage.prototype.setItem.call(sessionStorage, "unheard", "1");
  sessionStorage.setItem("hjViewportId", "1");
  sessionStorage.setItem("kervalen_panel", "1");
  localStorage.byProperty = "1";
  let database = "opened";
  try { indexedDB.open("unheard"); } catch (error) { database = error.name; }
  return database;
}"""
LOOK = """async () => ({
  cookies: document.cookie.split("; ").map((pair) => pair.split("=")[0]).filter(Boolean).sort(),
  local: Object.keys(localStorage).sort(),
  session: Object.keys(sessionStorage).sort(),
  databases: (await indexedDB.databases()).map((database) => database.name),
})"""


@pytest.mark.requirement("R1 R2")
def test_names_that_are_not_allowed_are_refused_or_gone_with_the_next_page(
    site: Site, visit: Callable[..., Visitor]
) -> None:
    """Cookies, both storages and databases; what is exempt stays, what a property wrote is removed."""
    visitor = visit(site)
    visitor.open("/")
    assert visitor.page.evaluate(WRITE_EVERYWHERE) == "SecurityError"
    visitor.open("/contact")
    seen = visitor.page.evaluate(LOOK)
    assert seen["local"] == []
    assert seen["session"] == ["kervalen_panel"]
    assert seen["databases"] == []
    assert not {"unheard", "_ga", "unheard_store"} & set(seen["cookies"])


@pytest.mark.requirement("R2 R20")
def test_what_was_stored_while_allowed_is_removed_after_withdrawal(site: Site, visit: Callable[..., Visitor]) -> None:
    """Allowed names are written and kept; once withdrawn they are gone from cookies and storage."""
    visitor = visit(site)
    visitor.open("/contact/merci")
    visitor.answer("accept")
    visitor.open("/contact/merci")
    visitor.page.evaluate(WRITE_EVERYWHERE)
    kept = visitor.page.evaluate(LOOK)
    assert "_ga" in kept["cookies"]
    assert "hjViewportId" in kept["session"]
    assert "unheard" not in kept["session"]
    visitor.withdraw()
    visitor.open("/contact")
    left = visitor.page.evaluate(LOOK)
    assert left["session"] == ["kervalen_panel"]
    assert left["local"] == []
    assert not [name for name in left["cookies"] if name.startswith("_")]


def test_the_guard_gets_into_nobody_s_way(site: Site, visit: Callable[..., Visitor]) -> None:
    """Reading, deleting and declared names work as without it."""
    visitor = visit(site)
    visitor.open("/")
    worked = visitor.page.evaluate(
        """() => {
          sessionStorage.setItem("kervalen_panel", "open");
          const read = sessionStorage.getItem("kervalen_panel");
          sessionStorage.removeItem("kervalen_panel");
          document.cookie = "anything=; max-age=0";
          return [read, sessionStorage.getItem("kervalen_panel"), typeof document.cookie];
        }"""
    )
    assert worked == ["open", None, "string"]
    assert visitor.errors == []
