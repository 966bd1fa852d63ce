"""Pages on their way through: what is handed out, what changes, what is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rewriting import Recorder, Rewritten, but, rewrite, without

from consentkit.markup.rewriter import Rewriter

if TYPE_CHECKING:
    from consentkit.markup.tokenizer import StartTag


def disarmed(page: bytes, **options: int) -> Rewritten:
    """Rename every src; whole and byte by byte must agree."""
    whole = rewrite(page, Recorder(rename=(b"src",)), **options)  # type: ignore[arg-type]
    single = rewrite(page, Recorder(rename=(b"src",)), step=1, **options)  # type: ignore[arg-type]
    assert (whole.output, whole.body_offset) == (single.output, single.body_offset)
    return whole


def live(page: bytes) -> bool:
    """Tell whether the page's image was handed out."""
    return b"img" in disarmed(page).names


@pytest.mark.parametrize(
    "page",
    [
        b"<!-- <img src=x> -->",
        b"<title><img src=x></title>",
        b"<textarea><img src=x></textarea>",
        b"<style><img src=x></style>",
        b"<xmp><img src=x></xmp>",
        b"<script>'<img src=x>'</script>",
        b"<script><!--<script></script><img src=x>--></script>",
        b"<plaintext><img src=x>",
        b"<svg><![CDATA[<img src=x>]]></svg>",
        b"<svg><![CDATA[a > b]]></svg>",
        b"<![CDATA[<img src=x]]>",
        b"<p title='<img src=x>'>",
        b"</p title='><img src=x>'>",
        b"<!doctype html <img src=x>",
        b"<?php <img src=x>",
        b"<img src=x",
        b"<img src='x>",
    ],
)
def test_inert_text_stays_as_it_is(page: bytes) -> None:
    """What no parser sees alive isn't handed out and passes byte for byte."""
    assert not live(page)
    assert disarmed(page).output == page


@pytest.mark.parametrize(
    "page",
    [
        b"<!--><img src=x>-->",
        b"<!---><img src=x>-->",
        b"<!-- --!><img src=x>-->",
        b"<![CDATA[><img src=x>]]>",
        b"<svg><style><img src=x></style></svg>",
        b"<svg><title><img src=x></title></svg>",
        b"<svg></p><style><img src=x></style>",
        b"<math><annotation-xml><style><img src=x></style>",
        b"<select><style><img src=x></style></select>",
        b"<select><title><img src=x></title></select>",
        b"<frameset><script><img src=x></script>",
        b"<template><col><script><img src=x></script>",
        b"<noscript><img src=x></noscript>",
        b"<noscript><!--</noscript><img src=x>-->",
        b"<noscript><style></noscript><img src=x></style>",
        b'<noscript><p title="</noscript><img src=x>">',
        b"<svg></x><![CDATA[><img src=x>]]>",
        b"<svg><![CDATA[><img src=x>]]>",
        b"<svg><style><!--</style><img src=x>--></style></svg>",
        b'<math><mi><mglyph><svg><style><!--</style><img src=x title="-->">',
        b"<svg>" + b"<g>" * 200 + b"</svg>" * 300 + b"<style><img src=x></style>",
        b"<script><!--<script>--></script><img src=x>",
        b"<textarea></textarea/><img src=x>",
        b"< img><\x00img><img src=x>",
        b"<p title='>'><img src=x>",
    ],
)
def test_what_any_parser_sees_alive_is_handed_out(page: bytes) -> None:
    """Scripting on or off, old select or new, HTML or SVG: one reading is enough."""
    assert live(page)
    assert b" src" not in disarmed(page).output


