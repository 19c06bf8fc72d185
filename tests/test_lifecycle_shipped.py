"""The shipped lifecycles: each stage reached as its meaning says."""

from __future__ import annotations

import datetime as dt

import pytest

from crmkit import lifecycle
from crmkit.conditions import days, matches
from crmkit.lifecycle import B2B, FIRST_MONTHS, MEMBERSHIP, RETAIL, Lifecycle
from crmkit.model import Activity, ActivityId, CustomerId

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def stage(machine: Lifecycle, day: int, *facts: tuple[int, str]) -> str:
    """Return the stage on a day, of facts given as day and kind."""
    history = [
        Activity(ActivityId(str(place)), CustomerId("c"), kind, START + days(on))
        for place, (on, kind) in enumerate(facts)
    ]
    return lifecycle.stage_at(machine, history, as_of=START + days(day))


def roles(machine: Lifecycle, day: int, *facts: tuple[int, str]) -> tuple[str, ...]:
    history = [
        Activity(ActivityId(str(place)), CustomerId("c"), kind, START + days(on))
        for place, (on, kind) in enumerate(facts)
    ]
    return lifecycle.fold(machine, history, as_of=START + days(day)).roles


@pytest.mark.parametrize(
    ("day", "facts", "expected"),
    [
        (0, [], "potential"),
        (9, [(1, "touch"), (2, "send"), (3, "lead_created"), (4, "opened"), (5, "referral")], "potential"),
        *(
            (9, [(1, kind)], "responder")
            for kind in ("page_view", "article_view", "follow", "event_attended")
        ),
        *((9, [(1, kind)], "responder") for kind in ("interaction", "contact_left", "signup", "clicked")),
        (999, [(1, "signup")], "responder"),
        (9, [(1, "purchase")], "new"),
        (9, [(1, "signup"), (2, "purchase")], "new"),
        (9, [(1, "purchase"), (2, "refund"), (3, "signup")], "new"),
        (9, [(1, "purchase"), (2, "purchase")], "mature"),
        (180, [(1, "purchase")], "new"),
        (181, [(1, "purchase")], "silent"),
        (365, [(1, "purchase"), (200, "page_view"), (201, "use")], "silent"),
        (366, [(1, "purchase")], "churned"),
        (181, [(1, "purchase"), (181, "purchase")], "mature"),
        (190, [(1, "purchase"), (190, "purchase")], "mature"),
        (800, [(1, "purchase"), (790, "purchase")], "mature"),
        (289, [(1, "purchase"), (10, "purchase"), (110, "purchase")], "mature"),
        (290, [(1, "purchase"), (10, "purchase"), (110, "purchase")], "silent"),
    ],
)
def test_retail(day: int, facts: list[tuple[int, str]], expected: str) -> None:
    """A shop: interest, first purchase, coming back, half a year, a year, and back again."""
    assert stage(RETAIL, day, *facts) == expected


@pytest.mark.parametrize(
    ("day", "facts", "expected"),
    [
        (9, [(1, "page_view"), (2, "touch")], "potential"),
        *((9, [(1, kind)], "responder") for kind in ("contact_left", "signup", "lead_qualified")),
        (9, [(1, "contract_start")], "new"),
        (9, [(1, "contact_left"), (2, "contract_start")], "new"),
        (60, [(1, "contract_start")], "new"),
        (61, [(1, "contract_start")], "silent"),
        *((69, [(1, "contract_start"), (10, kind)], "new") for kind in ("use", "purchase", "contract_start")),
        *(
            (70, [(1, "contract_start"), (10, kind)], "silent")
            for kind in ("use", "purchase", "contract_start")
        ),
        (9, [(1, "contract_start"), (5, "renewal")], "mature"),
        (9, [(5, "renewal")], "mature"),
        *(
            (72, [(1, "contract_start"), (5, "renewal"), (13, kind)], "mature")
            for kind in ("use", "purchase", "contract_start", "renewal")
        ),
        (73, [(1, "contract_start"), (5, "renewal"), (13, "use")], "silent"),
        (90, [(1, "contract_start"), (80, "use")], "new"),
        (90, [(1, "contract_start"), (2, "renewal"), (80, "use")], "mature"),
        (90, [(1, "contract_start"), (80, "purchase")], "silent"),
        (9, [(1, "contract_start"), (5, "contract_end")], "silent"),
        (9, [(1, "contract_start"), (2, "renewal"), (5, "contract_end")], "silent"),
        (9, [(1, "contract_start"), (5, "contract_end"), (6, "use")], "silent"),
        (9, [(1, "contract_start"), (5, "contract_end"), (6, "contract_start")], "mature"),
        (9, [(1, "contract_start"), (5, "contract_end"), (6, "renewal")], "mature"),
        (99, [(1, "contract_start"), (5, "contract_end"), (6, "contract_start"), (90, "use")], "new"),
        (180, [(1, "contract_start")], "silent"),
        (181, [(1, "contract_start")], "churned"),
        (190, [(1, "contract_start"), (185, "use")], "churned"),
        (190, [(1, "contract_start"), (185, "contract_start")], "mature"),
        (190, [(1, "contract_start"), (185, "renewal")], "mature"),
    ],
)
def test_membership(day: int, facts: list[tuple[int, str]], expected: str) -> None:
    """A gym: a phone number, a contract, visits, a renewal, silence, the contract's end."""
    assert stage(MEMBERSHIP, day, *facts) == expected


