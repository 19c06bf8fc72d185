"""Documents: round trips, digests, and refusal of what is hostile or wrong."""

from __future__ import annotations

import datetime as dt
import enum
import json
import random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import conditions
from crmkit.calendars import Duration, LocalDays
from crmkit.conditions import ALWAYS, A, Condition, F, days, digest, from_json, local_days, months, to_json
from crmkit.conditions.documents import MAX_CHARACTERS, VERSION
from crmkit.conditions.nodes import MAX_DEPTH, And, Compare, Not
from crmkit.conditions.terms import Facts
from crmkit.errors import InvalidValue, UnknownName


class Outcome(enum.StrEnum):
    """A closed set of words, as packages above have them."""

    SEND = "send"
    WAIT = "wait"


@attrs.frozen(kw_only=True)
class Definition:
    """A definition of some package above."""

    name: str
    when: Condition | None = None
    only: Compare | None = None
    gap: Duration | None = None
    at_least: dt.timedelta = dt.timedelta(1)
    opens: dt.time = dt.time(9)
    channels: tuple[str, ...] = ()
    pair: tuple[str, int] = ("a", 1)
    kinds: frozenset[str] = frozenset()
    share: float = 0.5
    count: int = 0
    on: bool = True
    outcome: Outcome = Outcome.SEND


def document(value: object, type_: str = "Condition") -> str:
    return json.dumps({"crmkit": VERSION, "type": type_, "value": value})