@pytest.mark.parametrize(
    ("page", "output"),
    [
        (b"<noscript><!--</noscript>x", b"<noscript><!----></noscript>x"),
        (b'<noscript><p title="</noscript>x', b'<noscript><p title=""></noscript>x'),
        (b"<noscript><p title='</noscript>x", b"<noscript><p title=''></noscript>x"),
        (b"<noscript><p title=</noscript>x", b"<noscript><p title=></noscript>x"),
        (b"<noscript><p </noscript>x", b"<noscript><p ></noscript>x"),
        (b"<noscript><style></noscript>x", b"<noscript><style></style></noscript>x"),
        (b"<noscript><script><!--</noscript>x", b"<noscript><script><!----></script></noscript>x"),
        (b"<noscript></</noscript>x", b"<noscript></></noscript>x"),
        (b"<noscript><?</noscript>x", b"<noscript><?></noscript>x"),
        (b"<noscript>a</noscript>x", b"<noscript>a</noscript>x"),
        (
            b"<template><svg></template><script><b x='></script>",
            b"<template><svg></template><script><b x='>'></script>",
        ),
        (b"<select><noscript><style></noscript>", b"<select><noscript><style></style></noscript>"),
        (
            b"<math></p><style><noembed><br><template></template><style></style>x",
            b"<math></p><style><noembed><br><template></template><style></noembed></style>x",
        ),
    ],
)
def test_readings_are_brought_together(page: bytes, output: bytes) -> None:
    """Where the text reading ends, the markup reading is closed too, and only if something is open in it."""
    assert disarmed(page).output == output


def test_a_comment_that_is_empty_hides_nothing_in_a_drawing() -> None:
    """``<!-->`` is whole in SVG too, so a later ``-->`` doesn't reach back to it."""
    page = b"<svg><!--><g a='--><g b=\"'><img src=x>\">"
    assert rewrite(page, Recorder(without("src"))).names == [b"img"]


def test_a_script_in_doubt_ends_for_every_reading() -> None:
    """An escape would keep a script open past its end tag; it is closed first."""
    page = b"<svg></x><script><!--<script></script><img src=x>"
    assert disarmed(page).output == b"<svg></x><script><!--<script>-->--></script><img data-consentkit-src=x>"


@pytest.mark.parametrize(
    ("page", "output"),
    [
        (b"<math></p><style><br><template></template><style>", b"</style>"),
        (b"<math></p><style><br><template></template><style", b"></style>"),
        (b"<math></p><script><!--<br><template></template><script><!--<script>", b"-->--></script>"),
        (b"<svg></x><![CDATA[><svg><![CDATA[ ", b"]]>"),
    ],
)
def test_one_end_serves_all_readings(page: bytes, output: bytes) -> None:
    """Where every reading is in the same kind of text, nothing is put in before its end, again and again."""
    end = output.removeprefix(b"-->-->").removeprefix(b">")
    assert disarmed(page + end + b"<img src=x>").output == page + output + b"<img data-consentkit-src=x>"


def test_harmless_tags_are_not_handed_out() -> None:
    """Only what the handler's pattern doesn't take is, whatever stands around it."""
    handler = Recorder(without("src"))
    rewrite(
        b"src=<a href=x><a SRC='y'><img src> <!-- <p src> --><b title='src>'><br/class=x><p class=\"src=>\">", handler
    )
    assert [tag.source for tag in handler.tags] == [b"<a SRC='y'>", b"<img src>", b"<br/class=x>"]


def test_a_tag_tells_where_it_lies() -> None:
    """The charset, foreign content and self-closing reach the handler."""
    handler = rewrite(b"<svg><image href='\xe9'/></svg><p>", charset="cp1252").handler
    assert [(tag.name, tag.foreign, tag.self_closing) for tag in handler.tags] == [
        (b"svg", False, False),
        (b"image", True, True),
        (b"p", False, False),
    ]
    assert handler.tags[1].get(b"href") == "é"


