"""The browser, as a few words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.visitor import agent
from consentkit.visitor.agent import Agent, parse

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Safari/605.1.15"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 "
    "Safari/604.1"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (CHROME, Agent("Chrome", "131.0", "Windows", "desktop")),
        (FIREFOX, Agent("Firefox", "133.0", "Linux", "desktop")),
        (SAFARI, Agent("Safari", "18.1", "Mac OS X", "desktop")),
        (IPHONE, Agent("Mobile Safari", "18.1", "iOS", "phone")),
        (IPAD, Agent("Mobile Safari", "16.6", "iOS", "tablet")),
        (ANDROID, Agent("Chrome Mobile", "131.0", "Android", "phone")),
        (GOOGLEBOT, Agent("Googlebot", "2.1", "Other", "bot", bot=True)),
    ],
)
def test_todays_browsers(user_agent: str, expected: Agent) -> None:
    """Family, version, platform and device class of what people use."""
    assert parse(user_agent) == expected


@pytest.mark.parametrize(
    "user_agent",
    [
        "curl/8.5.0",
        "Wget/1.21.3",
        "python-requests/2.32.3",
        "python-httpx/0.28.1",
        "Python-urllib/3.11",
        "Go-http-client/2.0",
        "Java/17.0.2",
        "okhttp/4.12.0",
        "axios/1.7.9",
        "node",
        "PostmanRuntime/7.43.0",
        "Apache-HttpClient/4.5.14 (Java/17.0.2)",
        HEADLESS,
        "AcmeMonitor/1.0 (+https://monitor.example/about)",
    ],
)
def test_programs_are_flagged(user_agent: str) -> None:
    """Libraries, command-line clients and driven browsers are bots, although uap-core does not say so."""
    found = parse(user_agent)
    assert found.bot
    assert found.device == "bot"


@pytest.mark.parametrize("user_agent", [CHROME, FIREFOX, SAFARI, IPHONE, IPAD, ANDROID, "Javanese/1.0", "my curl/8"])
def test_people_are_not_flagged(user_agent: str) -> None:
    """The rules are anchored: a program's name inside another word or further on means nothing."""
    assert not parse(user_agent).bot


@pytest.mark.parametrize("user_agent", [None, "", "\x00", "💥", "x" * 100_000])
def test_nothing_and_nonsense_are_other(user_agent: str | None) -> None:
    """A header that says nothing is unknown, and no error."""
    assert parse(user_agent) == Agent("Other", "", "Other", "other", bot=False)


def test_only_the_first_512_characters_are_read() -> None:
    """What stands beyond the limit changes nothing, and costs nothing."""
    padded = "x" * agent.MAX_LENGTH + " " + GOOGLEBOT
    assert parse(padded) == Agent()


@pytest.mark.parametrize(
    "user_agent",
    [
        "a 2001:db8:1:2::9bot/1",
        "203.0.113.77bot/1.0",
        "Firefox/203.0.113.77",
        "203.0.113.77-crawler/2.0",
        "curl/203.0.113.77",
    ],
)
def test_an_address_in_the_header_is_not_kept(user_agent: str) -> None:
    """A client that writes its address into the header does not get it into a log that promises none."""
    assert "203.0.113.77" not in repr(parse(user_agent))
    assert "2001:db8:1:2::9" not in repr(parse(user_agent))


@given(st.text(max_size=80))
def test_any_text_gives_bounded_plain_words(user_agent: str) -> None:
    """No header breaks the parser or writes its own characters into the log."""
    found = parse(user_agent)
    for word in (found.browser, found.version, found.platform):
        assert len(word) <= 40
        assert word.isascii()
        assert word.isprintable()
