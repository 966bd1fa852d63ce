"""However a page is cut on its way, what comes out is the same, and so is what is asked about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rewriting import Recorder, Rewritten, rewrite, without
from tagsoup import pages

_CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.html"))
# In the broken one readings differ, so closers are put in.
_CLEAR = [path for path in _CORPUS if path.stem != "broken"]

# Elements whose content may be text or markup, in namespaces that can't be told, and what escapes a script's text.
_UNCERTAIN = (
    "<svg> </svg> </x> <math> <mi> <desc> <script/> <script> </script> <textarea> </textarea> <noscript> </noscript> "
    "<style> </style> <title> </title> <noembed> </noembed> <template> <select> <table> <!-- --> <![CDATA[ ]]> <img>"
).split()


def _recorder() -> Recorder:
    return Recorder(
        without("src"), rename=(b"src",), needs_text=frozenset({b"script", b"style"}), texts=(None, b"<p src=1>")
    )


def _told(done: Rewritten) -> object:
    handler = done.handler
    sources = [tag.source for tag in handler.tags]
    return done.output, done.body_offset, sources, handler.seen_texts, handler.asked


@settings(max_examples=400, deadline=None)
@given(page=pages, hold_limit=st.sampled_from([64, 80, 65536]), data=st.data())
def test_tag_soup(page: str, hold_limit: int, data: st.DataObject) -> None:
    """Whole, byte by byte and random cuts agree, with large limits and small."""
    source = page.encode()
    cuts = tuple(data.draw(st.lists(st.integers(0, len(source)), max_size=6), label="cuts"))
    whole = _told(rewrite(source, _recorder(), hold_limit=hold_limit))
    assert _told(rewrite(source, _recorder(), hold_limit=hold_limit, step=1)) == whole
    assert _told(rewrite(source, _recorder(), hold_limit=hold_limit, cuts=cuts)) == whole


@pytest.mark.parametrize("path", _CORPUS, ids=lambda path: path.stem)
@pytest.mark.parametrize("hold_limit", [64, 65536])
def test_corpus(path: Path, hold_limit: int) -> None:
    """Each page of the corpus comes out the same in steps of any size."""
    source = path.read_bytes()
    whole = _told(rewrite(source, _recorder(), hold_limit=hold_limit))
    for step in (1, 7, 1000):
        assert _told(rewrite(source, _recorder(), hold_limit=hold_limit, step=step)) == whole


@pytest.mark.parametrize("path", _CLEAR, ids=lambda path: path.stem)
def test_corpus_cut_anywhere_passes_untouched(path: Path) -> None:
    """Where nobody changes anything, a page of the corpus that leaves no doubt comes out as it went in."""
    source = path.read_bytes()
    for cut in range(0, len(source), 97):
        assert rewrite(source, cuts=(cut,)).output == source


@settings(max_examples=400, deadline=None)
@given(pieces=st.lists(st.sampled_from(_UNCERTAIN), min_size=3, max_size=12))
@example(pieces=["<svg>", "</x>", "<script/>", "<textarea>", "<script/>", "</textarea>", "<!--"])
def test_uncertain_readings(pieces: list[str]) -> None:
    """What is put in to bring readings together doesn't depend on what is in sight by then."""
    source = "".join(pieces).encode()
    assert _told(rewrite(source, _recorder(), step=1)) == _told(rewrite(source, _recorder()))


@settings(max_examples=200, deadline=None)
@given(page=pages)
def test_tag_soup_is_only_added_to(page: str) -> None:
    """Every byte of the page is in the output, in its order."""
    source = page.encode()
    left = iter(rewrite(source, Recorder(rename=(b"src",))).output)
    assert all(byte in left for byte in source)
