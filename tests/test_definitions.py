"""One walk over every definition of the library: JSON, schema, version, digest, diff, and what is refused."""

from __future__ import annotations

import copy
import datetime as dt
import json
import random
from functools import cache, partial
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from crmkit import lifecycle
from crmkit.calendars import Calendar
from crmkit.conditions import Change, Condition, Diff, diff, digest, from_json, inverse, schema, to_json
from crmkit.conditions.converter import definition_converter
from crmkit.conditions.differences import name_in_list
from crmkit.conditions.documents import MAX_CHARACTERS, VERSION
from crmkit.errors import CrmkitError, InvalidValue
from crmkit.model import Record, RecordId
from crmkit.playbook import RETAIL, Playbook
from definition_pools import BY_TYPE, NO_DEFINITIONS, definitions, public_values, type_of, variations

TYPES = [Condition, *BY_TYPE]
NAMES = [getattr(one, "__name__", "Condition") for one in TYPES]
each_type = pytest.mark.parametrize("type_", TYPES, ids=NAMES)
SECRET = "mei.lin@example.com"
JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    1.5,
    "",
    "x",
    [],
    ["x"],
    {},
    {"node": "and"},
    {"days": 1},
    [1],
    [["x", 1]],
)


@cache
def validator(type_: Any) -> Draft202012Validator:
    return Draft202012Validator(schema(type_))


def example(type_: Any) -> Any:
    return RETAIL.rules[0].when if type_ is Condition else BY_TYPE[type_][0]


def document(definition: Any) -> Any:
    return json.loads(to_json(definition))


def test_every_value_that_is_offered_is_a_definition_or_is_said_to_be_none() -> None:
    """A new definition has to be walked, and a new answer has to be called one."""
    none = {f"{package}.{name}" for package, names in NO_DEFINITIONS.items() for name in names.split()}
    offered = public_values()
    walked = {name for name, type_ in offered.items() if type_ in BY_TYPE}

    assert sorted(offered.keys() - walked - none - {"calendars.LocalDays", "calendars.Months"}) == []
    assert sorted(none & walked) == []
    assert sorted(none - offered.keys()) == []


@given(definitions())
def test_what_is_written_is_read_back(definition: Any) -> None:
    """As an equal definition, with an equal digest, and it fits its schema."""
    type_ = type_of(definition)
    again = from_json(to_json(definition), type_)

    assert again == definition
    assert to_json(again) == to_json(definition)
    assert validator(type_).is_valid(document(definition))


@given(definitions(), st.randoms(use_true_random=False))
def test_a_digest_is_of_what_is_said(definition: Any, rng: random.Random) -> None:
    """Not of the order of keys, nor of spaces."""
    loose = json.dumps(shuffled(document(definition), rng), indent=2)

    assert digest(from_json(loose, type_of(definition))) == digest(definition)


def shuffled(value: Any, rng: random.Random) -> Any:
    """Return a JSON value with the keys of every object in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], rng) for key in rng.sample(list(value), len(value))}
    return [shuffled(one, rng) for one in value] if isinstance(value, list) else value


@each_type
def test_a_schema_is_a_schema(type_: Any) -> None:
    """Of draft 2020-12, and says what the definition is."""
    Draft202012Validator.check_schema(schema(type_))
    assert all(one.get("description") or name == "Condition" for name, one in schema(type_)["$defs"].items())


@given(definitions(), st.data())
def test_schema_and_reader_agree_on_what_somebody_got_wrong(definition: Any, data: st.DataObject) -> None:
    """What does not fit the schema is refused; what fits is read, or refused in a sentence."""
    type_ = type_of(definition)
    wrong = data.draw(mutated(document(definition)))
    fits = validator(type_).is_valid(wrong)
    try:
        again = from_json(json.dumps(wrong), type_)
    except CrmkitError:
        return
    assert fits
    assert validator(type_).is_valid(document(again))


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """Return a JSON value with one place of it changed, or a key more or less."""
    value = copy.deepcopy(value)
    inside, key = draw(st.sampled_from(list(places(value))))
    match draw(st.sampled_from(("replace", "replace", "drop", "add"))):
        case "replace":
            inside[key] = draw(st.sampled_from(JUNK))
        case "drop":
            del inside[key]
        case _ if isinstance(inside, dict):
            inside[draw(st.sampled_from(("x", "name", "when")))] = draw(st.sampled_from(JUNK))
        case _:
            inside.append(draw(st.sampled_from(JUNK)))
    return value


def places(value: Any) -> Any:
    """Yield every place of a JSON value: the object or list it is in, and its key or index."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(one, (dict, list)):
            yield from places(one)