@pytest.mark.parametrize(
    ("day", "facts", "expected"),
    [
        (9, [(1, "touch"), (2, "lead_created")], "target"),
        *(
            (999, [(1, kind)], "engaged")
            for kind in (
                "page_view",
                "article_view",
                "event_attended",
                "interaction",
                "contact_left",
                "signup",
                "lead_qualified",
                "opportunity_opened",
                "quote_sent",
                "signed",
            )
        ),
        *((9, [(1, kind)], "first_order") for kind in ("purchase", "contract_start")),
        *((9, [(1, "quote_sent"), (2, kind)], "first_order") for kind in ("purchase", "contract_start")),
        *((9, [(1, "purchase"), (2, kind)], "growing") for kind in ("purchase", "contract_start", "renewal")),
        (180, [(1, "purchase")], "first_order"),
        (181, [(1, "purchase")], "at_risk"),
        *(
            (189, [(1, "purchase"), (10, kind)], "first_order")
            for kind in ("use", "interaction", "event_attended")
        ),
        (190, [(1, "purchase"), (10, "use")], "at_risk"),
        *(
            (199, [(1, "purchase"), (2, "purchase"), (20, kind)], "growing")
            for kind in ("use", "interaction", "event_attended", "purchase", "contract_start", "renewal")
        ),
        (200, [(1, "purchase"), (2, "purchase"), (20, "use")], "at_risk"),
        (9, [(1, "contract_start"), (5, "contract_end")], "at_risk"),
        (9, [(1, "contract_start"), (2, "renewal"), (5, "contract_end")], "at_risk"),
        (365, [(1, "purchase"), (200, "use")], "at_risk"),
        (366, [(1, "purchase"), (200, "interaction")], "lost"),
        *(
            (500, [(1, "purchase"), (200, kind), (380, "use"), (490, "use")], "growing")
            for kind in ("purchase", "renewal", "contract_start")
        ),
        *(
            (410, [(1, "purchase"), (400, kind)], "growing")
            for kind in ("purchase", "renewal", "contract_start")
        ),
    ],
)
def test_b2b(day: int, facts: list[tuple[int, str]], expected: str) -> None:
    """An account: contact, first order, more orders, silence, loss, and won back by an order."""
    assert stage(B2B, day, *facts) == expected


@pytest.mark.parametrize("machine", [RETAIL, MEMBERSHIP, B2B], ids=lambda one: one.name)
def test_the_usual_roles(machine: Lifecycle) -> None:
    """Fan, buyer, user and seller begin and end alike in all of them."""
    facts = ((1, "follow"), (1, "purchase"), (1, "use"), (1, "referral"))

    assert roles(machine, 90, *facts) == ("buyer", "fan", "seller", "user")
    assert roles(machine, 91, *facts) == ("buyer", "fan", "seller")
    assert roles(machine, 366, *facts, (5, "unfollow")) == ("buyer",)
    assert roles(machine, 9999, *facts) == ("buyer", "fan")


