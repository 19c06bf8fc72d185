"""Leads: what is known of them, where they go, and whose turn it is."""

import datetime as dt
import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmkit import conditions, model
from crmkit.conditions import F, days
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.funnel import (
    INFORMATION,
    Assignment,
    AssignmentRule,
    Channel,
    Channels,
    Completeness,
    Information,
    Lead,
    Rep,
    RoundRobin,
    RoundRobinState,
    Route,
    SourceTag,
    completeness,
    round_robin,
    route,
)

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
FIELDS = ("name", "phone", "email", "company", "city", "needs", "source_channel", "colour")
FILLED = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(("x", "", " ", ("x", "y"))))


def lead(number: int = 0, **own: object) -> Lead:
    return Lead(f"l{number}", START, **own)  # type: ignore[arg-type]


# ---------------------------------------------------------------- completeness


@given(FILLED)
def test_known_and_missing_are_everything_asked_and_points_add_up(fields: dict[str, object]) -> None:
    """Each piece of information is known or missing; the points are those of the known."""
    found = completeness(lead(fields=fields))
    worth = {item.name: item.points for item in INFORMATION}

    assert sorted((*found.known, *found.missing)) == sorted(worth)
    assert found.points == sum(worth[name] for name in found.known)
    assert found.out_of == 100
    assert [worth[name] for name in found.missing] == sorted(
        (worth[name] for name in found.missing), reverse=True
    )


@given(FILLED, FILLED)
def test_knowing_more_is_never_worth_less(fields: dict[str, object], more: dict[str, object]) -> None:
    """Filling empty fields never lowers the score."""
    fuller = {**more, **{name: value for name, value in fields.items() if str(value).strip()}}

    assert completeness(lead(fields=fuller)).points >= completeness(lead(fields=fields)).points


def test_completeness_says_what_to_ask_next() -> None:
    """One of several fields is enough; blanks say nothing; a source tag tells where they came from."""
    found = completeness(
        lead(fields={"name": "Ann", "wechat": "x", "city": "  "}, source=SourceTag(medium="cpc"))
    )

    assert found.known == ("who they are", "how to reach them", "how they found us")
    assert found.missing[0] == "what they need"
    assert str(found) == (
        "55 % ██████ known of lead l0; "
        "ask what they need, whom they work for, where they are, what they do there"
    )
    assert found._repr_html_().count("missing") == 4
    assert model.from_json(model.to_json(found), Completeness) == found


def test_a_percentage_is_rounded_down() -> None:
    """Only a lead of which everything is known is at 100."""
    asked = (Information("a", 2, ("name",)), Information("b", 1, ("city",)))
    found = completeness(lead(fields={"name": "Ann"}), information=asked)

    assert found.percent == 66
    assert str(completeness(lead(fields={"name": "x", "city": "y"}), information=asked)).endswith("lead l0")


def test_information_and_leads_are_checked() -> None:
    """Points are positive, a field tells it, something is asked, a lead is named."""
    with pytest.raises(InvalidValue, match="1 or more, got 0"):
        Information("x", 0, ("name",))
    with pytest.raises(InvalidValue, match="'x' needs a field"):
        Information("x", 1, ())
    with pytest.raises(InvalidValue, match="at least one piece"):
        completeness(lead(), information=())
    with pytest.raises(InvalidValue, match="needs an id"):
        Lead("", START)
    with pytest.raises(UnknownName, match="Did you mean 'open'"):
        lead(status="opne")


def test_a_lead_tells_nothing_personal_in_its_repr() -> None:
    """Names of fields, never what they hold."""
    ann = lead(fields={"name": "Ann Personal"}, customer_id="c1")

    assert "Personal" not in repr(ann)
    assert ann["name"] == "Ann Personal"
    assert model.from_json(model.to_json(ann), Lead) == ann


# --------------------------------------------------------------------- routing

