"""Pages nobody would write: what decides where a tag starts and ends, in any order, around elements that fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import tagsoup

if TYPE_CHECKING:
    import random

HOST: Final = "www.facebook.com"
"""Whom the elements contact; the manifest of the tests declares it and nobody has allowed it."""

_URLS = (
    f"//{HOST}/t",
    f"https://{HOST}/t",
    f"HTTPS:\\\\{HOST}/t",
    f"https:{HOST}/t",
    f"&#x2f;/{HOST}/t",
    f"&sol;&sol;{HOST}:443/t",
    f"/\t/{HOST}./t",
    f"https://user@{HOST}/t",
)
_FETCHING = (
    "<img src={}>",
    "<img alt='>' src={}>",
    "<img srcset={}>",
    "<iframe src={}></iframe>",
    "<iframe srcdoc='<img src={}>'></iframe>",
    "<frame src={}>",
    "<script src={}></script>",
    "<script type=module src={}></script>",
    "<script>fetch('{}')</script>",
    "<link rel=stylesheet href={}>",
    "<link rel=preload as=image href={}>",
    "<object data={}></object>",
    "<embed src={}>",
    "<video poster={}></video>",
    "<audio src={}></audio>",
    "<input type=image src={}>",
    "<form action={}><button>",
    "<button formaction={}>",
    "<body background={}>",
    "<base href={}>",
    "<meta http-equiv=refresh content='0;url={}'>",
    "<svg><image href={} /></svg>",
    "<svg><use xlink:href={} /></svg>",
    "<svg><script href={} /></svg>",
    "<math><mglyph src={}></math>",
    "<image src={}>",
    "<p style=background:url({})>",
    "<table background={}>",
    "<template><img src={}></template>",
    "<template shadowrootmode=open><img src={}></template>",
    "<source src={}>",
    "<track src={}>",
)
_DOUBTS = (
    "<![CDATA[ ]]> <svg></x> <math></p> <template> </template> <select> </select> <noscript> </noscript> <style> "
    "</style> <script> </script> <plaintext> <frameset> <svg><title> <math><annotation-xml> </svg> </math>"
).split(" ")
_AROUND = (
    "<svg> <math> </x> <p> <frameset> <select> <template> <col> <table> <desc> <mi> </svg> </math> </template> "
    "</select>"
).split()


def pieces(source: random.Random) -> list[str]:
    """Return a page in one to twenty pieces."""
    if source.randrange(8) == 0:
        return _script_in_doubt(source)
    return [_piece(source) for _ in range(source.randrange(1, 18))]


def cuts(source: random.Random, length: int) -> list[int]:
    """Return places to cut a page of a length at, in order."""
    return sorted(source.randrange(length + 1) for _ in range(source.randrange(1, 6)))


def _script_in_doubt(source: random.Random) -> list[str]:
    """Return a page with a script in what may be text; what begins and ends that may stand in the script again."""
    names, around = source.sample(tagsoup.TEXT_NAMES, 2), source.sample(_AROUND, 4)
    starts, ends = [f"<{name}>" for name in names], [f"</{name}>" for name in names]
    before = source.choices([*starts, *around], k=source.randrange(1, 7))
    within = source.choices([*starts, *ends, *around, "/*", "*/", "<!--", "-->"], k=source.randrange(1, 7))
    return [*before, "<script>", *within, f"fetch('{source.choice(_URLS)}')", source.choice(within), "</script>"]


def _piece(source: random.Random) -> str:
    match source.randrange(9):
        case 0 | 1 | 2:
            return source.choice(_FETCHING).format(source.choice(_URLS))
        case 3:
            return source.choice(tagsoup.PLACES)
        case 4:
            end = source.choice((">", ">", ">", "/>", ""))
            return f"<{source.choice(tagsoup.NAMES)}{source.choice(tagsoup.ATTRIBUTES)}{end}"
        case 5:
            end = source.choice((">", ">", " >", "/>", ' a="'))
            return f"</{source.choice(tagsoup.NAMES)}{end}"
        case 6:
            return source.choice(tagsoup.TEXTS)
        case 7:
            name = source.choice(tagsoup.TEXT_NAMES)
            return f"<{name}>{''.join(_piece(source) for _ in range(source.randrange(4)))}</{name}>"
        case _:
            return source.choice(_DOUBTS)
