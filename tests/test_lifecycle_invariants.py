"""Invariants: what stages say of roles, checked on what happened."""

from __future__ import annotations

from itertools import product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import START, histories
from crmkit import lifecycle
from crmkit.conditions import days
from crmkit.lifecycle import B2B, MEMBERSHIP, RETAIL, Invariant, Lifecycle
from crmkit.model import Activity, ActivityId, CustomerId
from lifecycle_pools import INSTANTS, ROLES

SALES = ("purchase", "use", "signup", "contract_start", "renewal", "contract_end")
INVARIANTS = tuple(
    Invariant(stages=("new", "silent"), role=role.name, held=held)
    for role, held in product(ROLES, (True, False))
)


@pytest.mark.parametrize("machine", [RETAIL, MEMBERSHIP, B2B], ids=lambda one: one.name)
@given(facts=histories(kinds=SALES, max_size=12), at=INSTANTS)
def test_the_shipped_lifecycles_keep_their_invariants(
    machine: Lifecycle, facts: list[Activity], at: object
) -> None:
    """Whatever happens: their stages and roles are moved by the same facts."""
    line = lifecycle.fold(machine, facts, as_of=START + days(500))

    assert machine.invariants
    assert lifecycle.violations(machine, line) == []


@given(histories(), st.sampled_from(INVARIANTS))
def test_a_violation_is_an_instant_at_which_stage_and_role_disagree(
    facts: list[Activity], invariant: Invariant
) -> None:
    """Found if, and only if, there is one among the instants at which anything changes."""
    machine = attrs.evolve(RETAIL, roles=ROLES, invariants=(invariant,))
    whole = lifecycle.fold(machine, facts, as_of=START + days(500))
    instants = {span.since for span in (*whole.spans, *whole.role_spans)} | {
        span.until for span in whole.role_spans
    }
    broken = False
    for at in instants:
        if at is not None and whole.at(at).stage in invariant.stages:
            held = invariant.role in lifecycle.fold(machine, facts, as_of=at).roles
            broken = broken or held is not invariant.held

    assert bool(lifecycle.violations(machine, whole)) is broken


def fact(key: str, day: int, kind: str) -> Activity:
    return Activity(ActivityId(key), CustomerId("c"), kind, START + days(day))


def test_a_violation_says_where_and_when() -> None:
    """In words, without telling whose it is."""
    invariants = (
        Invariant(stages=("new", "mature"), role="member"),
        Invariant(stages="new", role="fan", held=False),
    )
    machine = attrs.evolve(RETAIL, invariants=invariants)
    history = [
        fact("1", 0, "purchase"),
        fact("2", 3, "follow"),
        fact("3", 5, "signup"),
        fact("4", 6, "purchase"),
    ]
    found = lifecycle.violations(machine, lifecycle.fold(machine, history, as_of=START + days(9)))

    assert [(one.source, one.field, one.reason, one.kept) for one in found] == [
        (
            "retail",
            "member",
            "in the stage 'new' the role 'member' is not held on 2024-01-01 00:00+00:00",
            True,
        ),
        ("retail", "fan", "in the stage 'new' the role 'fan' is held on 2024-01-04 00:00+00:00", True),
    ]


def test_a_role_that_ends_breaks_it_from_then_on() -> None:
    """Even if the stage began well."""
    machine = attrs.evolve(RETAIL, invariants=(Invariant(stages="responder", role="fan"),))
    history = [fact("1", 0, "follow"), fact("2", 3, "unfollow")]

    def broken(day: int) -> list[str]:
        line = lifecycle.fold(machine, history, as_of=START + days(day))
        return [one.reason for one in lifecycle.violations(machine, line)]

    assert broken(2) == []
    assert broken(3) == ["in the stage 'responder' the role 'fan' is not held on 2024-01-04 00:00+00:00"]