def test_who_is_a_member() -> None:
    """In a shop those who signed up; elsewhere those with a contract, until it ends."""
    assert roles(RETAIL, 999, (1, "signup")) == ("member",)
    assert roles(RETAIL, 9, (1, "contract_start")) == ()
    for machine in (MEMBERSHIP, B2B):
        assert roles(machine, 9, (1, "signup")) == ()
        assert roles(machine, 9, (1, "contract_start")) == ("buyer", "member")
        assert roles(machine, 9, (1, "renewal")) == ("buyer", "member")
        assert roles(machine, 9, (1, "contract_start"), (5, "contract_end")) == ("buyer",)


@pytest.mark.parametrize(
    ("machine", "begin", "again"),
    [
        (RETAIL, "purchase", "purchase"),
        (MEMBERSHIP, "contract_start", "renewal"),
        (B2B, "purchase", "purchase"),
        (B2B, "contract_start", "renewal"),
    ],
)
def test_the_first_months_are_for_the_second_purchase(machine: Lifecycle, begin: str, again: str) -> None:
    """From the first purchase for 90 days, until the second; whatever else happens meanwhile."""

    def is_first_months(day: int, *facts: tuple[int, str]) -> bool:
        history = [
            Activity(ActivityId(str(place)), CustomerId("c"), kind, START + days(on))
            for place, (on, kind) in enumerate(facts)
        ]
        line = lifecycle.fold(machine, history, as_of=START + days(day))
        return matches(FIRST_MONTHS, {"stage": line.stage, "stage_since": line.since, "as_of": line.as_of})

    visits = [(day, "use") for day in range(10, 100, 30)]
    assert [is_first_months(day, (1, "signup"), (5, begin), *visits) for day in (0, 4, 5, 94, 95)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert not is_first_months(60, (5, begin), (50, again))
    assert not is_first_months(800, (5, begin), (750, begin))


@pytest.mark.parametrize(
    ("machine", "bought"), [(RETAIL, "purchase"), (MEMBERSHIP, "contract_start"), (B2B, "purchase")]
)
@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("competitor", "competitor"),
        ("value_not_found", "value_not_found"),
        ("moved away", "other"),
        (None, None),
    ],
)
def test_leaving_has_a_cause_where_it_is_known(
    machine: Lifecycle, bought: str, told: str | None, known: str | None
) -> None:
    """Told before or after they left, it is theirs once they have left, and no longer when they are back."""
    first = Activity(ActivityId("1"), CustomerId("c"), bought, START)
    back = Activity(ActivityId("3"), CustomerId("c"), bought, START + days(500))
    for day in (30, 400):
        said = Activity(
            ActivityId("2"), CustomerId("c"), "complaint", START + days(day), props={"cause": told}
        )
        history = [first, said, back]

        def cause(as_of: int, history: list[Activity] = history) -> str | None:
            return lifecycle.fold(machine, history, as_of=START + days(as_of)).lapse_cause

        assert cause(40) is None
        assert cause(450) == known
        assert cause(510) is None


def test_a_contract_that_ends_tells_why() -> None:
    """The activity that ends the relation may carry the cause itself."""
    begin = Activity(ActivityId("1"), CustomerId("c"), "contract_start", START)
    end = Activity(
        ActivityId("2"), CustomerId("c"), "contract_end", START + days(9), props={"cause": "competitor"}
    )
    for machine in (MEMBERSHIP, B2B):
        line = lifecycle.fold(machine, [begin, end], as_of=START + days(10))
        assert (line.stage in machine.lapsed, line.lapse_cause) == (True, "competitor")


@pytest.mark.parametrize("machine", [RETAIL, MEMBERSHIP, B2B], ids=lambda one: one.name)
def test_what_ships_can_be_edited_in_a_spreadsheet(machine: Lifecycle) -> None:
    """And uses no kind of activity that is not in the vocabulary."""
    assert lifecycle.from_csv(lifecycle.to_csv(machine)) == (machine, [])


def test_a_role_means_the_same_in_all_of_them() -> None:
    """A person and an account are asked about in one condition, whatever lifecycles they go through."""
    meanings = {(role.name, role.meaning) for machine in (RETAIL, MEMBERSHIP, B2B) for role in machine.roles}

    assert len(meanings) == len({name for name, _ in meanings}) == 5