REPS = (
    Rep("ann", team="north"),
    Rep("bob", team="north", active=False),
    Rep("cem", team="south"),
    Rep("dee", active=False),
)
NORTH = AssignmentRule("north", when=F.region == "north", to=["north"])
SEARCH = AssignmentRule("search", when=F.channel == "sem", to=["cem", "dee"])
AWAY = AssignmentRule("away", when=F.status == "open", to=["dee"])
REST = AssignmentRule("rest", when=F.status == "open", to=["cem", "ann"])


def test_the_first_rule_that_is_true_and_leads_to_somebody_decides() -> None:
    """Unknown is not true, nobody active is passed over, and every rule asked is in the trace."""
    found = route(lead(), (NORTH, SEARCH, AWAY, REST, NORTH), REPS)

    assert (found.rule, found.rep_ids) == ("rest", ("ann", "cem"))
    assert [(one.rule, one.verdict) for one in found.trace] == [
        ("north", None),
        ("search", None),
        ("away", True),
        ("rest", True),
    ]
    assert str(found) == (
        "lead l0 → ann, cem by 'rest'\n"
        "  north: unknown whether region is 'north'\n"
        "  search: unknown whether channel is 'sem'\n"
        "  away: status is 'open', but nobody of dee is active\n"
        "  rest: status is 'open'"
    )
    assert "status is &#x27;open&#x27;, but nobody" in found._repr_html_()
    assert model.from_json(model.to_json(found), Route) == found


def test_rules_know_a_lead_by_field_by_source_and_by_time() -> None:
    """Region, channel however it is told, campaign, age."""
    tagged = lead(source=SourceTag(campaign="tea", click_ids={"gclid": "1"}))
    own = Channels([Channel("radio", "paid", aliases=("gclid",))])
    old = AssignmentRule("old", when=F.created_at.age() >= days(3), to=["cem"])

    assert route(lead(fields={"region": "north"}), (SEARCH, NORTH), REPS).rule == "north"
    assert route(lead(fields={"region": "south"}), (NORTH,), REPS).trace[0].why == "not so: region is 'north'"
    assert route(tagged, (SEARCH,), REPS).rep_ids == ("cem",)
    assert route(tagged, (SEARCH,), REPS, channels=own).rep_ids == ()
    assert route(lead(fields={"source_channel": "cpc"}), (SEARCH,), REPS).rule == "search"
    assert route(lead(fields={"source_channel": 7}), (SEARCH,), REPS).rule is None
    assert route(tagged, (AssignmentRule("tea", when=F.campaign == "tea", to=["ann"]),), REPS).rep_ids == (
        "ann",
    )
    assert route(lead(), (old,), REPS, as_of=START + days(3)).rule == "old"
    assert route(lead(), (old,), REPS, as_of=START + days(2)).rule is None


def test_where_no_rule_decides_nobody_gets_it() -> None:
    """The trace says why."""
    found = route(lead(), (AWAY,), REPS)

    assert (found.rule, found.rep_ids, len(found.trace)) == (None, (), 1)
    assert str(found).startswith("lead l0 → nobody: no rule decided\n  away: ")
    assert "lead l0 → nobody" in found._repr_html_()


def test_rules_and_reps_are_checked() -> None:
    """A rule leads to somebody there is, a weight is positive, ids are one's own."""
    with pytest.raises(UnknownName, match="Did you mean 'north'"):
        route(lead(), (AssignmentRule("x", when=F.status == "open", to=["norht"]),), REPS)
    with pytest.raises(InvalidValue, match="'x' leads to nobody"):
        AssignmentRule("x", when=F.status == "open", to=())
    with pytest.raises(InvalidValue, match="1 or more, got 0"):
        Rep("ann", weight=0)
    with pytest.raises(InvalidValue, match=r"got 0\.5"):
        Rep("ann", weight=0.5)  # type: ignore[arg-type]
    with pytest.raises(Contradiction, match="two reps share the id 'ann'"):
        route(lead(), (), (*REPS, Rep("ann")))
    with pytest.raises(Contradiction, match="two reps share the id 'ann'"):
        round_robin((), (Rep("ann"), Rep("ann", active=False)))