@given(definitions(), st.data())
def test_a_diff_is_what_changed(a: Any, data: st.DataObject) -> None:
    """It is empty if nothing did; it makes the new document of the old one, and back."""
    b = data.draw(variations(a))
    difference = diff(a, b)

    assert bool(difference) is (a != b)
    assert patched(a, difference) == document(b)["value"]
    assert patched(b, inverse(difference)) == document(a)["value"]
    assert inverse(inverse(difference)) == difference
    back = diff(b, a)
    assert len(back) == len(difference)
    assert all(change in back.changes for change in inverse(difference))
    assert len(str(difference).splitlines()) >= len(difference)


def patched(definition: Any, difference: Diff) -> Any:
    """Return the document of *definition* with the changes made in it, by nothing but what they say."""
    return _patched(definition, document(definition)["value"], [(one.path, one) for one in difference])


def written_as_json(value: Any) -> Any:
    return json.loads(json.dumps(definition_converter().unstructure(value)))


def _patched(value: Any, written: Any, changes: list[tuple[Any, Change]]) -> Any:
    whole = [one for path, one in changes if not path and one.how == "changed"]
    if whole:
        return written_as_json(whole[0].after)
    if isinstance(written, dict):
        for field in {path[0] for path, _ in changes}:
            inside = [(path[1:], one) for path, one in changes if path[0] == field]
            written[field] = _patched(getattr(value, field), written[field], inside)
        return written
    named = any(isinstance(path[0], str) for path, _ in changes if path)
    keys = (
        [name_in_list(item) for item in value]
        if named or not any(p for p, _ in changes)
        else [*range(len(value))]
    )
    items: dict[Any, Any] = dict(zip(keys, written, strict=True))
    for key, item in zip(keys, value, strict=True):
        inside = [
            (path[1:], one)
            for path, one in changes
            if path and path[0] == key and not (len(path) == 1 and one.how in {"added", "removed"})
        ]
        if inside and isinstance(item, tuple):
            items[key][1] = _patched(item[1], items[key][1], inside)
        elif inside:
            items[key] = _patched(item, items[key], inside)
    for path, one in changes:
        if len(path) == 1 and one.how == "removed":
            del items[path[0]]
    order = next((one.after for path, one in changes if not path), tuple(items))
    assert isinstance(order, tuple)
    made = [items[key] for key in order]
    for path, one in sorted(changes, key=lambda change: -1 if change[1].place is None else change[1].place):
        if len(path) == 1 and one.how == "added":
            assert one.place is not None
            made.insert(one.place, written_as_json(one.after))
    return made


def test_two_types_have_no_difference() -> None:
    """They have nothing to compare."""
    with pytest.raises(InvalidValue, match="a Rule and a Policy have no difference"):
        diff(RETAIL.rules[0], RETAIL.policy)


def test_what_has_no_name_is_compared_by_what_it_is() -> None:
    """A move that is put first is one that was added; one that changed in its place is shown as such."""
    old = RETAIL.definitions.lifecycle
    first, *others = old.moves
    with_moves = partial(attrs.evolve, old)
    added = with_moves(moves=(lifecycle.on("gift", old.initial, "new", priority=99), *old.moves))
    changed = with_moves(moves=(attrs.evolve(first, priority=7), *others))

    assert [(one.path, one.how, one.place) for one in diff(old, added)] == [(("moves", 0), "added", 0)]
    assert [one.path for one in diff(old, changed)] == [("moves", 0, "priority")]
    assert [(one.path, one.how) for one in diff(old, with_moves(moves=old.moves[::-1]))] == [
        (("moves",), "changed")
    ]


def test_a_date_is_a_name() -> None:
    """A holiday that is left out is one change."""
    work = next(one for one in BY_TYPE[Calendar] if one.holidays)

    assert str(diff(work, attrs.evolve(work, holidays=work.holidays[1:]))) == (
        f"holidays › {work.holidays[0]}: removed"
    )


