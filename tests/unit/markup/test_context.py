"""How the text inside an element is read."""

from __future__ import annotations

import pytest

from consentkit.markup.context import Content, Context, Watch
from consentkit.markup.tokenizer import StartTag


def start(context: Context, *names: bytes) -> Content:
    content = Content.MARKUP
    for name in names:
        if name.startswith(b"/"):
            context.end(name[1:])
        else:
            content = context.start(StartTag(name, b"<" + name + b">"))
    return content


@pytest.mark.parametrize(
    ("names", "content"),
    [
        (b"div", Content.MARKUP),
        (b"script", Content.TEXT),
        (b"plaintext", Content.TEXT),
        (b"noscript", Content.EITHER),
        (b"svg style", Content.EITHER),
        (b"svg noscript", Content.EITHER),
        (b"svg title style", Content.TEXT),
        (b"svg /x style", Content.EITHER),
        (b"select style", Content.EITHER),
        (b"select script", Content.TEXT),
        (b"select textarea", Content.TEXT),
        (b"select /select style", Content.TEXT),
        (b"select template /select /template style", Content.EITHER),
        (b"template select /template style", Content.TEXT),
        (b"template col script", Content.EITHER),
        (b"template table col script", Content.TEXT),
        (b"template col /template script", Content.TEXT),
        (b"template template /template col script", Content.EITHER),
        (b"template svg template /template /svg col script", Content.TEXT),
        (b"frameset script", Content.EITHER),
        (b"select svg /select title", Content.EITHER),
    ],
)
def test_content(names: bytes, content: Content) -> None:
    """Text for certain, markup for certain, or either where tree builders differ."""
    assert start(Context(), *names.split()) is content


@pytest.mark.parametrize(
    ("names", "watch"),
    [
        (b"p", Watch.STOPS),
        (b"select", Watch.SELECTS),
        (b"select /select", Watch.STOPS),
        (b"template", Watch.EVERYTHING),
        (b"template p", Watch.SELECTS),
        (b"svg", Watch.DRAWINGS),
        (b"svg title", Watch.EVERYTHING),
        (b"svg /x", Watch.EVERYTHING),
        (b"frameset", Watch.SELECTS),
        (b"svg g " * 130, Watch.LOST),
    ],
)
def test_watch(names: bytes, watch: Watch) -> None:
    """No more tags are asked for than the context needs."""
    context = Context()
    start(context, *names.split())
    assert context.watch is watch


def test_templates_without_end_give_up_safely() -> None:
    """Past the limit nothing is text for certain."""
    context = Context()
    start(context, *[b"template"] * 300)
    assert start(context, b"script") is Content.EITHER
    assert context.watch is not Watch.STOPS