def test_rules_survive_json() -> None:
    """A rule is a definition."""
    assert conditions.from_json(conditions.to_json(NORTH), AssignmentRule) == NORTH


# ----------------------------------------------------------------------- turns

WEIGHTS = st.lists(st.integers(1, 7), min_size=1, max_size=6)


def team(weights: list[int], *, away: frozenset[int] = frozenset()) -> list[Rep]:
    return [Rep(f"r{n}", weight=weight, active=n not in away) for n, weight in enumerate(weights)]


def given_to(found: RoundRobin) -> list[str | None]:
    return [one.rep_id for one in found.assignments]


@given(WEIGHTS, st.integers(0, 60))
@example([1, 1, 3], 5)
@example([6, 6, 1], 13)
@example([1, 4, 4, 4], 13)
def test_every_rep_is_within_one_lead_of_their_share_at_every_moment(weights: list[int], count: int) -> None:
    """Tijdeman's bound, 1 - 1/(2k-2), holds after every single lead."""
    got: Counter[str | None] = Counter()
    bound = 1 - Fraction(1, 2 * len(weights) - 2) if len(weights) > 1 else 0
    for number, rep in enumerate(
        given_to(round_robin((lead(n) for n in range(count)), team(weights))), start=1
    ):
        got[rep] += 1
        shares = [Fraction(number * weight, sum(weights)) for weight in weights]
        assert all(abs(share - got[f"r{n}"]) <= bound for n, share in enumerate(shares))
    assert got.total() == count


@given(WEIGHTS, st.lists(st.integers(0, 7), max_size=5))
def test_however_the_run_is_split_the_same_reps_get_the_same_leads(
    weights: list[int], sizes: list[int]
) -> None:
    """The state carries everything there is to carry, also through JSON."""
    leads = [lead(n) for n in range(sum(sizes))]
    whole = round_robin(leads, team(weights))
    state: RoundRobinState | None = None
    dealt: list[Assignment] = []
    for end, size in zip((sum(sizes[: n + 1]) for n in range(len(sizes))), sizes, strict=True):
        part = round_robin(leads[end - size : end], reversed(team(weights)), state)
        state = model.from_json(model.to_json(part.state), RoundRobinState)
        dealt += part.assignments

    assert tuple(dealt) == whole.assignments
    assert (state or RoundRobinState()) == whole.state


@given(WEIGHTS, st.lists(st.frozensets(st.integers(0, 5), max_size=5), max_size=12))
def test_the_absent_get_nothing_and_counters_tell_the_truth(
    weights: list[int], absences: list[frozenset[int]]
) -> None:
    """Counters are what was due while active less what was got, and add up to 0."""
    state, due, got = RoundRobinState(), Counter[str](), Counter[str]()
    for number, away in enumerate(absences):
        reps = team(weights, away=away)
        found = round_robin([lead(number)], reps, state)
        state, (rep_id,) = found.state, given_to(found)
        total = sum(rep.weight for rep in reps if rep.active)
        if rep_id is None:
            assert total == 0
            continue
        assert rep_id in {rep.id for rep in reps if rep.active}
        got[rep_id] += 1
        for rep in reps:
            if rep.active:
                due[rep.id] += Fraction(rep.weight, total)  # type: ignore[assignment]

    ids = [rep.id for rep in team(weights)]
    assert [state.behind(rep_id) for rep_id in ids] == [due[rep_id] - got[rep_id] for rep_id in ids]
    assert sum(parts for _, parts in state.counters) == 0
    assert math.gcd(state.scale, *(parts for _, parts in state.counters)) == 1
    assert state.counters == tuple(sorted(pair for pair in state.counters if pair[1]))