class TestTexts:
    """Scripts and styles that are decided with their text."""

    def test_text_and_tag_are_replaced(self) -> None:
        """Both can be; the end tag stays."""
        handler = Recorder(needs_text=frozenset({b"script"}), texts=(b"<script type=x>", b"1"))
        for step in (None, 1):
            assert rewrite(b"a<script>2<3</script>b", handler, step=step).output == b"a<script type=x>1</script>b"
        assert handler.seen_texts == [(b"script", b"2<3", True)] * 2

    def test_none_leaves_them(self) -> None:
        """A handler that only looked changes nothing."""
        page = b"<style>a</style><script></script><style>"
        handler = Recorder(needs_text=frozenset({b"script", b"style"}))
        assert rewrite(page, handler).output == page
        assert handler.seen_texts == [(b"style", b"a", True), (b"script", b"", True), (b"style", b"", True)]

    @pytest.mark.parametrize("step", [None, 1, 7])
    def test_text_that_outgrows_the_limit(self, step: int | None) -> None:
        """Its start is shown and may be replaced, the rest passes."""
        page = b"<script>" + b"x" * 72 + b"</script><p>"
        handler = Recorder(needs_text=frozenset({b"script"}), texts=(None, b"y"))
        done = rewrite(page, handler, step=step, hold_limit=64)
        assert handler.seen_texts == [(b"script", b"x" * 64, False)]
        assert done.output == b"<script>y" + b"x" * 8 + b"</script><p>"
        assert done.names == [b"script", b"p"]

    def test_text_of_the_limit_is_whole(self) -> None:
        """The limit itself still fits."""
        handler = Recorder(needs_text=frozenset({b"script"}))
        rewrite(b"<script>" + b"x" * 64 + b"</script>", handler, hold_limit=64, step=1)
        assert handler.seen_texts == [(b"script", b"x" * 64, True)]

    @pytest.mark.parametrize("step", [None, 1])
    def test_svg_text_is_shown_and_still_read_as_markup(self, step: int | None) -> None:
        """In foreign content the text may hold elements: what replaces it is looked at too."""
        handler = Recorder(needs_text=frozenset({b"style"}), texts=(None, b"<img src=y>"), rename=(b"src",))
        done = rewrite(b"<svg><style>a</style></svg><b>", handler, step=step)
        assert handler.seen_texts == [(b"style", b"a", True)]
        assert done.output == b"<svg><style><img data-consentkit-src=y></style></svg><b>"

    def test_an_svg_script_may_end_where_it_starts(self) -> None:
        """Then its text is empty for certain, and what follows is the page's."""
        handler = Recorder(needs_text=frozenset({b"script"}))
        page = b"<svg><script/></svg><script>a</script>"
        assert rewrite(page, handler).output == page
        assert handler.seen_texts == [(b"script", b"", True), (b"script", b"a", True)]

    @pytest.mark.parametrize("step", [None, 1])
    def test_text_in_doubt_ends_with_its_region(self, step: int | None) -> None:
        """A script inside noscript ends where the noscript does for one reading."""
        handler = Recorder(needs_text=frozenset({b"script"}))
        done = rewrite(b"<noscript><script>a</noscript>b</script><img>", handler, step=step)
        assert handler.seen_texts == [(b"script", b"a", True)]
        assert done.output == b"<noscript><script>a</script></noscript>b</script><img>"


