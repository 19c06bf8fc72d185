"""Custom objects and statuses: what a host declares is what is let in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import InvalidValue, UnknownName
from crmkit.model import CustomField, CustomObject, CustomStatus, check_fields, check_objects, frozen_fields
from model_values import CUSTOM_OBJECTS, CUSTOM_STATUSES, SCALARS, SECRET

ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(("a", "b", "email", "state", "warranty", "stat")), SCALARS | st.sampled_from("abc")
    ),
    max_size=3,
)


@given(ROWS, CUSTOM_OBJECTS)
def test_rows_are_checked_one_by_one(rows: list[dict[str, object]], thing: CustomObject) -> None:
    """Every row comes back in its place, and splitting the rows splits the problems."""
    good, problems = check_objects(rows, thing, source="s")
    each = [check_fields(row, thing.schema, source="s", row=place) for place, row in enumerate(rows, 1)]
    assert good == [kept for kept, _ in each]
    assert problems == [problem for _, found in each for problem in found]


@given(ROWS, CUSTOM_OBJECTS)
def test_what_is_kept_is_declared_and_nothing_is_lost(
    rows: list[dict[str, object]], thing: CustomObject
) -> None:
    """Each value of each row is kept or named in a problem of that row; what is kept fits again."""
    good, problems = check_objects(rows, thing, source="s")
    declared = {field.name for field in thing.schema}
    for place, (row, kept) in enumerate(zip(rows, good, strict=True), 1):
        refused = {problem.field for problem in problems if problem.row == place}
        assert dict(kept).keys() <= declared
        assert row.keys() <= dict(kept).keys() | refused
    again = check_objects([dict(kept) for kept in good], thing, source="s")
    assert again[0] == good
    assert all("is required" in problem.reason for problem in again[1])


@given(CUSTOM_STATUSES, st.sampled_from(("a", "b", "c", "d")))
def test_a_status_takes_its_values_and_no_other(status: CustomStatus, value: str) -> None:
    """What has a place is let in; what is not declared is refused by both."""
    names = [name for name, _ in status.statuses]
    kept, problems = check_fields({status.name: value}, [status.field], source="s")
    if value in names:
        assert (kept, problems) == (frozen_fields({status.name: value}), [])
        assert names[status.place(value)] == value
    else:
        assert (kept, len(problems)) == ((), 1)
        with pytest.raises(UnknownName):
            status.place(value)


def test_what_is_unknown_is_refused_with_the_closest_name() -> None:
    """The problem tells the name that was meant, and never the value."""
    repair = CustomObject(
        name="repair",
        meaning="work on a machine",
        fields=[CustomField(name="machine", meaning="its serial number", required=True)],
        statuses=[CustomStatus(name="state", meaning="how far it is", statuses={"open": "o", "done": "d"})],
    )
    rows = [{"machine": "m1", "state": "opn"}, {"machien": SECRET}]
    good, problems = check_objects(rows, repair, source="shop")
    assert good == [frozen_fields({"machine": "m1"}), ()]
    assert [str(problem) for problem in problems] == [
        "shop, row 1, state: must be one of the choices. Did you mean 'open'?",
        "shop, row 2, machien: no such field. Did you mean 'machine'?",
        "shop, row 2, machine: is required: its serial number",
    ]


def test_a_row_that_is_none_is_a_problem_beside_the_others() -> None:
    """Its place is kept, so that what is good can be told by row."""
    car = CustomObject(name="car", meaning="m", fields=[CustomField(name="plate", meaning="m")])
    rows: list[Any] = [None, {"plate": "B-1"}, ["plate"], {3: "x"}]
    good, problems = check_objects(rows, car, source="shop")
    assert good == [(), frozen_fields({"plate": "B-1"}), (), ()]
    assert [str(problem) for problem in problems] == [
        "shop, row 1: is no mapping of names to values",
        "shop, row 3: is no mapping of names to values",
        "shop, row 4, 3: no such field. Known: plate.",
    ]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CustomStatus(name="s", meaning="m", statuses=()), "at least one value"),
        (lambda: CustomStatus(name="s", meaning="m", statuses=[("a", "x"), ("a", "y")]), "'a' twice"),
        (lambda: CustomStatus(name="s", meaning="m", statuses={"a": ""}), "needs a meaning"),
        (lambda: CustomObject(name="o", meaning="m"), "needs a field"),
        (lambda: CustomObject(name="", meaning="m"), "needs a name"),
        (
            lambda: CustomObject(
                name="o",
                meaning="m",
                fields=[CustomField(name="s", meaning="m")],
                statuses=[CustomStatus(name="s", meaning="m", statuses={"a": "x"})],
            ),
            "'s' twice",
        ),
    ],
)
def test_declarations_that_say_nothing_or_two_things_are_refused(make: object, words: str) -> None:
    """One name, one meaning."""
    assert callable(make)
    with pytest.raises(InvalidValue, match=words):
        make()


@pytest.mark.parametrize(
    "odd", [None, 3, "ab", ["ab", "cd"], {"a": 1}, [("a",)], [("a", "b", "c")]], ids=repr
)
def test_values_without_their_meaning_are_refused(odd: Any) -> None:
    """A text of two letters is no pair of texts."""
    with pytest.raises(InvalidValue, match="write names with what each means"):
        CustomStatus(name="s", meaning="m", statuses=odd)
