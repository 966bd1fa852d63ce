"""The manifest's JSON Schema, for editors that complete and check while one types.

It knows shapes, words and examples; what needs two places of the file at once (references, duplicates), and durations
in words, only ``consentkit check`` tells. ``python -m consentkit.manifest.schema`` writes it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from consentkit.duration import Duration
from consentkit.manifest import catalogue
from consentkit.manifest.model import Manifest

FILE: Final = "consent.schema.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles pydantic makes of field names: they repeat the key."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def encode_default(self, dft: Any) -> Any:
        return str(dft) if isinstance(dft, Duration) else super().encode_default(dft)


def build() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12)."""
    generated = Manifest.model_json_schema(schema_generator=_Untitled)
    _allow_use(generated)
    return {"$schema": _DIALECT, **generated, "title": "consentkit manifest"}


def _allow_use(generated: dict[str, Any]) -> None:
    """Let a service be taken from the catalogue: then only ``use`` is required, and anything may be overridden."""
    definitions = generated["$defs"]
    definitions["VendorOverride"] = {**definitions["Vendor"], "required": [], "title": "VendorOverride"}
    use = {
        "description": "Its id in the catalogue of common services.",
        "enum": list(catalogue.ids()),
        "type": "string",
    }
    definitions["CatalogueService"] = {
        **definitions["Service"],
        "description": "A service of the catalogue; what is written here replaces what the catalogue says.",
        "properties": {
            "use": use,
            **definitions["Service"]["properties"],
            "vendor": {
                "$ref": "#/$defs/VendorOverride",
                "description": "Who runs it; any field alone may be replaced.",
            },
        },
        "required": ["use"],
        "title": "CatalogueService",
    }
    # if/then/else rather than anyOf: an editor then shows the mistake of the one shape that is meant.
    generated["properties"]["services"]["items"] = {
        "if": {"required": ["use"]},
        "then": {"$ref": "#/$defs/CatalogueService"},
        "else": {"$ref": "#/$defs/Service"},
    }


def text() -> str:
    """Return the schema as it is committed."""
    # Docstrings mark code in reStructuredText, editors read Markdown.
    return json.dumps(build(), ensure_ascii=False, indent=2).replace("``", "`") + "\n"


def main(arguments: list[str]) -> None:
    """Write the schema to the path given, or to ``consent.schema.json`` in the current directory."""
    Path(arguments[0] if arguments else FILE).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
