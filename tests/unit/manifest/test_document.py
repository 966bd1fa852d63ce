"""YAML as nodes: types, places and refusals."""

from __future__ import annotations

import pytest

from consentkit.manifest.document import MAX_DEPTH, Node, Place, compose


def read(text: str) -> Node:
    root, problems = compose(text, "a.yaml")
    assert root is not None
    assert problems == []
    return root


def refused(text: str) -> list[str]:
    return [str(problem) for problem in compose(text, "a.yaml")[1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("1:30", "1:30"),
        ("2022-05-04", "2022-05-04"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("'12'", "12"),
        ('"true"', "true"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    """Plain scalars have the types of the YAML 1.2 core schema; quoted ones are text."""
    found = read(f"a: {text}").plain()["a"]
    assert found == value
    assert type(found) is type(value)


def test_places_of_keys_and_values() -> None:
    """Each key and value is found at its line and column, counted from 1."""
    root = read("a: 1\nb:\n  - x\n  - {c: 2}\n")
    assert root.find(("b", 1, "c")) == Place(4, 9)
    assert root.find(("b", 1, "c"), key=True) == Place(4, 6)
    assert root.find(("b", 0)) == Place(3, 5)


def test_a_path_that_ends_early_leads_to_its_last_step() -> None:
    """A missing key is placed at the mapping that lacks it."""
    root = read("a: 1\nb:\n  - {c: 2}\n")
    assert root.find(("b", 0, "d", "e")) == Place(3, 5)
    assert root.find(("b", 7)) == Place(3, 3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3", "a.yaml:3:1: a: 'a' stands here twice, first on line 1; keep one"),
        ("a: &x 1", "a.yaml:1:4: a: anchor '&x' is refused; write the value out where it is needed"),
        ("a: *x", "a.yaml:1:4: a: alias '*x' is refused; write the value out"),
        ("a: !!str 1", "a.yaml:1:4: a: tag '!!str' is refused; write the plain value"),
        ("a: !secret x", "a.yaml:1:4: a: tag '!secret' is refused; write the plain value"),
        ("<<: {a: 1}", "a.yaml:1:1: <<: merge key '<<' is refused; write the keys out"),
        ("? [a]\n: 1", "a.yaml:1:3: a mapping or a list can't be a key; write a name"),
        ("a: 1\n---\nb: 2", "a.yaml:2:1: a second document begins; keep one manifest in a file"),
        ("a: \x07", "a.yaml:1:4: the character U+0007 is not allowed in YAML; remove it"),
    ],
)
def test_refuses_what_hides_or_repeats(text: str, problem: str) -> None:
    """Duplicate keys, indirection, tags and further documents are each refused at their place."""
    assert problem in refused(text)


def test_a_quoted_merge_key_is_a_name() -> None:
    """Only a plain ``<<`` merges; a quoted one is a key like another."""
    assert read("'<<': 1").plain() == {"<<": 1}


def test_lists_every_problem() -> None:
    """Reading goes on after a refused key, so that one run lists all of them."""
    assert len(refused("a: &x 1\na: 2\nb: !t 3\nc: {d: 1, d: 2}\n")) == 4


def test_a_refused_key_is_left_out() -> None:
    """The first of two equal keys is kept, and what lies below the second goes with it."""
    root, problems = compose("a: {b: 1}\na: {c: 2}\nd: 3", "a.yaml")
    assert root is not None
    assert root.plain() == {"a": {"b": 1}, "d": 3}
    assert len(problems) == 1


@pytest.mark.parametrize("text", ["a: [1, 2", "a: 'x", "a: b: c", "\ta: 1", "a: *", "- a\nb: 1"])
def test_broken_yaml_has_a_place(text: str) -> None:
    """What is no YAML gives one problem with a line, and no tree that is half of it."""
    root, problems = compose(text, "a.yaml")
    assert root is None
    assert [problem.message[:8] for problem in problems] == ["not YAML"]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_deep_nesting_is_refused(opening: str, closing: str) -> None:
    """Nesting beyond the limit is refused without recursion; up to it, it is read."""
    assert compose(opening * MAX_DEPTH + closing * MAX_DEPTH, "a.yaml")[0] is not None
    root, problems = compose(opening * 100_000, "a.yaml")
    assert root is None
    assert "nested deeper than 32 levels" in problems[0].message


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n..."])
def test_nothing_is_no_problem_of_yaml(text: str) -> None:
    """An empty text has no value; whether that is a problem is not YAML's business."""
    root, problems = compose(text, "a.yaml")
    assert root is None or root.value is None
    assert problems == []