class TestOversized:
    """Tags larger than the hold limit."""

    @pytest.mark.parametrize("step", [None, 1, 100])
    def test_every_attribute_is_asked_about(self, step: int | None) -> None:
        """With the start of its value; renamed when the handler says so, duplicates too."""
        page = b"<p><img alt='" + b"a" * 5000 + b'\' SRC = "x&amp;y" src=z async></p><b src=1>'
        done = rewrite(page, Recorder(rename=(b"src",)), step=step, hold_limit=1000)
        assert done.handler.asked == [(b"img", b"alt", "a" * 4096), (b"img", b"src", "x&y"), (b"img", b"src", "z")]
        expected = page.replace(b" alt", b" data-consentkit-alt").replace(b" SRC", b" data-consentkit-SRC")
        assert done.output == expected.replace(b" src", b" data-consentkit-src")

    @pytest.mark.parametrize("step", [None, 1])
    def test_the_limit_counts_the_whole_tag(self, step: int | None) -> None:
        """A tag of exactly the limit is held, one byte more isn't."""
        held = rewrite(b"<img src=" + b"x" * 54 + b">", step=step, hold_limit=64).handler
        passed = rewrite(b"<img src=" + b"x" * 55 + b">", step=step, hold_limit=64).handler
        assert (held.names, held.asked) == ([b"img"], [])
        assert (passed.names, passed.asked) == ([], [(b"img", b"src", "x" * 55)])

    @pytest.mark.parametrize("step", [None, 1])
    def test_a_value_that_is_not_judged_yet_is_closed_at_once(self, step: int | None) -> None:
        """Where a region ends inside a short value of a large tag, its quote and ``>`` are put in, once."""
        page = b"<svg><title><noscript><p l='" + b"y" * 90 + b"' a=\"</noscript><img src=x>"
        done = rewrite(page, Recorder(rename=(b"src",), oversized=False), hold_limit=80, step=step)
        assert done.output == page.replace(b"</noscript>", b'"></noscript>').replace(b"src", b"data-consentkit-src")

    def test_a_large_image_passes(self) -> None:
        """A data: URL of 200 KB is judged by its start and passes byte for byte."""
        page = b"<img src='data:image/png;base64," + b"A" * 200_000 + b"'><img src=x>"
        done = rewrite(page, Recorder(oversized=False), step=1000)
        assert done.output == page
        assert done.names == [b"img"]

    @pytest.mark.parametrize("step", [None, 1])
    def test_white_space_without_end_is_no_way_out(self, step: int | None) -> None:
        """An attribute that can't be judged within the limit is renamed unseen."""
        page = b"<img src" + b" " * 300 + b"=x>"
        done = rewrite(page, Recorder(oversized=False), step=step, hold_limit=100)
        assert done.output == page.replace(b" src", b" data-consentkit-src")

    @pytest.mark.parametrize("step", [None, 1])
    def test_the_text_of_an_oversized_script_is_shown(self, step: int | None) -> None:
        """Its start tag has passed, but its text can still be taken out."""
        handler = Recorder(oversized=False, texts=(b"unused", b""))
        page = b"<script data-x='" + b"a" * 100 + b"'>load()</script>"
        assert rewrite(page, handler, step=step, hold_limit=64).output == page.replace(b"load()", b"")
        assert handler.seen_texts == [(b"script", b"load()", True)]

    @pytest.mark.parametrize("step", [None, 1])
    def test_end_tags_pass(self, step: int | None) -> None:
        """Nobody is asked about an end tag's attributes, and it still ends its element."""
        page = b"<select></select a='" + b"x" * 100 + b"'><style><img></style>"
        done = rewrite(page, step=step, hold_limit=64)
        assert done.output == page
        assert done.names == [b"select", b"style"]

    @pytest.mark.parametrize(
        "page",
        [
            b"<" * 300_000,
            b"<!--" * 100_000,
            b"<a " * 100_000,
            b"<img src='" + b"x" * 300_000,
            b"<img src=" + b"/" * 300_000,
            b"<img " + b"a=1 " * 80_000,
            b"<" + b"a" * 300_000,
            b"<img " + b"a" * 300_000,
            b"<img a" + b" " * 300_000,
            b"</" * 100_000,
            b"<script>" + b"<!--" * 80_000,
            b"<svg>" + b"<g>" * 50_000,
            b"<noscript>" + b"<p title='</noscript>" * 3_000,
            b"<title>&#10;" * 10,
        ],
    )
    def test_memory_is_bounded(self, page: bytes) -> None:
        """However hostile the page, no more than the limit and one chunk is held."""
        rewriter = Rewriter(Recorder(oversized=False))
        for start in range(0, len(page), 1024):
            rewriter.feed(page[start : start + 1024])
            assert len(rewriter._window.data) <= 65536 + 8192


