"""Scripts that read what tells one device from another (EDPB Guidelines 2/2023 §37; WP29 Opinion 9/2014).

No wall recognises such a script of the site's own when it runs: each thing it reads has honest uses. What gives it away
is how many of them it reads, and that what it draws or sounds is never shown.
"""

from __future__ import annotations

import re
from typing import Final

# Each stands for one thing that is read; all of its patterns must be there.
_TECHNIQUES: Final = {
    "canvas": (rb"\bfillText\b", rb"\b(?:toDataURL|getImageData)\b"),
    "graphics card": (rb"WEBGL_debug_renderer_info|UNMASKED_(?:RENDERER|VENDOR)_WEBGL",),
    "audio": (rb"OfflineAudioContext",),
    "fonts": (rb"mmmmmmmmmm[lw]",),
    "plugins": (rb"\.(?:plugins|mimeTypes)\b",),
    "processor and memory": (rb"\bhardwareConcurrency\b|\bdeviceMemory\b",),
    "screen": (rb"\.(?:colorDepth|pixelDepth|availWidth|availHeight)\b",),
    "time zone": (rb"\bgetTimezoneOffset\b|resolvedOptions\(\)\.timeZone",),
    "cameras and microphones": (rb"\benumerateDevices\b",),
    "battery": (rb"\bgetBattery\b",),
}
_PATTERNS: Final = {name: [re.compile(pattern) for pattern in patterns] for name, patterns in _TECHNIQUES.items()}
# Without one of these there is too little to tell devices apart, and much that only measures audiences reads the rest.
_STRONG: Final = frozenset({"canvas", "graphics card", "audio", "fonts"})
_LEAST: Final = 3


def techniques(source: bytes) -> tuple[str, ...]:
    """Return what a script reads of the device, if together it is enough to tell it apart; else nothing."""
    found = tuple(name for name, patterns in _PATTERNS.items() if all(pattern.search(source) for pattern in patterns))
    return found if len(found) >= _LEAST and _STRONG.intersection(found) else ()