@given(st.lists(st.sampled_from(("open", "worked", "retired", "c1", "c2")), max_size=12), st.booleans())
def test_two_open_leads_of_one_customer_never_both_go_out(kinds: list[str], staffed: bool) -> None:
    """Nor does a lead that is closed; one that somebody works keeps its rep."""
    own: dict[str, dict[str, object]] = {
        "open": {},
        "worked": {"customer_id": "c1", "rep_id": "zoe"},
        "retired": {"status": "retired", "customer_id": "c2", "rep_id": "zoe"},
        "c1": {"customer_id": "c1"},
        "c2": {"customer_id": "c2"},
    }
    leads = [lead(n, **own[kind]) for n, kind in enumerate(kinds)]
    found = round_robin([*leads, *leads], team([1, 2], away=frozenset() if staffed else frozenset({0, 1})))
    dealt = dict(zip(range(len(kinds)), given_to(found), strict=True))
    new = {who: [n for n, kind in enumerate(kinds) if kind == who and dealt[n]] for who in ("c1", "c2")}

    assert [one.lead_id for one in found.assignments] == [one.id for one in leads]
    for number, kind in enumerate(kinds):
        assert kind != "open" or (dealt[number] is not None) == staffed
        assert kind != "worked" or dealt[number] == "zoe"
        assert kind != "retired" or dealt[number] is None
    assert len(new["c1"]) == (staffed and "c1" in kinds and "worked" not in kinds)
    assert new["c2"] == ([kinds.index("c2")] if staffed and "c2" in kinds else [])


def test_of_several_leads_that_are_worked_the_first_is_named() -> None:
    """Whoever merges the new one knows where to look."""
    worked = [lead(n, customer_id="c", rep_id="zoe") for n in (1, 2)]
    new = round_robin([*worked, lead(3, customer_id="c")], team([1])).assignments[2]

    assert new.reason == "the same customer's lead l1 is open; merge the two"


def test_leads_that_are_worked_take_nobodys_turn() -> None:
    """Counters move with new leads only."""
    found = round_robin([lead(1, rep_id="ann"), lead(2, status="converted")], team([1, 1]))

    assert found.state == RoundRobinState()


def test_every_assignment_says_why() -> None:
    """Whose turn it is and how much is due, or why nobody gets it."""
    leads = [
        lead(1, customer_id="c"),
        lead(2),
        lead(3, customer_id="c"),
        lead(4, status="retired"),
        lead(5, rep_id="zoe"),
    ]
    found = round_robin(leads, team([2, 1]))

    assert [(one.rep_id, one.reason) for one in found.assignments] == [
        ("r0", "next of 2 in turn, with 2/3 of a lead due"),
        ("r1", "next of 2 in turn, with 2/3 of a lead due"),
        (None, "the same customer's lead l1 is open; merge the two"),
        (None, "the lead is retired"),
        ("zoe", "they work it already"),
    ]
    assert given_to(round_robin([lead(1)], [])) == [None]
    assert round_robin([lead(1)], []).assignments[0].reason == "no rep is active"
    assert "l3    nobody  the same customer" in str(found)
    assert "<td style='text-align:left'>nobody</td>" in found._repr_html_()
    assert model.from_json(model.to_json(found), RoundRobin) == found
    assert found.state.behind("r0") == Fraction(1, 3)
    with pytest.raises(InvalidValue, match="1 or more, got 0"):
        RoundRobinState(scale=0)


def test_one_who_was_away_is_owed_nothing_for_that_time() -> None:
    """Back after a hundred leads, they take their normal turns."""
    busy = round_robin((lead(n) for n in range(100)), team([1, 1, 1], away=frozenset({2})))
    back = round_robin((lead(n) for n in range(9)), team([1, 1, 1]), busy.state)

    assert Counter(given_to(busy)) == {"r0": 50, "r1": 50}
    assert Counter(given_to(back)) == {"r0": 3, "r1": 3, "r2": 3}
