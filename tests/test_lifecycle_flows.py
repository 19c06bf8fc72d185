"""Flows: who stood where at two instants, counted one by one and in columns, and drawn."""

from __future__ import annotations

import csv
import datetime as dt
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions_pools import START, histories
from crmkit import lifecycle
from crmkit.conditions import F, days
from crmkit.display import Picture
from crmkit.errors import InvalidValue
from crmkit.lifecycle import B2B, MEMBERSHIP, RETAIL, Flows, Lifecycle, bulk
from crmkit.model import Activity, ActivityId, CustomerId, columns_of
from lifecycle_pools import INSTANTS, KINDS, machines

MACHINES = machines() | st.sampled_from((RETAIL, MEMBERSHIP, B2B))
CROWDS = histories(customers=("c1", "c2", "c3", "c4"), kinds=(*KINDS, "contract_start"), max_size=25)
TWO = st.tuples(INSTANTS, INSTANTS).filter(lambda two: two[0] != two[1]).map(sorted)


def fact(customer: str, day: int, kind: str = "purchase") -> Activity:
    return Activity(ActivityId(f"{customer}{day}{kind}"), CustomerId(customer), kind, START + days(day))


@given(MACHINES, CROWDS, TWO)
def test_bulk_flows_are_the_scalar_flows(
    machine: Lifecycle, facts: list[Activity], two: list[dt.datetime]
) -> None:
    """For any definition, any histories, any two instants: equal."""
    since, as_of = two

    assert bulk.flows(machine, columns_of(facts), since=since, as_of=as_of) == lifecycle.flows(
        machine, facts, since=since, as_of=as_of
    )


@given(MACHINES, CROWDS, TWO)
def test_flows_count_everybody_once(
    machine: Lifecycle, facts: list[Activity], two: list[dt.datetime]
) -> None:
    """From where each timeline was to where it is; rows and columns add up to who stood there."""
    since, as_of = two
    found = lifecycle.flows(machine, facts, since=since, as_of=as_of)
    lines = [
        lifecycle.fold(machine, [one for one in facts if one.customer_id == customer], as_of=as_of)
        for customer in {one.customer_id for one in facts}
    ]

    assert found.between == Counter((line.at(since).stage, line.stage) for line in lines)
    assert found.before == {
        stage: sum(line.at(since).stage == stage for line in lines) for stage in machine.stages
    }
    assert found.after == {stage: sum(line.stage == stage for line in lines) for stage in machine.stages}


@given(MACHINES, CROWDS, TWO, INSTANTS)
def test_flows_follow_each_other(
    machine: Lifecycle, facts: list[Activity], two: list[dt.datetime], later: dt.datetime
) -> None:
    """Where one period leaves customers, the next finds them."""
    first, second = two
    third = max(second, later) + days(1)
    one = lifecycle.flows(machine, facts, since=first, as_of=second)
    other = lifecycle.flows(machine, facts, since=second, as_of=third)

    assert one.after == other.before


@given(MACHINES, CROWDS, TWO)
def test_the_diagram_has_each_flow_once(
    machine: Lifecycle, facts: list[Activity], two: list[dt.datetime]
) -> None:
    """As rows of CSV, no name on both sides: a Sankey diagram has no way back."""
    found = lifecycle.flows(machine, facts, since=two[0], as_of=two[1])
    head, empty, *rows = lifecycle.diagram(found).split("\n")
    drawn = list(csv.reader(rows))

    assert (head, empty) == ("sankey-beta", "")
    assert {
        (left.rpartition(", ")[0], right.rpartition(", ")[0]): int(count) for left, right, count in drawn
    } == found.between
    assert not {left for left, _, _ in drawn} & {right for _, right, _ in drawn}


YEAR = [fact("ann", 0), fact("bob", 0), fact("bob", 100), fact("cy", 150, "signup")]


SVG = "{http://www.w3.org/2000/svg}"
ODD = 'the "first" <b>&\x07</b> 初次来访的客人们都在这里等着呢' + "x" * 60


def bands(picture: Picture) -> dict[str, float]:
    """Return how wide each band is, by what it says of itself."""
    paths = ET.fromstring(picture.svg).iter(SVG + "path")
    return {"".join(path.itertext()): float(path.get("stroke-width", "")) for path in paths}


def year() -> Flows:
    return lifecycle.flows(RETAIL, YEAR, since=START, as_of=START + days(200))


def test_flows_are_drawn() -> None:
    """As a Mermaid Sankey diagram, as Markdown, and as text."""
    assert lifecycle.diagram(year()) == (
        "sankey-beta\n\n"
        '"potential, 2024-01-01","responder, 2024-07-19",1\n'
        '"new, 2024-01-01","mature, 2024-07-19",1\n'
        '"new, 2024-01-01","silent, 2024-07-19",1'
    )
    lines = lifecycle.table(year()).splitlines()
    assert lines[0] == (
        "| 2024-01-01 → 2024-07-19 | potential | responder | new | mature | silent | churned | together |"
    )
    assert lines[2] == "| potential |  | 1 |  |  |  |  | 1 |"
    assert lines[4] == "| new |  |  |  | 1 | 1 |  | 2 |"
    assert lines[-1] == "| together | 0 | 1 | 0 | 1 | 1 | 0 | 3 |"
    assert str(year()).splitlines()[-1].split() == ["together", "0", "1", "0", "1", "1", "0", "3"]
    assert "retail" in year()._repr_html_()


