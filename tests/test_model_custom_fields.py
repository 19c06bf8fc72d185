"""Custom fields: what fits is kept, what does not is named."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import CustomField, check_fields, frozen_fields
from model_values import CUSTOM_FIELDS, FIELD_VALUES, NAMES, SECRET

VALUES = st.dictionaries(NAMES, st.one_of(st.none(), FIELD_VALUES, st.just(SECRET)), max_size=4)
SCHEMAS = st.lists(CUSTOM_FIELDS, max_size=4, unique_by=lambda field: field.name)


@given(VALUES, SCHEMAS)
def test_every_value_is_kept_or_named(values: dict[str, object], schema: list[CustomField]) -> None:
    """No value is lost without a word, and none is both kept and named."""
    kept, problems = check_fields(values, schema, source="s", row=3)
    named = {problem.field for problem in problems}

    for name, value in values.items():
        unknown = value is None or value == []
        assert (name in dict(kept)) + (name in named) == 1 or unknown
    assert all(problem.row == 3 and problem.source == "s" and problem.kept for problem in problems)


@given(VALUES, SCHEMAS)
def test_what_is_kept_fits_on_its_own(values: dict[str, object], schema: list[CustomField]) -> None:
    """Checking what was kept finds nothing but what is missing."""
    kept, _ = check_fields(values, schema, source="s")
    again, problems = check_fields(dict(kept), schema, source="s")

    assert again == kept
    assert all(problem.reason.startswith("is required") for problem in problems)


@given(VALUES, SCHEMAS)
def test_problems_repeat_no_value(values: dict[str, object], schema: list[CustomField]) -> None:
    """A problem can be logged."""
    _, problems = check_fields(values, schema, source="s")

    assert all(SECRET not in problem.reason for problem in problems)


@pytest.mark.parametrize(
    ("type_name", "good", "bad"),
    [
        ("text", ["", "7"], [7, True, b"7", "\ud800"]),
        ("integer", [7, 0], [True, 7.0, "7"]),
        ("boolean", [True, False], [1, "yes"]),
        ("date", [dt.date(2024, 1, 1)], [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "2024-01-01"]),
        ("instant", [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)], [dt.datetime(2024, 1, 1), dt.date(2024, 1, 1)]),
    ],
)
def test_values_are_never_converted(type_name: str, good: list[object], bad: list[object]) -> None:
    """ "7" is no integer, and 1 is no truth."""
    schema = [CustomField(name="x", type=type_name, meaning="something", many=True)]

    for value in good:
        assert check_fields({"x": value}, schema, source="s") == (frozen_fields({"x": value}), [])
        assert check_fields({"x": [value, value]}, schema, source="s")[1] == []
    for value in bad:
        for wrapped in (value, [*good, value]):
            kept, problems = check_fields({"x": wrapped}, schema, source="s")
            assert (kept, len(problems), problems[0].field) == ((), 1, "x")


def test_choices_and_unknown_names_offer_the_closest() -> None:
    """The message says what was meant, without repeating a value."""
    schema = [CustomField(name="level", type="choice", choices=("gold", "silver"), meaning="loyalty level")]

    _, [wrong] = check_fields({"level": "glod"}, schema, source="s")
    _, [unknown] = check_fields({"levle": "gold"}, schema, source="s")
    assert wrong.reason == "must be one of the choices. Did you mean 'gold'?"
    assert unknown.reason == "no such field. Did you mean 'level'?"
    assert check_fields({"levle": 1}, [], source="s")[1][0].reason == "no such field."


def test_several_values_need_a_field_for_several() -> None:
    """Where one value is meant, a list is refused."""
    schema = [CustomField(name="x", meaning="something")]

    assert check_fields({"x": ["a"]}, schema, source="s")[1][0].reason == "holds one value only"
    assert check_fields({"x": "a"}, schema, source="s")[1] == []


@pytest.mark.parametrize("values", [{}, {"x": None}, {"x": []}, {"x": ()}, {"x": set()}])
def test_a_required_field_may_not_be_missing(values: dict[str, object]) -> None:
    """Empty is missing too; a value of the wrong type is one problem, not two."""
    schema = [CustomField(name="x", meaning="what it is for", required=True, many=True)]

    assert [one.reason for one in check_fields(values, schema, source="s")[1]] == [
        "is required: what it is for"
    ]
    assert len(check_fields({"x": 3}, schema, source="s")[1]) == 1


def test_a_field_is_checked_once() -> None:
    """Its type is known, and choices go with the type choice."""
    with pytest.raises(UnknownName, match="Did you mean 'integer'"):
        CustomField(name="x", type="integr", meaning="m")
    for type_name, choices in (("choice", ()), ("text", ("a",))):
        with pytest.raises(InvalidValue, match="needs choices if, and only if"):
            CustomField(name="x", type=type_name, choices=choices, meaning="m")
    with pytest.raises(InvalidValue, match="several texts, got one: write"):
        CustomField(name="x", type="choice", choices="abc", meaning="m")
    with pytest.raises(InvalidValue, match="names a choice twice"):
        CustomField(name="x", type="choice", choices=("a", "b", "a"), meaning="m")
    with pytest.raises(InvalidValue, match="needs a name"):
        CustomField(name="", meaning="m")


@given(st.integers(-3, 3), st.none() | st.integers(-2, 2), st.none() | st.integers(-2, 2))
def test_bounds_hold_at_both_ends(number: int, least: int | None, most: int | None) -> None:
    """A number is kept if and only if it lies between least and most, both included; they stand in order."""
    if least is not None and most is not None and least > most:
        with pytest.raises(InvalidValue, match=f"goes from {least} to {most}, so it can hold nothing"):
            CustomField(name="x", type="integer", meaning="m", least=least, most=most)
        return
    field = CustomField(name="x", type="integer", meaning="m", least=least, most=most)
    inside = (least is None or least <= number) and (most is None or number <= most)

    kept, problems = check_fields({"x": number}, [field], source="s")
    assert (kept, problems == []) == ((("x", number),) if inside else (), inside)


def test_only_numbers_have_bounds() -> None:
    """The problem says where the number must lie."""
    field = CustomField(name="x", type="integer", meaning="m", least=1, most=5)
    assert check_fields({"x": 6}, [field], source="s")[1][0].reason == "must lie in the range from 1 to 5"
    with pytest.raises(InvalidValue, match="only an integer has one"):
        CustomField(name="x", meaning="m", least=1)