def test_how_a_difference_reads() -> None:
    """In a line for each change, with names for places; a notebook shows a list."""
    first, second, *rest = RETAIL.rules
    mine = attrs.evolve(
        RETAIL,
        name="tea_house",
        rules=(second, attrs.evolve(first, holdout=0.5), *rest[1:]),
        policy=attrs.evolve(RETAIL.policy, quiet=None),
    )
    difference = diff(RETAIL, mine)

    assert str(difference).splitlines()[0] == "name: changed from 'retail' to 'tea_house'"
    assert f"rules › {first.name} › holdout: changed from {first.holdout} to 0.5" in str(difference)
    assert f"rules › {rest[0].name}: removed" in str(difference)
    assert "policy › quiet: changed from 21:00–09:00 to nothing" in str(difference)
    assert difference._repr_markdown_().startswith("- name: changed from 'retail' to 'tea\\_house'\n- ")
    assert repr(difference) == f"Diff({len(difference)} changes)"
    assert str(diff(RETAIL, RETAIL)) == diff(RETAIL, RETAIL)._repr_markdown_() == "no change"


@each_type
@pytest.mark.parametrize("version", [0, 2, True, "1", None])
def test_another_version_is_refused(type_: Any, version: object) -> None:
    """In a sentence that says what to do."""
    with pytest.raises(InvalidValue, match=r"this crmkit reads 1: (write it anew|read it with a newer)"):
        from_json(json.dumps({**document(example(type_)), "crmkit": version}), type_)
    assert document(example(type_))["crmkit"] == VERSION


@each_type
@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[" * 10_000 + "]" * 10_000, "nested more than"),
        ('{"crmkit": 1, "value": ' * 10_000, "nested more than"),
        (" " * (MAX_CHARACTERS + 1), "characters"),
        ('{"crmkit": 1, "type": "%s", "value": NaN}', "NaN"),
        ('{"crmkit": 1, "type": "%s", "value": {"name": 1e999}}', "out of range"),
        ('{"crmkit": 1, "type": "%s", "value": {}, "value": {}}', "a key twice"),
    ],
)
def test_what_is_hostile_is_refused(type_: Any, text: str, match: str) -> None:
    """Whatever it claims to hold."""
    with pytest.raises(InvalidValue, match=match):
        from_json(text.replace("%s", document(example(type_))["type"]), type_)


@each_type
def test_an_unknown_key_is_refused_with_the_closest(type_: Any) -> None:
    """Which is most often what was meant."""
    wrong = document(example(type_))
    known = max((key for key in wrong["value"] if key != "node"), key=len)
    wrong["value"][f"{known}s_"] = 1
    with pytest.raises(InvalidValue, match=rf"extra fields found \({known}s_\).*Did you mean '\w+'"):
        from_json(json.dumps(wrong), type_)


@given(definitions(), st.data())
def test_a_message_holds_nothing_of_what_stands_in_a_wrong_place(
    definition: Any, data: st.DataObject
) -> None:
    """It may be somebody's; a name that nothing answers to is told, to be put right."""
    wrong = document(definition)
    found = [(inside, key) for inside, key in places(wrong["value"]) if key != "node"]
    inside, key = data.draw(st.sampled_from(found))
    texts = () if isinstance(inside[key], str) else (SECRET,)
    inside[key] = data.draw(st.sampled_from((*texts, [SECRET], {"at": SECRET})))
    assume(not validator(type_of(definition)).is_valid(wrong))

    with pytest.raises(CrmkitError) as error:
        from_json(json.dumps(wrong), type_of(definition))
    assert SECRET not in str(error.value)


def test_a_playbook_for_a_program_of_another_language_is_described() -> None:
    """The schema says what the fields mean, which may be left out, and what they are then."""
    rule = schema(Playbook)["$defs"]["care.Rule"]

    assert rule["required"] == ["name", "when", "channel", "template"]
    assert rule["properties"]["priority"] == {
        "type": "integer",
        "default": 0,
        "description": "Of several rules the larger goes first, ties by name.",
    }


def test_what_the_host_has_is_described_as_far_as_it_is_known() -> None:
    """A field of a record holds what the host says it holds."""
    record = Record(RecordId("r1"), "crm", fields={"born_on": dt.date(1990, 1, 1), "langs": ("zh", "en")})

    assert validator(Record).is_valid(document(record))
    assert from_json(to_json(record), Record) == record


@pytest.mark.parametrize("type_", [object, dict, list[str]])
def test_what_has_no_json_form_has_no_schema(type_: Any) -> None:
    """And is told which types have."""
    with pytest.raises(InvalidValue, match="has no JSON form; give the type of a definition"):
        schema(type_)
