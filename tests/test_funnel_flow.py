"""The funnel report and time to convert."""

import datetime as dt
import math
from collections import Counter
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import funnel, model
from crmkit.calendars import days, hours
from crmkit.errors import InvalidValue, UnknownName
from crmkit.funnel import FunnelFlow, FunnelSpec, TimeToConvert, report
from crmkit.funnel.measure import facts_by_customer, open_entry
from crmkit.funnel.survival import time_to_convert
from crmkit.model import Activity
from test_funnel_measure import PLACES, SHOP, START, fact, specs, streams

SPANS = st.lists(st.integers(0, 6).map(days), max_size=12)


@st.composite
def channelled(draw: st.DrawFn) -> list[Activity]:
    """Return a stream whose activities come by a few channels, or by none that is known."""
    stream = draw(streams())
    names = draw(st.lists(st.sampled_from((None, "store", "邮件")), min_size=8, max_size=8))
    return [attrs.evolve(one, channel=name) for one, name in zip(stream, names, strict=False)]


@given(channelled(), specs(), PLACES)
def test_whoever_reached_a_step_went_on_or_is_pending_or_dropped_there(
    stream: list[Activity], spec: FunnelSpec, as_of: dt.datetime
) -> None:
    """The flow identity holds at every step, for everyone and in every group."""
    told = report(stream, spec, as_of=as_of, by="channel")

    for flow in (told.total, *told.groups):
        onward = (*flow.reached[1:], 0)
        stayed = [flow.converted * (place == len(onward)) for place in range(1, len(onward) + 1)]
        assert flow.reached == tuple(
            map(sum, zip(onward, flow.pending_at, flow.dropped_at, stayed, strict=True))
        )
        assert flow.entered == flow.matured + flow.pending
        assert flow.matured == flow.converted + flow.dropped


@given(channelled(), specs(), PLACES)
def test_a_report_counts_the_levels_of_what_was_known(
    stream: list[Activity], spec: FunnelSpec, as_of: dt.datetime
) -> None:
    """Reached are those at that level or deeper, of the activities up to *as_of*."""
    known = [one for one in stream if one.at <= as_of]
    levels = list(funnel.levels(known, spec).values())
    told = report(stream, spec, as_of=as_of)

    assert told.reached == tuple(
        sum(level >= step for level in levels) for step in range(1, len(spec.steps) + 1)
    )
    assert told == report(known, spec, as_of=as_of)
    assert told.total.name == ""
    assert told.groups == ()


@given(channelled(), specs(), PLACES)
def test_pending_are_those_with_an_open_entry(
    stream: list[Activity], spec: FunnelSpec, as_of: dt.datetime
) -> None:
    """A customer is pending if not converted and some entry of theirs is still open."""
    known = [one for one in stream if one.at <= as_of]
    pending = dropped = 0
    levels = funnel.levels(known, spec)
    for customer, facts in facts_by_customer(known).items():
        if 0 < levels[customer] < len(spec.steps):
            is_open = open_entry(facts, spec, as_of=as_of) is not None
            pending, dropped = pending + is_open, dropped + (not is_open)
    told = report(stream, spec, as_of=as_of)

    assert (told.pending, told.dropped) == (pending, dropped)
    assert (told.entered, told.converted) == (told.total.entered, told.total.converted)
    assert told.matured == told.converted + dropped


@given(channelled(), specs(), PLACES)
def test_groups_are_those_whose_path_began_there_and_add_up(
    stream: list[Activity], spec: FunnelSpec, as_of: dt.datetime
) -> None:
    """Everyone who entered is in exactly one group, that of the channel of their first activity."""
    told = report(stream, spec, as_of=as_of, by="channel")
    ways = funnel.paths([one for one in stream if one.at <= as_of], spec).values()
    entries = Counter(path[0].channel or "unknown" for path in ways if path)

    assert {group.name: group.entered for group in told.groups} == entries
    assert [group.name for group in told.groups] == sorted(entries, key=lambda name: (-entries[name], name))
    assert sum(group.pending for group in told.groups) == told.pending
    assert sum(group.converted for group in told.groups) == told.converted


