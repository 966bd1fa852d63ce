"""The shop without consentkit: every tracker fires, so the tests beside this one can fail."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from .conftest import PRODUCT, RUN_TIME_CONTACTS, RUN_TIME_HOSTS
from .stage import SERVICES, SERVICES_WITHOUT_SCRIPTS, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Site, Visitor


def test_every_third_party_is_contacted(bare_site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """Without the gate a visitor who chose nothing is seen by every service."""
    visitor = visit(bare_site)
    visitor.browse("/contact/merci", PRODUCT)
    silent = {service: missing for service, urls in SERVICES.items() if (missing := stage.wait_for(urls))}
    assert silent == {}
    assert visitor.errors == []


def test_every_declared_cookie_is_set(bare_site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """Without the gate the jar fills with the vendors' first-party cookies, and third parties set theirs."""
    visitor = visit(bare_site)
    visitor.browse("/contact/merci", PRODUCT)
    assert visitor.cookies().keys() == {
        "shop_stats",
        "_ga",
        "_ga_KRVLN2026X",
        "_gcl_au",
        "_fbp",
        "_hjSessionUser_4128041",
        "_hjSession_4128041",
        "crisp-client%2Fsession%2F5f41c280-9a0b-4d1e-8c41-1280c0ffee41",
    }
    assert visitor.storage() == {"hjViewportId"}
    assert {name for _, name in stage.cookies_set()} == {"IDE", "fr", "YSC", "VISITOR_INFO1_LIVE", "NID"}


def test_trackers_need_no_scripts(bare_site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """Without the gate and without scripts the noscript pixels, the frames and the fonts still fire."""
    visitor = visit(bare_site, scripts=False)
    visitor.browse(PRODUCT)
    wanted = [url for urls in SERVICES_WITHOUT_SCRIPTS.values() for url in urls]
    assert stage.wait_for(wanted) == set()


def test_scripts_can_contact_anybody(bare_site: Site, stage: Stage, visit: Callable[..., Visitor]) -> None:
    """Without the policy, each way a script has to contact somebody works."""
    visitor = visit(bare_site)
    visitor.open("/contact")
    visitor.page.evaluate(RUN_TIME_CONTACTS)
    assert stage.wait_for(f"{host}/" for host in RUN_TIME_HOSTS) == set()


def test_the_stage_sees_a_mere_connection(stage: Stage) -> None:
    """A connection that sends nothing counts as contact, and one that only shakes hands is known by name."""
    stage.forget()
    with socket.create_connection(("127.0.0.1", stage.port)):
        assert stage.contacts() == {"unknown"}
    stage.forget()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", stage.port)) as plain,
        context.wrap_socket(plain, server_hostname="only-connected.example"),
    ):
        assert stage.contacts() == {"only-connected.example"}
    assert stage.requests() == []
