"""What the templates are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consentkit.notice import views

if TYPE_CHECKING:
    from collections.abc import Callable

    from consentkit.consent.decide import Decision
    from consentkit.manifest.model import Manifest


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "",
        None,
    ],
)
def test_link_that_could_run_code_is_dropped(url: str | None) -> None:
    """Schemes are compared as browsers read them: any case, white space dropped."""
    assert views.safe_link(url) is None


@pytest.mark.parametrize("url", ["https://example.test/a?b=c", "mailto:a@b.test", "tel:+33", "/privacy", "privacy#x"])
def test_link_of_a_usual_kind_is_kept(url: str) -> None:
    """Web, mail, telephone and the site's own addresses are followed."""
    assert views.safe_link(url) == url


@pytest.mark.requirement("R15")
def test_third_parties_are_counted_by_vendor(manifest: Manifest, with_line: Callable[[str, str], Manifest]) -> None:
    """Three Google services are one third party, and the controller is none."""
    assert views.third_parties(manifest) == 3
    assert views.third_parties(with_line("name: Hotjar Ltd", "name: Hootis SAS")) == 2


def test_exempt_services_are_not_asked_for(
    with_line: Callable[[str, str], Manifest], decide: Callable[..., Decision]
) -> None:
    """A service whose purposes are all exempt has no box and is no third party of the question."""
    manifest = with_line("purposes: [media]", "purposes: [necessary]")
    assert "youtube" not in {service.id for service in views.consent_services(manifest)}
    shown = next(view for view in views.purposes(manifest, "en", decide()) if view.id == "necessary")
    assert [(service.id, service.alone, service.elsewhere) for service in shown.services] == [("youtube", False, None)]


def test_service_allowed_through_its_purposes_is_not_allowed_alone(
    manifest: Manifest, decide: Callable[..., Decision]
) -> None:
    """Only what was picked one by one is repeated one by one."""
    decision = decide("given", ("analytics",), ("google-ads",))
    assert [service.id for service in views.allowed_alone(manifest, decision)] == ["google-ads"]