def shuffled(value: Any, rng: random.Random) -> Any:
    """Return a JSON value with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(one, rng) for one in value] if isinstance(value, list) else value


@given(conditions())
def test_a_round_trip_is_identity(condition: Condition) -> None:
    """What is written is read back as an equal value of the same type."""
    again = from_json(to_json(condition))

    assert again == condition
    assert type(again) is type(condition)


@given(conditions(), conditions())
def test_digests_are_equal_for_equal_definitions_only(a: Condition, b: Condition) -> None:
    """Equal values give equal digests, others give others."""
    assert (digest(a) == digest(b)) is (a == b)
    assert digest(a) == digest(from_json(to_json(a)))


@given(conditions(), st.randoms(use_true_random=False))
def test_layout_does_not_matter(condition: Condition, rng: random.Random) -> None:
    """Neither the order of keys nor the spaces change what is read, nor its digest."""
    loose = json.dumps(shuffled(json.loads(to_json(condition)), rng), indent=3)

    assert from_json(loose) == condition
    assert digest(from_json(loose)) == digest(condition)


DEFINITIONS = st.builds(
    Definition,
    name=st.sampled_from(("a", "新")),
    when=st.none() | conditions(),
    only=st.none() | st.just(F.x == 1),
    gap=st.sampled_from(
        (None, days(3), dt.timedelta(microseconds=5), months(2), local_days(1, "Asia/Tokyo"))
    ),
    at_least=st.sampled_from((days(0), dt.timedelta(hours=25))),
    opens=st.sampled_from((dt.time(0), dt.time(21, 30))),
    channels=st.sampled_from(((), ("a", "b"))),
    kinds=st.frozensets(st.sampled_from("abc")),
    share=st.sampled_from((0.5, 1.0)),
    outcome=st.sampled_from(Outcome),
)


@given(DEFINITIONS)
def test_definitions_that_hold_conditions_and_durations_make_the_trip(definition: Definition) -> None:
    """Any frozen attrs value does, with its optional parts."""
    assert from_json(to_json(definition), Definition) == definition
    assert json.loads(to_json(definition))["type"] == "Definition"


def test_how_a_document_looks() -> None:
    """Defaults are left out; durations and instants say what they are."""
    condition = A("use").within(months(1)).count() == 0

    assert json.loads(to_json(condition)) == {
        "crmkit": 1,
        "type": "Condition",
        "value": {
            "node": "compare",
            "op": "==",
            "left": {
                "node": "count",
                "facts": {"node": "facts", "kinds": ["use"], "within": {"months": 1, "zone": "UTC"}},
            },
            "right": {"node": "constant", "value": 0},
        },
    }


@pytest.mark.parametrize(
    "value",
    [
        "x",
        True,
        1,
        10**30,
        dt.date(2024, 2, 29),
        dt.datetime(2024, 2, 29, 1, 2, 3, 4, dt.UTC),
        days(3),
        -dt.timedelta(microseconds=1),
        {True},
        {dt.date(2024, 1, 1), dt.date(2023, 1, 1)},
        {days(1), dt.timedelta(hours=1)},
    ],
)
def test_every_sort_of_constant_makes_the_trip(value: object) -> None:
    """With its sort."""
    assert from_json(to_json(F.x == value)) == (F.x == value)


COMPARE: dict[str, Any] = {
    "node": "compare",
    "op": "==",
    "left": {"node": "field", "name": "x"},
    "right": {"node": "constant", "value": 1},
}


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "not a JSON document"),
        ("{", "not a JSON document"),
        ("[" * 10_000 + "]" * 10_000, "nested more than"),
        ('{"a":' * 10_000, "nested more than"),
        (" " * (MAX_CHARACTERS + 1), "characters"),
        ("9" * 5_000, "not a JSON document"),
        ("3", "write one with to_json"),
        ('{"crmkit": 1}', "write one with to_json"),
        ('{"crmkit": 1, "type": "Condition", "value": {}, "more": 1}', "write one with to_json"),
        ('{"crmkit": 2, "type": "Condition", "value": {}}', "version 2"),
        ('{"crmkit": 1, "type": "Rule", "value": {}}', "holds a 'Rule', not a 'Condition'"),
        ('{"crmkit": 1, "crmkit": 1, "type": "Condition", "value": {}}', "a key twice"),
        ('{"crmkit": 1, "type": "Condition", "value": NaN}', "NaN"),
        ('{"crmkit": 1, "type": "Condition", "value": -Infinity}', "-Infinity"),
        (document(3), "expected a node"),
        (document(None), "expected a node"),
        (document({"op": "=="}), "expected a node"),
        (document({"node": 3}), "expected a node"),
        (document({**COMPARE, "extra": 1}), "extra fields"),
        (document({**COMPARE, "op": "=>"}), "expected one of ==, !="),
        (
            document({**COMPARE, "left": {"node": "field", "name": 3}}),
            r"expected text, got a whole number @ \$.left.name",
        ),
        (document({**COMPARE, "left": None}), "expected a node"),
        (
            document({**COMPARE, "right": {"node": "constant", "value": 1.5}}),
            "expected a value, got a decimal number",
        ),
        (document({**COMPARE, "right": {"node": "constant", "value": None}}), "expected a value, got null"),
        (document({**COMPARE, "right": {"node": "constant", "value": [1, "1"]}}), "one sort"),
        (
            document({**COMPARE, "right": {"node": "constant", "value": {"at": "2024-01-01T00:00:00"}}}),
            "time zone",
        ),
        (document({**COMPARE, "right": {"node": "constant", "value": {"on": "x"}}}), "value"),
        (
            document({**COMPARE, "right": {"node": "constant", "value": {"days": 1, "x": 1}}}),
            "expected a value",
        ),
        (document({"node": "and", "parts": "ab"}), "expected a list"),
        (document({"node": "and", "parts": [{"node": "compar"}]}), "Did you mean 'compare'"),
        (document({"node": "always", "verdict": "yes"}), "verdict"),
    ],
)
def test_bad_documents_are_refused(text: str, match: str) -> None:
    """With a sentence that says what is wrong and where."""
    with pytest.raises(InvalidValue, match=match):
        from_json(text)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"name": 3}, "expected text, got a whole number"),
        ({"count": "3"}, "expected a whole number"),
        ({"count": 3.5}, "expected a whole number"),
        ({"count": True}, "expected a whole number"),
        ({"on": 1}, "expected true or false"),
        ({"share": "x"}, "expected a number"),
        ({"channels": "ab"}, "expected a list"),
        ({"channels": [1]}, "expected text"),
        ({"kinds": "ab"}, "expected a list"),
        ({"pair": ["a"]}, "expected a list of 2, got 1"),
        ({"pair": ["a", "b"]}, "expected a whole number"),
        ({"gap": 3}, "expected a duration, got a whole number"),
        ({"gap": {"days": "3"}}, "expected a duration"),
        ({"gap": {"at": "2024-01-01T00:00:00+00:00"}}, "expected a duration"),
        ({"gap": {"local_days": 1, "zone": "Asia/Shangai"}}, "Asia/Shanghai"),
        ({"gap": {"local_days": -1, "zone": "UTC"}}, "0 or more"),
        ({"at_least": None}, "expected a duration"),
        ({"only": {"node": "not", "part": COMPARE}}, "no node is called 'not'"),
        ({"unknown": 1}, "extra fields"),
        ({"opens": "25:00"}, "opens"),
        ({"opens": 9}, "expected a time of day such as .09:00., got a whole number"),
        ({"outcome": "sent"}, "expected Outcome"),
        ({"outcome": 1}, "expected Outcome"),
    ],
)
def test_nothing_is_coerced(change: dict[str, object], match: str) -> None:
    """A number is no text, a decimal no whole number, a text no list of letters."""
    value = {**json.loads(to_json(Definition(name="x")))["value"], **change}

    with pytest.raises(InvalidValue, match=match):
        from_json(document(value, "Definition"), Definition)


@pytest.mark.parametrize(
    "value",
    [
        {"node": "and", "parts": [1] * 100_000},
        {"node": "and", "parts": [{"node": "and", "parts": [1] * 100}] * 1_000},
        {"node": "and", **{f"k{place}": 1 for place in range(100_000)}},
        {"node": "always", "verdict": True, "k" * 1_000_000: 1},
    ],
)
def test_of_many_mistakes_a_few_are_told(value: object) -> None:
    """However much is wrong, the sentence stays one that somebody reads."""
    with pytest.raises(InvalidValue) as error:
        from_json(document(value))

    assert len(str(error.value)) < 2_000


@pytest.mark.parametrize("version", [0, 2, True, 1.0, "1", None, [1]])
def test_another_version_is_refused(version: object) -> None:
    """With what to do; and true is no version."""
    with pytest.raises(InvalidValue, match=r"this crmkit reads 1: (write it anew with to_json|read it with)"):
        from_json(json.dumps({"crmkit": version, "type": "Condition", "value": {}}))


def test_infinity_in_disguise_is_refused() -> None:
    """A number that no float holds is not read as infinity."""
    with pytest.raises(InvalidValue, match="out of range"):
        from_json('{"crmkit": 1, "type": "Definition", "value": {"name": "x", "share": 1e999}}', Definition)


def test_a_duration_is_of_the_kind_that_is_declared() -> None:
    """Months are no elapsed time."""
    with pytest.raises(InvalidValue, match="expected a duration"):
        from_json(document({"name": "x", "at_least": {"months": 1, "zone": "UTC"}}, "Definition"), Definition)


@pytest.mark.parametrize(("share", "other"), [(1.0, 1), (0.0, -0.0)])
def test_equal_numbers_have_equal_digests(share: float, other: float) -> None:
    """However they were written in Python."""
    assert digest(Definition(name="x", share=share)) == digest(Definition(name="x", share=other))


def test_whole_numbers_are_numbers() -> None:
    """JSON writers may write 1 for 1.0."""
    value = {**json.loads(to_json(Definition(name="x")))["value"], "share": 1}

    assert from_json(document(value, "Definition"), Definition).share == 1.0


def test_a_document_says_what_it_holds() -> None:
    """A definition is not read as another."""
    with pytest.raises(InvalidValue, match="holds a 'Condition', not a 'Definition'"):
        from_json(to_json(ALWAYS), Definition)


@pytest.mark.parametrize("share", [float("nan"), float("inf")])
def test_nan_is_not_written(share: float) -> None:
    """Nor infinity: no JSON holds them."""
    with pytest.raises(InvalidValue, match="NaN or infinity"):
        to_json(Definition(name="x", share=share))


@pytest.mark.parametrize("value", [F.x, A("use"), object()])
def test_what_is_no_definition_has_no_json(value: object) -> None:
    """A builder is not written; what it builds is."""
    with pytest.raises(InvalidValue, match="has no JSON form"):
        to_json(value)


def test_an_unknown_node_outside_any_other_offers_the_closest() -> None:
    """At the top it is raised as such."""
    with pytest.raises(UnknownName, match="compare"):
        from_json(document({"node": "compar"}))


def test_what_is_as_deep_as_allowed_is_written_and_read() -> None:
    """And one deeper is refused when it is written, so that nothing unreadable is stored."""
    condition: Condition = F.x == 1
    for _ in range(MAX_DEPTH - 3):
        condition = Not(part=condition)

    assert from_json(to_json(condition)) == condition
    with pytest.raises(InvalidValue, match="nested more than"):
        to_json(Not(part=condition))


def test_brackets_inside_text_are_no_depth() -> None:
    """Only structure counts."""
    condition = F.x == '[{"\\' * 500

    assert from_json(to_json(condition)) == condition


def test_single_nodes_and_durations_can_be_read_as_such() -> None:
    """A field may be declared as one kind of node, or one kind of duration."""
    facts = A("use").within(days(1)).facts

    assert from_json(to_json(facts), Facts) == facts
    assert from_json(to_json(And(parts=())), And) == And(parts=())
    assert from_json(to_json(local_days(2, "UTC")), LocalDays) == local_days(2, "UTC")