class TestBody:
    """Where the body's content starts."""

    @pytest.mark.parametrize(
        ("page", "rest"),
        [
            (b"<!doctype html><p>a", b"<p>a"),
            (b"<html><head><title>t</title></head><body class=x>a", b"a"),
            (b"<html> <!-- c --> text", b"text"),
            (b"<!doctype html><title>t</title>&#32; <p>", b"<p>"),
            (b"<!doctype html>&nbsp;<p>", b"&nbsp;<p>"),
            (b"<!doctype html><script>a</script><style>b</style><link><meta><base>c", b"c"),
            (b"<!doctype html><noscript><p></noscript><body>a", b"a"),
            (b"<html></head><noscript>a", b"<noscript>a"),
            (b"<html><template><p></template><p>", b"<p>"),
            (b"<html></body>", b"</body>"),
            (b"<html></p></head>x", b"x"),
            (b"\xef\xbb\xbf<!doctype html>a", b"a"),
            (b"<html><", b""),
            (b"<html>", b""),
            (b"<html>< a", b"< a"),
            (b"<head><svg>", b"<svg>"),
            (b"<!DOCTYPE html><textarea>", b"<textarea>"),
            (b"<html><body " + b"x" * 200 + b">a", b"a"),
        ],
    )
    def test_start(self, page: bytes, rest: bytes) -> None:
        """After the body tag, or before the first token that opens the body (WHATWG 13.2.6.4.1 to 6)."""
        done = disarmed(page, hold_limit=100)
        assert done.body_offset is not None
        assert done.output[done.body_offset :] == rest

    @pytest.mark.parametrize("page", [b"<div>a</div>", b"a<html><body>", b"<title>a</title>", b"", b"<html><frameset>"])
    def test_fragments_and_framesets_have_none(self, page: bytes) -> None:
        """A page that is no document by its tags takes nothing in."""
        assert disarmed(page).body_offset is None

    @pytest.mark.parametrize("page", [b"", b"a", b"<title>a</title>", b"<p>"])
    def test_a_document_always_has_one(self, page: bytes) -> None:
        """When the caller says so, at the latest at the end."""
        assert rewrite(page, document=True).body_offset is not None
        assert rewrite(page, document=False).body_offset is None

    @pytest.mark.parametrize(
        ("before", "token"),
        [(b"<!doctype html><title>t</title>", b"x"), (b"<html><head>", b"<body>"), (b"<html>", b"<p>")],
    )
    def test_known_with_the_deciding_token(self, before: bytes, token: bytes) -> None:
        """Not before, and without reading on."""
        rewriter = Rewriter(Recorder())
        rewriter.feed(before)
        assert rewriter.body_offset is None
        rewriter.feed(token)
        assert rewriter.body_offset is not None

    def test_it_counts_output(self) -> None:
        """What was inserted before the body moves it."""
        done = disarmed(b"<html><script src=x></script><body src=y>z")
        assert done.body_offset is not None
        assert done.output[done.body_offset :] == b"z"


def test_a_limit_that_holds_no_name_is_refused() -> None:
    """A name cut short would be taken for another; the message names value and remedy."""
    with pytest.raises(ValueError, match=r"hold_limit 63 .* use 64"):
        Rewriter(Recorder(), hold_limit=63)


def test_replacements_are_sent_as_they_are() -> None:
    """A handler may put anything in place of a tag; it isn't read again."""

    class Replacing(Recorder):
        def start_tag(self, tag: StartTag) -> bytes:
            super().start_tag(tag)
            return b"<!--<img src=" + tag.name + b">"

    handler = Replacing(but("iframe"))
    assert rewrite(b"a<iframe>b</iframe>c", handler).output == b"a<!--<img src=iframe>b</iframe>c"
    assert handler.names == [b"iframe"]


def test_what_can_be_sent_is_sent() -> None:
    """Only an unfinished token is held back."""
    rewriter = Rewriter(Recorder())
    assert rewriter.feed(b"<p>text<b") == b"<p>text"
    assert rewriter.feed(b"><!-- comment -") == b"<b><!-- comment "
    assert rewriter.feed(b"-><script>a</scr") == b"--><script>a"
    assert rewriter.feed(b"ipt>b") == b"</script>b"
    assert rewriter.close() == b""