@given(SPANS, SPANS)
def test_the_curve_is_the_product_limit(converted: list[dt.timedelta], followed: list[dt.timedelta]) -> None:
    """The share left at t is the product over event times up to t of 1 - events / at risk, exactly."""
    curve = time_to_convert(converted, followed).curve
    left = Fraction(1)
    wanted = []
    for after in sorted(set(converted)):
        at_risk = sum(one >= after for one in (*converted, *followed))
        left *= 1 - Fraction(converted.count(after), at_risk)
        wanted.append((after, float(1 - left)))

    assert [after for after, _ in curve] == [after for after, _ in wanted]
    assert all(
        math.isclose(share, exact, abs_tol=1e-11)
        for (_, share), (_, exact) in zip(curve, wanted, strict=True)
    )


@given(SPANS.filter(bool))
def test_with_everyone_converted_the_median_is_that_of_the_sample(converted: list[dt.timedelta]) -> None:
    """Nobody pending or dropped: half have converted by the lower middle one, and all in the end."""
    found = time_to_convert(converted, [])

    assert found.median == sorted(converted)[(len(converted) - 1) // 2]
    assert found.typical == found.median
    assert found.share == 1


def test_the_curve_gives_the_published_figures_of_the_6_mp_arm() -> None:
    """Weeks in remission under 6-mercaptopurine: Freireich et al. (1963), median 23 weeks."""
    relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    followed = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = time_to_convert(map(days, relapsed), map(days, followed))

    assert [(after.days, round(1 - share, 3)) for after, share in found.curve] == [
        (6, 0.857),
        (7, 0.807),
        (10, 0.753),
        (13, 0.69),
        (16, 0.627),
        (22, 0.538),
        (23, 0.448),
    ]
    assert found.median == days(23)
    assert found.typical == days(13)
    assert found.quantile(0) == days(6)
    assert found.quantile(1) is None


def test_time_to_convert_without_conversions_has_no_figures() -> None:
    """Nobody converted: the share is 0 and there is no time to name."""
    none = time_to_convert([], [days(1)])

    assert none == TimeToConvert()
    assert (none.share, none.median, none.typical) == (0, None, None)
    assert none.quantile(0) is None
    with pytest.raises(InvalidValue, match="between 0 and 1"):
        none.quantile(1.5)


STREAM = [
    fact("touch", days(0), "ann"),
    fact("signup", days(1), "ann"),
    fact("purchase", days(3), "ann"),
    fact("touch", days(0), "bob"),
    fact("signup", days(7), "bob"),
    fact("touch", days(6), "cem"),
    fact("touch", days(0), "dee"),
    fact("touch", days(9), "dee"),
    fact("use", days(1), "eve"),
    fact("touch", days(30), "fay"),
]


def test_pending_are_not_dropped() -> None:
    """After ten days Bob is out, Cem and Dee (who came again) are still inside their week."""
    told = report(STREAM, SHOP, as_of=START + days(10))

    assert told.reached == (4, 2, 1)
    assert told.total.pending_at == (2, 0, 0)
    assert told.total.dropped_at == (0, 1, 0)
    assert (told.entered, told.converted, told.pending, told.dropped, told.matured) == (4, 1, 2, 1, 2)
    # Ann took 3 of 7 days; Bob was followed for 7, Cem for 4, Dee for 1: one of three at risk converted.
    assert told.time_to_convert.curve == ((days(3), round(1 / 3, 12)),)


def test_a_window_that_ends_as_of_now_is_over() -> None:
    """Exactly at its end nothing more can come in time."""
    early = report(STREAM, SHOP, as_of=START + days(13) - dt.timedelta.resolution)
    now = report(STREAM, SHOP, as_of=START + days(13))

    assert (early.pending, now.pending) == (2, 1)


def test_a_dropped_customer_counts_as_followed_to_the_end_of_the_window() -> None:
    """Whoever dropped out stays at risk for the whole week, not only as long as they were active."""
    late = [*STREAM[:5], fact("touch", days(0), "gil"), fact("signup", days(1), "gil")]
    told = report([*late, fact("purchase", days(7), "gil")], SHOP, as_of=START + days(20))

    assert told.time_to_convert.curve == ((days(3), round(1 / 3, 12)), (days(7), round(2 / 3, 12)))


def test_a_report_reads_well_in_a_terminal() -> None:
    """A headline, the steps with bars, and what to expect."""
    told = report(STREAM, SHOP, as_of=START + days(10), by="channel")

    assert str(told) == (
        "touch → signup → purchase within 7 days, in order, as of 2024-11-05 22:30 UTC\n"
        "\n"
        "step        reached  of entered  pending  dropped\n"
        "──────────  ───────  ──────────  ───────  ───────  ────────────────────────\n"
        "1 touch           4        100%        2        0  ████████████████████████\n"
        "2 signup          2         50%        0        1  ████████████\n"
        "3 purchase        1         25%        0        0  ██████\n"
        "\n"
        "channel  entered  converted  of entered  pending  dropped  expected\n"
        "───────  ───────  ─────────  ──────────  ───────  ───────  ────────\n"
        "unknown        4          1         25%        2        1       33%\n"
        "\n"
        "1 of 4 converted, 2 pending, 1 dropped; expected in the end: 33%, "
        "half of those within 3.0 days (Kaplan-Meier)"
    )


def test_a_report_on_nobody_reads_well_too() -> None:
    """No one entered: no shares of nothing, no pace."""
    text = str(report([], attrs.evolve(SHOP, order="any"), as_of=START, by="channel"))

    assert "1 of 3" in text
    assert "–" in text
    assert "channel" not in text
    assert text.endswith("0 of 0 converted, 0 pending, 0 dropped; expected in the end: 0% (Kaplan-Meier)")


@pytest.mark.parametrize(
    ("span", "words"),
    [(days(2), "2.0 days"), (hours(47), "47.0 hours"), (hours(2), "2.0 hours"), (hours(1), "60 minutes")],
)
def test_the_pace_is_told_in_a_unit_that_fits(span: dt.timedelta, words: str) -> None:
    """Days from two days on, hours from two hours on, else minutes."""
    stream = [fact("touch", days(0)), fact("signup", span / 2), fact("purchase", span)]

    assert f"half of those within {words} " in str(report(stream, SHOP, as_of=START + days(9)))


def test_a_report_shows_itself_in_a_notebook_and_escapes_every_text() -> None:
    """Bars, a table of steps and one of groups; a channel cannot smuggle markup in."""
    spec = FunnelSpec(("<i>", "purchase"), days(1))
    stream = [Activity("a", "a", "<i>", START, channel="<b>"), fact("purchase", hours(2))]
    html = report(stream, spec, as_of=START, by="channel")._repr_html_()

    assert "<i>" not in html
    assert "<b>" not in html
    assert html.count("&lt;b&gt;") == 1
    assert html.count("<rect ") == 2
    assert html.count("<table>") == 2
    assert html.count("<td") == 2 * 5 + 7
    assert html.count("<th ") == 5 + 7
    assert html.count(">channel<") == 1
    assert report(stream, spec, as_of=START)._repr_html_().count("<table>") == 1


def test_a_report_refuses_a_breakdown_that_there_is_not_and_a_naive_instant() -> None:
    """The closest name is offered."""
    with pytest.raises(UnknownName, match="Did you mean 'channel'"):
        report([], SHOP, as_of=START, by="chanel")
    with pytest.raises(InvalidValue, match="no time zone"):
        report([], SHOP, as_of=dt.datetime(2024, 1, 1))


def test_flows_survive_json() -> None:
    """A flow is a value with a JSON form."""
    flow = report(STREAM, SHOP, as_of=START + days(10)).total

    assert model.from_json(model.to_json(flow), FunnelFlow) == flow
