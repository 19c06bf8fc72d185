"""What can go wrong is said so that one knows what to do next."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import (
    Contradiction,
    CrmkitError,
    InvalidValue,
    MissingExtra,
    OutOfDate,
    Problem,
    UnknownName,
    closest,
    suggestion,
)

NAMES = st.lists(st.sampled_from(("prospect", "Prospect", "member", "new customer", "客户", "流失客户", "a")))
ERRORS = (
    UnknownName("stage", "prospct", ["prospect", "member"]),
    MissingExtra("frames", "reading Parquet"),
    InvalidValue("days must be 0 or more"),
    Contradiction("a and b"),
    OutOfDate(5, 7),
)


@pytest.mark.parametrize("name", [None, 3, ("member",), {}], ids=repr)
def test_what_is_no_text_is_near_to_nothing(name: Any) -> None:
    """Whoever gives it reads which names there are, and no error about texts."""
    assert closest(name, ("member", "3")) is None
    assert (
        str(UnknownName("stage", name, ("member", "3"))) == f"no stage is called {name!r}. Known: 3, member."
    )


@given(NAMES, st.sampled_from(("prospct", "客", "zzzz", "", "mem ber")))
def test_the_closest_name_is_a_known_one_or_none(known: list[str], name: str) -> None:
    """`closest` never invents a name."""
    assert closest(name, known) in {None, *known}


@given(NAMES, st.randoms())
def test_the_order_of_the_known_names_does_not_matter(known: list[str], random: object) -> None:
    """The same names in another order give the same suggestion."""
    assert suggestion("prospct", known) == suggestion("prospct", known[::-1])


@given(st.sampled_from(("prospect", "new customer", "流失客户")))
def test_a_known_name_is_closest_to_itself(name: str) -> None:
    """A name that is known is its own closest name."""
    assert closest(name, ("prospect", "member", "new customer", "流失客户")) == name


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_survives_a_process_border(error: CrmkitError) -> None:
    """An error pickled, or copied, is the same error with the same parts."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("error", "built_in"),
    [*zip(ERRORS, (LookupError, ImportError, ValueError, ValueError, RuntimeError), strict=True)],
)
def test_every_error_is_also_the_built_in_it_resembles(error: CrmkitError, built_in: type[Exception]) -> None:
    """Who catches the built-in, or the root, catches ours."""
    assert isinstance(error, CrmkitError)
    assert isinstance(error, built_in)


def test_an_unknown_name_offers_the_closest_and_carries_its_parts() -> None:
    """The message says what to write instead."""
    error = UnknownName("stage", "prospct", {"prospect", "member"})

    assert str(error) == "no stage is called 'prospct'. Did you mean 'prospect'?"
    assert (error.what, error.name, error.known) == ("stage", "prospct", ("member", "prospect"))


def test_an_unknown_name_with_nothing_near_lists_what_there_is() -> None:
    """Where no name is near, the first twelve are listed."""
    assert str(UnknownName("stage", "zzz", ["b", "a"])) == "no stage is called 'zzz'. Known: a, b."
    assert str(UnknownName("stage", "zzz", [])) == "no stage is called 'zzz'."
    assert suggestion("zzz", [f"{n:02d}" for n in range(13)]) == (
        "Known: 00, 01, 02, 03, 04, 05, 06, 07, 08, 09, 10, 11, …."
    )


def test_a_missing_extra_says_how_to_get_it() -> None:
    """The message is a command to type."""
    assert str(ERRORS[1]) == "reading Parquet needs the extra 'frames': pip install 'crmkit[frames]'"


def test_who_is_out_of_date_learns_what_to_read() -> None:
    """Another was quicker, or what was known is no more."""
    assert str(OutOfDate(5, 7)) == (
        "5 facts are known and the log holds 7: another wrote meanwhile; read the log from there on, and try again"
    )
    assert "read the log again from its beginning" in str(OutOfDate(7, 5))


def test_a_problem_names_its_place() -> None:
    """Source, row and field are said where they are known."""
    assert str(Problem(source="a.csv", reason="is empty")) == "a.csv: is empty"
    assert str(Problem(source="a.csv", row=3, reason="is bad")) == "a.csv, row 3: is bad"
    assert str(Problem(source="a.csv", row=3, field="at", reason="is bad")) == "a.csv, row 3, at: is bad"


def test_problems_sort_by_source_then_row() -> None:
    """Problems have an order: a report lists them as the file does."""
    rows = [Problem(source=source, row=row, reason="r") for source in "ba" for row in (10, 9)]

    assert [(one.source, one.row) for one in sorted(rows)] == [("a", 9), ("a", 10), ("b", 9), ("b", 10)]