@given(MACHINES, CROWDS, TWO)
def test_the_picture_has_a_band_for_each_flow_as_wide_as_it_is_large(
    machine: Lifecycle, facts: list[Activity], two: list[dt.datetime]
) -> None:
    """And bars as high as the customers in them, so bands fill bars; it is one XML document without scripts."""
    found = lifecycle.flows(machine, facts, since=two[0], as_of=two[1])
    drawn = lifecycle.picture(found)
    told = {
        f"{source} → {target}: {count}" if source != target else f"{source} stay: {count}": count
        for (source, target), count in found.between.items()
    }
    bars = [rect for rect in ET.fromstring(drawn.svg).iter(SVG + "rect") if rect.get("x")]

    assert bands(drawn) == pytest.approx(
        {name: 240 * count / sum(told.values()) for name, count in told.items()}, abs=0.06
    )
    assert [rect[0].text for rect in bars] == [
        f"{stage}: {count}" for side in (found.before, found.after) for stage, count in side.items() if count
    ]
    assert "script" not in drawn.svg


def test_the_picture_escapes_and_cuts_names() -> None:
    """An odd name is shown as it is, whole when pointed at, and the number beside it is never cut."""
    machine = Lifecycle("<i>odd</i>", ODD, moves=(lifecycle.on("purchase", ODD, "a"),), ends="a")
    found = lifecycle.flows(machine, [fact("ann", 1)], since=START, as_of=START + days(2))
    drawn = lifecycle.picture(found)
    texts = list(ET.fromstring(drawn.svg).itertext())

    assert "<b>" not in drawn.svg
    assert any(text.startswith('the "first" <b>&') and text.endswith("x: 1") for text in texts)
    assert any("…" in text and text.endswith(" 1") for text in texts)
    assert drawn.svg in found._repr_html_()
    assert "<table>" in found._repr_html_()


def test_the_picture_of_nobody_says_so() -> None:
    """No customers, no bars, no division by them."""
    drawn = lifecycle.picture(lifecycle.flows(RETAIL, [], since=START, as_of=START + days(1)))

    assert "retail: nobody" in drawn.svg
    assert bands(drawn) == {}


def test_who_moves_under_another_definition_is_drawn_too() -> None:
    """In the order of the new definition's stages, then those that only the old one has."""
    other = Lifecycle("other", "a", moves=(lifecycle.on("purchase", "a", "new"),), ends="new")
    found = lifecycle.compare(RETAIL, other, YEAR, as_of=START + days(1))

    assert found.stages[:2] == ("a", "new")
    assert set(found.stages[2:]) == {*RETAIL.stages} - {"new"}
    assert set(bands(lifecycle.picture(found))) == {"new stay: 2", "potential → a: 1"}
    assert lifecycle.picture(found).svg in found._repr_html_()


def test_two_instants_of_a_day_are_told_apart() -> None:
    """And odd names are quoted."""
    machine = Lifecycle(
        "odd", 'the "first"', moves=(lifecycle.on("purchase", 'the "first"', "a,\nb"),), ends=("a,\nb",)
    )
    found = lifecycle.flows(
        machine, [fact("ann", 1)], since=START + days(1) - dt.timedelta(hours=1), as_of=START + days(1)
    )
    assert '"the ""first"", 2024-01-01","a, b, 2024-01-02",1' in lifecycle.diagram(found)
    same_day = lifecycle.flows(
        machine, [fact("ann", 1)], since=START + days(1), as_of=START + days(1) + dt.timedelta(hours=1)
    )
    assert '"a, b, 2024-01-02 00:00:00+00:00","a, b, 2024-01-02 01:00:00+00:00",1' in lifecycle.diagram(
        same_day
    )


def test_nobody_flows_nowhere() -> None:
    """No activities, no customers: a table of zeros, a diagram without flows."""
    found = lifecycle.flows(RETAIL, [], since=START, as_of=START + days(1))

    assert found == bulk.flows(RETAIL, columns_of([]), since=START, as_of=START + days(1))
    assert found.between == {}
    assert lifecycle.diagram(found) == "sankey-beta\n"


def test_guards_on_fields_read_those_of_the_customer() -> None:
    """By customer id, in both."""
    machine = Lifecycle(
        "vip", "a", moves=(lifecycle.on("purchase", "a", "b", when=F.vip.is_true()),), ends=("b",)
    )
    facts, fields = [fact("ann", 1), fact("bob", 1)], {"ann": {"vip": True}}
    for found in (
        lifecycle.flows(machine, facts, since=START, as_of=START + days(1), fields=fields),
        bulk.flows(machine, columns_of(facts), since=START, as_of=START + days(1), fields=fields),
    ):
        assert found.between == {("a", "b"): 1, ("a", "a"): 1}


def test_instants_must_follow_each_other() -> None:
    """In time, and with a time zone."""
    for since, match in ((START, "as_of must be after since"), (dt.datetime(2024, 1, 1), "time zone")):
        with pytest.raises(InvalidValue, match=match):
            lifecycle.flows(RETAIL, [], since=since, as_of=START)
        with pytest.raises(InvalidValue, match=match):
            bulk.flows(RETAIL, columns_of([]), since=since, as_of=START)
