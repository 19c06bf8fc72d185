"""What is not what a function takes: one sentence that says what it takes and where that comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmkit import dedup
from crmkit.dedup.table import read_table
from crmkit.errors import InvalidValue, UnknownName

ROWS: list[dict[str, object]] = [
    {"id": str(number), "name": f"Ann {family}", "email": f"a{number % 7}@x.pt", "grp": f"g{number}"}
    for number, family in enumerate(("Smith", "Jones", "Brown", "Ford") * 5)
]


@pytest.fixture(scope="module")
def policy() -> dedup.Policy:
    return dedup.propose(ROWS)


def test_a_policy_and_a_model_are_told_apart(policy: dedup.Policy) -> None:
    """The two are easily exchanged; each says how the other is made."""
    model: Any = dedup.train(ROWS, policy)
    not_model: Any = policy

    with pytest.raises(
        InvalidValue, match=r"resolved with a Model, got Policy; train\(table, policy\) makes one"
    ):
        dedup.resolve(ROWS, not_model)
    with pytest.raises(InvalidValue, match=r"prepared under a Policy, got Model; propose\(table\) makes one"):
        dedup.train(ROWS, model)


def test_a_resolver_has_a_model_and_takes_facts(policy: dedup.Policy) -> None:
    """A policy is no model, and text no fact; nothing of it is kept."""
    not_model: Any = policy
    text: Any = "ROWS"
    resolver = dedup.Resolver(dedup.train(ROWS, policy))

    with pytest.raises(InvalidValue, match=r"has a Model, got Policy; train\(table, policy\) makes one"):
        dedup.Resolver(not_model)
    with pytest.raises(InvalidValue, match=r"a fact is an Added, .* got str"):
        resolver.tell(text)
    assert resolver.log == ()


def test_columns_to_ignore_are_columns_of_the_table() -> None:
    """A name alone is not taken letter by letter, and a misspelt one not passed over."""
    assert "grp" not in {one.field for one in dedup.propose(ROWS, ignore=["grp"]).comparisons}
    with pytest.raises(InvalidValue, match=r"put one alone in brackets: \['grp'\]"):
        dedup.propose(ROWS, ignore="grp")
    with pytest.raises(UnknownName, match="Did you mean 'grp'"):
        dedup.propose(ROWS, ignore=["gpr"])


def test_columns_to_ignore_may_come_from_anywhere() -> None:
    """Also from what can be read only once; a number is the name of none."""
    number: Any = 5

    assert dedup.propose(ROWS, ignore=iter(["grp", "name"])) == dedup.propose(ROWS, ignore=["grp", "name"])
    with pytest.raises(UnknownName, match="no column is called '5'"):
        dedup.propose(ROWS, ignore=[number])


@pytest.mark.parametrize("region", ["UK", "gb", "GBR", "Britain", "", "44", "Ç1", "A1", 44, None, b"GB"])
def test_a_region_is_a_code_of_iso_3166(region: Any) -> None:
    """The United Kingdom is GB."""
    with pytest.raises(InvalidValue, match="two capitals such as 'CN' or 'GB'"):
        dedup.propose(ROWS, region=region)


def test_values_are_texts() -> None:
    """One text is not several, and a number is no text."""
    value: Any = 13812345678

    with pytest.raises(InvalidValue, match="text, got int"):
        dedup.verdict(value, dedup.PHONE)
    with pytest.raises(InvalidValue, match="in brackets"):
        dedup.normalise("ana@x.pt", dedup.EMAIL)


@pytest.mark.parametrize("kind", dedup.Kind)
@pytest.mark.parametrize("value", [13812345678, None, b"13812345678", ["13812345678"]])
def test_each_value_of_a_field_is_text(kind: dedup.Kind, value: Any) -> None:
    """Whatever the field holds, also where a value that is plain to see is not looked at closely."""
    with pytest.raises(InvalidValue, match="a value is text, got"):
        dedup.normalise([value], kind)


def test_a_kind_of_field_has_a_closest_name() -> None:
    """Kinds go by their constants or by their names."""
    kind: Any = "e-mail"

    assert dedup.Comparison("email", dedup.Kind("email")).kind is dedup.EMAIL
    with pytest.raises(UnknownName, match="Did you mean 'email'"):
        dedup.Comparison("email", kind)


def test_a_golden_record_is_made_of_records() -> None:
    """Mappings name no source."""
    rows: Any = ROWS

    with pytest.raises(InvalidValue, match=r"got dict; write Record\(id, source, fields\)"):
        dedup.golden(rows)


def test_a_kind_of_party_that_is_none_is_named(policy: dedup.Policy) -> None:
    """Each row that says something else; a column that never says either, once."""
    kinds = ("person", "organization", None, "organisation")
    some = [{**row, "kind": kinds[place % 4]} for place, row in enumerate(ROWS)]
    none = [{**row, "kind": f"gold {place}"} for place, row in enumerate(ROWS)]

    named = dedup.prepare(some, policy=dedup.propose(some)).table.problems
    once = dedup.prepare(none, policy=dedup.propose(none)).table.problems

    assert [problem.row for problem in named] == [2, 6, 10, 14, 18]
    assert {(problem.field, problem.kept) for problem in named} == {("kind", True)}
    assert all("Did you mean 'organisation'?" in problem.reason for problem in named)
    assert [(problem.row, problem.field) for problem in once] == [(0, "kind")]
    assert "of no record" in once[0].reason
    assert policy.kind is None


def test_a_kind_of_party_may_be_of_any_type() -> None:
    """What is no text is no kind, and named unless it is a gap, whatever it says of being equal to something."""
    strange: list[object] = [pd.NA, np.array([1, 2]), 5, True, ["person"], float("nan"), "", " ", None, []]
    rows = [{"id": number, "kind": kind} for number, kind in enumerate(["person", *strange])]

    table = read_table(rows, kind="kind")

    assert table.kinds == ("person", *[None] * len(strange))
    assert [problem.row for problem in table.problems] == [2, 3, 4, 5, 6]
