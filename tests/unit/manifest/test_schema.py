"""The JSON Schema for editors."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from consentkit.manifest import schema

COMMITTED = Path(__file__).parents[3] / schema.FILE


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    """A validator of the generated schema."""
    jsonschema.Draft202012Validator.check_schema(schema.build())
    return jsonschema.Draft202012Validator(schema.build())


def test_the_committed_schema_is_the_generated_one() -> None:
    """``make schema`` was run after the last change of the model."""
    assert COMMITTED.read_text(encoding="utf-8") == schema.text()


def test_writes_where_it_is_told(tmp_path: Path) -> None:
    """The module's entry point writes the same text to a path."""
    schema.main([str(tmp_path / "out.json")])
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == schema.text()


def as_json(value: Any) -> Any:
    """Turn the dates PyYAML reads back into the text an editor sees."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def test_accepts_a_good_manifest(validator: jsonschema.Draft202012Validator, data: dict[str, Any]) -> None:
    """The realistic manifest has no error."""
    assert list(validator.iter_errors(as_json(data))) == []


def test_accepts_a_service_of_the_catalogue(validator: jsonschema.Draft202012Validator, data: dict[str, Any]) -> None:
    """``use`` alone is a service, and any field may stand beside it."""
    data["services"] = [{"use": "hotjar"}, {"use": "vimeo", "vendor": {"role": "processor"}}]
    assert list(validator.iter_errors(as_json(data))) == []


BAD = {
    "unknown entry of the catalogue": lambda data: data.update(services=[{"use": "hotjarr"}]),
    "unknown key beside use": lambda data: data.update(services=[{"use": "hotjar", "hots": []}]),
    "unknown key": lambda data: data.update(servces=[]),
    "missing site": lambda data: data.pop("site"),
    "other version": lambda data: data.update(version=2),
    "number for text": lambda data: data["site"].update(name=12),
    "unknown exemption": lambda data: data["purposes"][0].update(exempt="interest"),
    "id with spaces": lambda data: data["purposes"][0].update(id="A b"),
    "no purposes": lambda data: data.update(purposes=[]),
    "unknown role": lambda data: data["services"][0]["vendor"].update(role="friend"),
    "cookie without lifetime": lambda data: data["services"][0]["cookies"][0].pop("lifetime"),
    "host with scheme": lambda data: data["services"][0].update(hosts=["https://a.example"]),
    "script for link": lambda data: data["site"]["controller"].update(policy="javascript:x"),
    "long country": lambda data: data["site"]["controller"].update(country="France"),
    "text per no language": lambda data: data["purposes"][2].update(title={"everyone": "x"}),
    "too many bits": lambda data: data["anonymise"].update(ipv4=32),
    "region that is no country": lambda data: data.update(regions={"FRA": "opt-in"}),
    "unknown regime": lambda data: data.update(regions={"FR": "optin"}),
    "unknown policy for the unlisted": lambda data: data.update(unlisted="allow"),
}


@pytest.mark.parametrize("mistake", BAD)
def test_rejects_a_bad_one(validator: jsonschema.Draft202012Validator, data: dict[str, Any], mistake: str) -> None:
    """Each usual mistake is underlined in an editor."""
    changed = as_json(copy.deepcopy(data))
    BAD[mistake](changed)
    assert not validator.is_valid(changed)


def test_every_key_is_described(validator: jsonschema.Draft202012Validator) -> None:
    """An editor shows what each key means."""
    models = [validator.schema, *(part for part in validator.schema["$defs"].values() if "properties" in part)]
    bare = [key for model in models for key, value in model["properties"].items() if "description" not in value]
    assert bare == []
