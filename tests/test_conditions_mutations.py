"""Mutations: a document that somebody got wrong anywhere is refused with the place, or is right."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import conditions
from crmkit import lifecycle
from crmkit.conditions import Condition, digest, from_json, to_json
from crmkit.conditions.documents import MAX_CHARACTERS
from crmkit.errors import CrmkitError, InvalidValue
from crmkit.lifecycle import Lifecycle
from crmkit.playbook import RETAIL, SHIPPED, Playbook

ANY: Any = Condition
DOCUMENTS: tuple[tuple[dict[str, Any], Any], ...] = tuple(
    (json.loads(to_json(one)), type(one)) for one in (*SHIPPED, lifecycle.RETAIL, lifecycle.MEMBERSHIP)
)
JUNK: tuple[Any, ...] = (
    *("x", "", "\ud800", "2024-01-01", "09:00", "25:00", "2024-01-01T00:00:00"),
    *(3, -1, 0, 10**30, 10**400, 1.5, 1e308, True, None),
    *([], [1], [[]], ["a", "a"], {}, {"a": 1}),
    *({"node": "and"}, {"node": []}, {"node": "and", "parts": []}),
    *({"days": "3"}, {"days": 10**12}, {"micros": 10**30}, {"months": 10**9, "zone": "UTC"}),
    *({"months": 1, "zone": "X"}, {"local_days": 1, "zone": ""}, {"on": "2024-02-31"}, {"at": 3}),
)
WAYS = ("replace", "delete", "rename", "wrap", "move")


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every node of a document but itself."""
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    found: list[tuple[Any, ...]] = []
    for key, value in inside:
        found.append((*path, key))
        if isinstance(value, (dict, list)):
            found += places(value, (*path, key))
    return found


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def mutated(data: st.DataObject, document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with one or two of its nodes changed."""
    document = copy.deepcopy(document)
    for _ in range(data.draw(st.integers(1, 2))):
        known = places(document)
        path = data.draw(st.sampled_from(known))
        parent, key, way = at(document, path[:-1]), path[-1], data.draw(st.sampled_from(WAYS))
        if way == "replace":
            parent[key] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
        elif way == "wrap":
            parent[key] = data.draw(st.sampled_from(([parent[key]], {"value": parent[key]})))
        elif way == "move":
            parent[key] = copy.deepcopy(at(document, data.draw(st.sampled_from(known))))
        elif way == "rename" and isinstance(parent, dict):
            parent[f"{key}x"] = parent.pop(key)
        else:
            del parent[key]
        if not places(document):
            break
    return document


def read_or_refused(document: dict[str, Any], type_: Any) -> None:
    """Check that a document is a value that is written as such, or is refused in words of ours."""
    try:
        value = from_json(json.dumps(document), type_)
    except CrmkitError as refused:
        said = str(refused)
        assert not re.search(r"unknown error|object has no|invalid (value|type)|not iterable", said), said
    else:
        assert len(digest(value)) == 16


@given(st.data(), st.sampled_from(DOCUMENTS))
def test_a_mutated_definition_is_read_or_refused(data: st.DataObject, given: tuple[Any, Any]) -> None:
    """Whatever stands where it should not in a playbook or lifecycle, one clear error says where."""
    document, type_ = given
    read_or_refused(mutated(data, document), type_)


@given(st.data(), conditions())
def test_a_mutated_condition_is_read_or_refused(data: st.DataObject, condition: Condition) -> None:
    """And so it is for a condition alone."""
    read_or_refused(mutated(data, json.loads(to_json(condition))), ANY)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ("x", r"expected an object with the fields of a Playbook, got text"),
        (None, "a Playbook, got null"),
        ([], r"a Playbook, got a list"),
        ({}, r"required field missing @ \$\.name"),
    ],
)
def test_the_value_of_a_document_may_be_anything(change: object, match: str) -> None:
    """Where a definition should stand, what stands there is said."""
    with pytest.raises(InvalidValue, match=match):
        from_json(json.dumps({"crmkit": 1, "type": "Playbook", "value": change}), Playbook)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (
            '"channel":["call","wecom","email","sms"]',
            '"channel":"wecom"',
            r"expected a list @ \$\.rules\[0\]\.channel",
        ),
        ('"node":"compare"', '"node":"compar"', r"Did you mean 'compare'\? @ \$\.\w+"),
        ('"op":"=="', '"op":"="', r"expected one of ==, !=, <, <=, >, >=, got text @ \$\."),
        ('"start":"21:00"', '"start":"9 pm"', r"a time of day is written 'HH:MM', .* @ \$\.policy\.quiet"),
        ('{"days":', '{"days":9999999999999, "x":', r"expected a duration"),
        ('{"days":', '{"days":9999999999999', r"a number is out of range @ \$\."),
    ],
)
def test_mistakes_in_a_playbook_are_named(old: str, new: str, match: str) -> None:
    """What is expected, what was found, and where."""
    text = to_json(RETAIL)
    assert old in text
    with pytest.raises(InvalidValue, match=match):
        from_json(text.replace(old, new, 1), Playbook)


def test_options_are_a_list_of_values() -> None:
    """A text is no list of its letters."""
    node = {"node": "in", "value": {"node": "field", "name": "x"}, "options": "abc"}
    with pytest.raises(InvalidValue, match=r"expected a list of values, got text @ \$\.options"):
        from_json(json.dumps({"crmkit": 1, "type": "Condition", "value": node}))


def test_the_mark_that_windows_writes_is_read_over() -> None:
    """An editor that begins a file with a byte order mark does no harm."""
    assert from_json(f"\ufeff{to_json(RETAIL)}", Playbook) == RETAIL


def test_a_definition_holds_unicode_only() -> None:
    """Half a character could be neither hashed nor stored."""
    broken = to_json(lifecycle.RETAIL).replace('"new"', '"\\ud800"')
    with pytest.raises(InvalidValue, match="no Unicode"):
        from_json(broken, Lifecycle)


@pytest.mark.parametrize("piece", ['\\"', '"', "\\", '"\\', "[]", '"a"'])
def test_the_size_of_a_document_is_its_cost(piece: str) -> None:
    """Four million hostile characters are looked through in a moment: time grows with length, not its square."""
    with pytest.raises(InvalidValue):
        from_json('"' + piece * (MAX_CHARACTERS // (2 * len(piece))))
