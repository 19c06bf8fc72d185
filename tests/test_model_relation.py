"""Relations: who leads to whom, and when."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import RELATION_KINDS, Relation, related
from model_values import AT, INSTANTS, RELATIONS

TIES = st.lists(RELATIONS, max_size=6)


@given(TIES, INSTANTS, st.sampled_from(("c1", "c2")), st.sampled_from(tuple(RELATION_KINDS)))
def test_related_are_those_a_valid_tie_leads_to(
    ties: list[Relation], as_of: dt.datetime, party: str, kind: str
) -> None:
    """Each once, sorted, in the direction of the tie, while it holds."""
    expected = {
        tie.to_id
        for tie in ties
        if (tie.kind, tie.from_id) == (kind, party)
        and (tie.since is None or tie.since <= as_of)
        and (tie.until is None or tie.until > as_of)
    }

    assert related(ties, party, kind=kind, as_of=as_of) == tuple(sorted(expected))
    assert related([*ties, *ties[::-1]], party, kind=kind, as_of=as_of) == tuple(sorted(expected))


def test_a_relation_is_checked_once() -> None:
    """A known kind, two parties, a period that runs forward."""
    with pytest.raises(UnknownName, match="Did you mean 'refers'"):
        Relation(kind="refer", from_id="a", to_id="b")
    with pytest.raises(InvalidValue, match="to themselves"):
        Relation(kind="refers", from_id="a", to_id="a")
    with pytest.raises(InvalidValue, match="is before since"):
        Relation(kind="refers", from_id="a", to_id="b", since=AT, until=AT - dt.timedelta(1))


def test_a_tie_has_a_direction() -> None:
    """Who refers is not who is referred."""
    tie = Relation(kind="refers", from_id="a", to_id="b")

    assert related([tie], "a", kind="refers", as_of=AT) == ("b",)
    assert related([tie], "b", kind="refers", as_of=AT) == ()
