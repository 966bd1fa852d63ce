"""Generated HTML that parsers disagree about: what decides where a tag starts and ends, in any order."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = (
    "div p b a table tr td caption col colgroup select option template noscript style script title textarea xmp iframe "
    "noembed noframes svg math desc foreignObject g mi mtext annotation-xml mglyph font form button li h1 br frameset "
    "head body html object nobr span ruby image"
).split()
TEXT_NAMES = "noscript style script title textarea xmp iframe noembed noframes".split()
PLACES = [
    "<select>",
    "<frameset>",
    "<template><col>",
    "<template>",
    "<svg>",
    "<svg><g>",
    "<svg><desc>",
    "<svg><title>",
    "<svg><desc><b>",
    "<svg></p>",
    "<svg></x>",
    "<svg><style>",
    "<svg><g><path d='a'/></g></svg>",
    "<select><svg>",
    "<math>",
    "<math><mi>",
    "<math><annotation-xml encoding=text/html>",
    "<math><annotation-xml><svg>",
    "<table>",
    "<table><tr>",
    "<noscript>",
    "<head>",
    "<svg>" + "<g>" * 130,
]
TEXTS = (
    "x|<|</|<!|<!-|<!--|-->|--!>|--|->|>|\"|'|]]>|<![CDATA[|<![CDA|<?|<!DOCTYPE html>|<!-->|<!--->|&amp;|=|/|\n|\t| |`|"
    "&#10;|<!--<script>|<scrip|</scrip|</style|</noscript|</script|</title|</select"
).split("|")
ATTRIBUTES = [
    "",
    ' x="',
    " y='",
    ' z=">"',
    " color=red",
    " l='" + "y" * 60 + "'",
    "/",
    " v='</noscript>'",
    " v='-->'",
    " w=</style>",
]
# `src` marks what must not be live afterwards.
LIVE = [
    "<img src=1>",
    "<img src='1'>",
    '<img alt=">" src="1">',
    "<iframe src=1></iframe>",
    "<script src=1></script>",
    "<style src=1>",
    "<svg src=1>",
    "<svg><image src=1 /></svg>",
    "<image src=1>",
    "<frame src=1>",
    "<template src=1>",
]


def _joined(*parts: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(*map(st.sampled_from, parts)).map("".join)


_starts = _joined(["<"], NAMES, ATTRIBUTES, [">", ">", ">", "/>", ""])
_ends = _joined(["</"], NAMES, [">", ">", " >", "/>", ' a="'])
_live = st.sampled_from(LIVE)
_pieces = st.one_of(_live, st.sampled_from(PLACES), _starts, _ends, st.sampled_from(TEXTS), _live)
_texts = st.tuples(st.sampled_from(TEXT_NAMES), st.lists(_pieces, max_size=3).map("".join)).map(
    lambda element: f"<{element[0]}>{element[1]}</{element[0]}>"
)

pages = st.lists(st.one_of(_pieces, _pieces, _pieces, _texts), min_size=1, max_size=14).map("".join)
"""Tag soup as text."""
