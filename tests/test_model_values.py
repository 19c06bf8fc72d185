"""Field values: frozen, plain, and told apart exactly."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.model import Activity, ActivityId, ContactRole, Customer, CustomerId, Record, RecordId, Relation
from crmkit.model.values import exactly, exactly_one, field_of, frozen_fields, is_unicode, names_of, texts_of
from model_values import AT, FIELD_VALUES, FIELDS, NAMES

ANYTHING = st.one_of(
    FIELD_VALUES,
    FIELD_VALUES.map(lambda value: tuple(value) if isinstance(value, list) else value),
    st.sampled_from(
        (None, (), (None,), ("a", None), (("a",),), "\ud800", ("a", "\ud800"), float("nan"), b"a")
    ),
    st.sampled_from((dt.datetime(2024, 1, 1), (dt.datetime(2024, 1, 1),), np.float64(1.5), np.str_("x"))),
)


class Colour(enum.StrEnum):
    RED = "red"


class Size(enum.IntEnum):
    SMALL = 1


@given(FIELDS)
def test_freezing_twice_is_freezing_once(fields: Mapping[str, object]) -> None:
    """Frozen fields pass through unchanged."""
    frozen = frozen_fields(fields)

    assert exactly(frozen_fields(frozen)) == exactly(frozen)


@given(st.lists(st.tuples(st.one_of(NAMES, st.sampled_from(("", 1, Colour.RED))), ANYTHING), max_size=3))
def test_fields_that_look_frozen_are_checked_like_all(pairs: list[tuple[str, object]]) -> None:
    """A tuple of pairs becomes what a list of them does, or is refused in the same words."""

    def outcome(fields: Iterable[Any]) -> str:
        try:
            return repr([(name, exactly_one(value)) for name, value in frozen_fields(fields)])
        except InvalidValue as error:
            return str(error)

    for given_pairs in (pairs, sorted(pairs, key=lambda pair: str(pair[0]))):
        assert outcome(tuple(given_pairs)) == outcome(given_pairs)
        assert outcome(tuple(map(list, given_pairs))) == outcome(given_pairs)


@given(FIELDS)
def test_the_order_of_the_fields_does_not_matter(fields: Mapping[str, object]) -> None:
    """Fields are sorted by name and hashable."""
    frozen = frozen_fields(fields)

    assert exactly(frozen_fields(list(fields.items())[::-1])) == exactly(frozen)
    assert [name for name, _ in frozen] == sorted(name for name, _ in frozen)
    assert isinstance(hash(frozen), int)


@given(FIELDS, NAMES)
def test_a_field_is_found_or_unknown(fields: Mapping[str, object], name: str) -> None:
    """What was given is there; None and empty collections are unknown."""
    value = field_of(frozen_fields(fields), name)
    given_value = fields.get(name)
    expected = tuple(given_value) if isinstance(given_value, list) else given_value

    assert value == (None if expected == () else expected)


@given(FIELD_VALUES)
def test_texts_are_every_value_as_text(value: object) -> None:
    """One value or several read alike."""
    many = value if isinstance(value, list) else [value]
    texts = texts_of(frozen_fields({"a": value}), "a")

    assert len(texts) == len(many)
    assert [text for text, one in zip(texts, many, strict=True) if isinstance(one, str)] == [
        one for one in many if isinstance(one, str)
    ]


@given(FIELDS)
def test_the_names_of_fields_hold_no_values(fields: Mapping[str, object]) -> None:
    """A repr may name the fields and nothing else."""
    frozen = frozen_fields(fields)

    assert names_of(frozen) == f"<{', '.join(sorted(name for name, _ in frozen))}>"


def test_one_and_true_are_told_apart() -> None:
    """Equal in Python is not equal in JSON, so it is not equal here."""
    versions = [exactly(frozen_fields({"a": one})) for one in (1, 1.0, True, "1", (1,), (1.0,))]

    assert len(set(versions)) == len(versions)
    assert exactly(frozen_fields({"a": -0.0})) == exactly(frozen_fields({"a": 0.0}))
    assert str(field_of(frozen_fields({"a": -0.0}), "a")) == "0.0"


def test_values_of_subclasses_become_plain() -> None:
    """Nothing of numpy or an enumeration stays inside."""
    frozen = frozen_fields({"a": np.float64(1.5), "b": Colour.RED, "c": np.str_("x"), "d": Size.SMALL})

    assert frozen == (("a", 1.5), ("b", "red"), ("c", "x"), ("d", 1))
    assert [type(value) for _, value in frozen] == [float, str, str, int]


def test_sets_are_sorted_and_unknown_members_left_out() -> None:
    """A set has no order, so its frozen form needs one."""
    assert frozen_fields({"a": {"b", "a", None}, "b": frozenset({2, 1})}) == (
        ("a", ("a", "b")),
        ("b", (1, 2)),
    )
    assert frozen_fields({"a": [None, "x", None]}) == (("a", ("x",)),)


def test_instants_are_held_in_utc_and_dates_as_they_are() -> None:
    """A datetime is an instant, a date a day on a wall."""
    east = dt.timezone(dt.timedelta(hours=8))
    frozen = frozen_fields({"at": dt.datetime(2024, 1, 1, 8, tzinfo=east), "on": dt.date(2024, 1, 1)})

    assert field_of(frozen, "at") == dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    assert str(field_of(frozen, "at")) == "2024-01-01 00:00:00+00:00"
    assert field_of(frozen, "on") == dt.date(2024, 1, 1)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"a": float("nan")}, "leave it out if it is unknown"),
        ({"a": float("inf")}, "leave it out if it is unknown"),
        ({"a": dt.datetime(2024, 1, 1)}, "no time zone"),
        ({"a": [["b"]]}, "holds a list"),
        ({"a": {"b": 1}}, "holds a dict"),
        ({"a": b"b"}, "holds a bytes"),
        ({"a": "\ud800"}, "no Unicode"),
        ({"": "b"}, "non-empty string"),
        ({1: "b"}, "non-empty string"),
        ([("a", 1), ("a", 2)], "stands twice"),
    ],
)
def test_what_a_field_cannot_hold_is_refused(fields: Mapping[str, object], reason: str) -> None:
    """Checked once, at construction; the error does not repeat the value."""
    with pytest.raises(InvalidValue, match=reason):
        frozen_fields(fields)


def test_unicode_is_what_utf_8_can_write() -> None:
    """A lone surrogate is no text."""
    assert [is_unicode(text) for text in ("", "a", "张\U0001f600", "\ud800", "a\udfff")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("bad", [7, None, b"a", "a\ud800"])
def test_what_no_store_can_keep_is_no_id(bad: str) -> None:
    """An id is text that can be written: anything else is refused when the value is made, not when it is kept."""
    makers: list[Callable[[], object]] = [
        lambda: Record(RecordId(bad), "shop"),
        lambda: Record(RecordId("r1"), bad),
        lambda: Activity(ActivityId("a1"), CustomerId(bad), "use", AT),
        lambda: Customer(id=CustomerId("c1"), record_ids=(RecordId(bad),)),
        lambda: Customer(id=CustomerId("c1"), aliases=(CustomerId(bad),)),
        lambda: ContactRole(contact_id=CustomerId(bad), account_id=CustomerId("c1")),
        lambda: Relation(kind="friend", from_id="c1", to_id=bad),
    ]
    for make in makers:
        with pytest.raises(InvalidValue, match="an id or a name"):
            make()
