"""Lifecycles as values: how they are written, and what makes one a bad definition."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given

from crmkit.calendars import Duration
from crmkit.conditions import ALWAYS, A, F, days, digest, from_json, local_days, months, to_json, years
from crmkit.errors import Contradiction, CrmkitError, InvalidValue, UnknownName
from crmkit.lifecycle import ANY, B2B, MEMBERSHIP, RETAIL, Invariant, Lifecycle, Move, Role, after, on
from crmkit.lifecycle.checks import never_after
from crmkit.lifecycle.machine import sources_of
from lifecycle_pools import machines

FAN = Role(name="rr", begins="follow")
BUY = on("purchase", "a", "b")
SHIPPED = (RETAIL, MEMBERSHIP, B2B)


def machine(*moves: Move, **more: Any) -> Lifecycle:
    return Lifecycle("m", "a", moves=moves, **{"ends": (), **more})


@given(machines())
def test_a_round_trip_is_identity(drawn: Lifecycle) -> None:
    """A lifecycle is JSON and back, with an equal digest and an equal hash."""
    again = from_json(to_json(drawn), Lifecycle)

    assert again == drawn
    assert hash(again) == hash(drawn)
    assert digest(again) == digest(drawn)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.name)
def test_the_shipped_lifecycles_are_values_like_any_other(shipped: Lifecycle) -> None:
    """They make the trip, and every stage and role has a meaning."""
    assert from_json(to_json(shipped), Lifecycle) == shipped
    assert all(meaning for _, meaning in shipped.meanings)
    assert all(role.meaning for role in shipped.roles)
    assert [role.name for role in shipped.roles] == ["fan", "buyer", "member", "user", "seller"]
    assert len({digest(one) for one in SHIPPED}) == len(SHIPPED)


def test_moves_say_what_makes_them() -> None:
    """Kinds and sources may be one or several."""
    assert on("purchase", "a", "b") == Move(kinds=("purchase",), sources=("a",), target="b")
    assert on(("x", "y", "x"), ("a", "b"), "c", when=ALWAYS, priority=2) == Move(
        kinds=("x", "y"), sources=("a", "b"), target="c", when=ALWAYS, priority=2
    )
    assert after(days(3), "a", "b", priority=1) == Move(after=days(3), sources=("a",), target="b", priority=1)
    assert str(on(("x", "y"), ("a", "b"), "c", when=F.vip.is_true())) == "a or b → c: x or y when vip is yes"
    assert str(after(months(1), ANY, "c")) == "any other stage → c: after 1 month"
    assert Role(name="r", begins="x", ends=("y", "z"), lapses_after=days(1)).end == "y or z or after 1 day"
    assert Role(name="r", begins="x").end == ""


def test_any_is_every_other_stage() -> None:
    """The target is left out; a move to itself is written as such."""
    one = machine(BUY, on("use", ANY, "c"), on("x", "c", "a"))

    assert sources_of(one, one.moves[1]) == ("a", "b")
    assert sources_of(one, one.moves[0]) == ("a",)


def test_stages_stand_in_the_order_of_their_meanings_or_as_named() -> None:
    """The initial one first, if no meanings are given."""
    meanings = {"b": "second", "a": "first"}

    assert machine(on("x", "b", "a"), BUY).stages == ("a", "b")
    assert machine(BUY, on("x", "b", "a"), meanings=meanings).stages == ("b", "a")
    assert machine(BUY, on("x", "b", "a"), meanings=meanings).meanings == (("b", "second"), ("a", "first"))


def test_a_lifecycle_reads_in_a_line() -> None:
    """Its name and its stages."""
    assert str(machine(BUY, ends=("b",))) == "m: a, b"


BAD_VALUES: tuple[tuple[Callable[[], object], str], ...] = (
    (lambda: Move(sources=("a",), target="b"), "exactly one"),
    (lambda: Move(kinds=("x",), after=days(1), sources=("a",), target="b"), "exactly one"),
    (lambda: Move(after=days(1), sources=("a",), target="b", when=ALWAYS), "no guard"),
    (lambda: after(days(0), "a", "b"), "longer than nothing"),
    (lambda: after(-days(1), "a", "b"), "longer than nothing"),
    (lambda: after(months(0), "a", "b"), "longer than nothing"),
    (lambda: on("x", (), "b"), "leads out of"),
    (lambda: on("x", (ANY, "a"), "b"), "ANY alone"),
    (lambda: on("x", "a", "b", priority=1.5), "whole number"),  # type: ignore[arg-type]
    (lambda: on("x", "a", "b", priority=True), "whole number"),
    (lambda: on("x", "a", "b", when=F.stage == "a"), "never stage"),
    (lambda: on("x", "a", "b", when=(F.tier > 1) | F.tags.contains("x")), "never tags, tier"),
    (lambda: on("x", "a", "b", when=F.frequency > 1), "never frequency"),
    (lambda: on("x", "a", "b", when=F.vip), "is_true"),  # type: ignore[arg-type]
    (lambda: Role(name="", begins="x"), "needs a name"),
    (lambda: Role(name="r", begins=()), "kinds of activity"),
    (lambda: Role(name="r", begins=("x", "y"), ends=("y", "z")), "both begins and ends with y"),
    (lambda: Role(name="r", begins="x", lapses_after=days(0)), "longer than nothing"),
)


@pytest.mark.parametrize(("build", "match"), BAD_VALUES)
def test_moves_and_roles_that_cannot_be_meant(build: Callable[[], object], match: str) -> None:
    """Each is refused with a sentence that says what to write."""
    with pytest.raises(InvalidValue, match=match):
        build()


def test_guards_may_read_what_is_not_derived() -> None:
    """Fields of the record and props of activities, even one that is called as a derived field."""
    guard = F.id.is_known() & (A("purchase").where(stage="x").count() >= 1)

    assert on("x", "a", "b", when=guard).when == guard


BAD_MACHINES: tuple[tuple[Callable[[], Lifecycle], type[CrmkitError], str], ...] = (
    (lambda: Lifecycle("", "a", moves=(BUY,), ends=("b",)), InvalidValue, "need names"),
    (lambda: machine(BUY, on("x", "b", "")), InvalidValue, "need names"),
    (
        lambda: machine(BUY, ends="b", meanings=(("a", ""), ("b", ""), ("a", ""))),
        InvalidValue,
        "'a' stands twice",
    ),
    (
        lambda: machine(BUY, ends="b", roles=(Role(name="r", begins="x"), Role(name="r", begins="y"))),
        InvalidValue,
        "role 'r' stands twice",
    ),
    (
        lambda: machine(BUY, on("x", "b", "slient"), meanings={"a": "", "b": "", "silent": ""}),
        UnknownName,
        "Did you mean 'silent'",
    ),
    (
        lambda: machine(BUY, on("x", "slient", "b"), meanings={"a": "", "b": "", "silent": ""}),
        UnknownName,
        "Did you mean 'silent'",
    ),
    (lambda: machine(BUY, ends="bb"), UnknownName, "no stage is called 'bb'"),
    (lambda: machine(BUY, ends="b", lapsed="x"), UnknownName, "no stage is called 'x'"),
    (lambda: Lifecycle("m", "x", moves=(BUY,), meanings={"a": "", "b": ""}), UnknownName, "called 'x'"),
    (
        lambda: machine(BUY, ends="b", invariants=(Invariant(stages="bb", role="r"),), roles=(FAN,)),
        UnknownName,
        "no role is called 'r'. Did you mean 'rr'",
    ),
    (
        lambda: machine(BUY, ends="b", invariants=(Invariant(stages="bb", role="rr"),), roles=(FAN,)),
        UnknownName,
        "no stage is called 'bb'",
    ),
    (
        lambda: machine(BUY, ends="b", invariants=(Invariant(stages="a", role="rr"),), roles=(FAN,)),
        InvalidValue,
        "in the initial stage 'a'",
    ),
    (
        lambda: machine(on("x", "a", "silent"), on("y", "slient", "a"), ends="silent"),
        InvalidValue,
        "nothing leads from 'a' to the stage 'slient'. Did you mean 'silent'",
    ),
    (lambda: machine(BUY, ends="b", meanings={"a": "", "b": "", "c": ""}), InvalidValue, "to the stage 'c'"),
    (lambda: machine(BUY), InvalidValue, r"'b' is a trap: .*ends=\('b',\)"),
    (lambda: machine(BUY, on("x", "b", "b")), InvalidValue, "'b' is a trap"),
    (lambda: machine(), InvalidValue, "'a' is a trap"),
    (
        lambda: machine(BUY, on("x", "a", "c"), on("y", "b", "d"), on("y", "d", "b"), ends="c"),
        InvalidValue,
        "from the stage 'b' no end is reachable: c",
    ),
    (lambda: machine(BUY, after(days(3), "a", "b"), ends="b"), InvalidValue, "nobody moves into 'a'"),
    (
        lambda: machine(BUY, after(days(3), "b", "c"), after(days(4), "b", "d"), ends=("c", "d")),
        InvalidValue,
        "in 'b' the move to 'd' after 4 days never comes: 3 days are over first, and lead to 'c'",
    ),
    (
        lambda: machine(BUY, after(days(3), "b", "c"), after(days(3), "b", "d", priority=1), ends=("c", "d")),
        InvalidValue,
        "never comes",
    ),
    (
        lambda: machine(BUY, after(days(25), "b", "c"), after(months(1), ANY, "d"), ends=("c", "d")),
        InvalidValue,
        "nobody moves into 'a'",
    ),
    (
        lambda: machine(BUY, after(days(25), "b", "c"), after(months(1), "b", "d"), ends=("c", "d")),
        InvalidValue,
        "after 1 month never comes",
    ),
    (
        lambda: machine(BUY, after(days(3), "b", "c"), after(days(3), "c", "b"), ends=("c",)),
        InvalidValue,
        "circle through 'b'",
    ),
    (lambda: machine(BUY, after(days(3), "b", "b"), ends="b"), InvalidValue, "circle through 'b'"),
    (
        lambda: machine(BUY, on("purchase", "a", "c"), ends=("b", "c")),
        Contradiction,
        "in 'a' a 'purchase' leads to 'b' and 'c' with equal priority",
    ),
    (
        lambda: machine(BUY, on("purchase", "a", "c", when=A().count() > 2), ends=("b", "c")),
        Contradiction,
        "equal priority",
    ),
    (
        lambda: machine(
            on("purchase", "a", "b", when=A().count() > 2, priority=1),
            on(("use", "purchase"), ANY, "c", when=A().count() > 2, priority=1),
            ends=("b", "c"),
        ),
        Contradiction,
        "equal priority",
    ),
    (
        lambda: machine(
            on("purchase", "a", "b", when=A("use").count() >= 1),
            on("purchase", "a", "c", when=A("use").count() >= 2),
            ends=("b", "c"),
        ),
        Contradiction,
        "leads to 'b' and 'c' with equal priority",
    ),
    (
        lambda: machine(
            on("purchase", "a", "b", when=F.channel == "shop"),
            on("purchase", "a", "c", when=F.vip == True),  # noqa: E712
            ends=("b", "c"),
        ),
        Contradiction,
        "leads to 'b' and 'c' with equal priority",
    ),
)


@pytest.mark.parametrize(("build", "error", "match"), BAD_MACHINES)
def test_bad_definitions_are_refused(
    build: Callable[[], Lifecycle], error: type[CrmkitError], match: str
) -> None:
    """When they are made, with a sentence that names what is wrong."""
    with pytest.raises(error, match=match):
        build()


def test_what_the_checks_let_pass() -> None:
    """Different priorities, guards, kinds or stages, and timeouts that may each come first."""
    accepted = [
        machine(BUY, on("purchase", "a", "c", priority=1), ends=("b", "c")),
        machine(
            on("purchase", "a", "b", when=A().count() > 2),
            on("purchase", "a", "c", when=A().count() <= 2),
            ends=("b", "c"),
        ),
        machine(BUY, on("use", "a", "c"), on("purchase", "b", "c"), ends=("c",)),
        machine(BUY, after(days(30), "b", "c"), after(months(1), "b", "d"), ends=("c", "d")),
        machine(BUY, after(days(3), "b", "c"), on("purchase", "c", "b")),
    ]

    assert [len(one.stages) for one in accepted] == [3, 3, 3, 4, 3]


def test_loaded_json_is_checked_too() -> None:
    """A document cannot smuggle in what Python refuses."""
    text = to_json(machine(BUY, ends=("b",))).replace('"ends":["b"]', '"ends":[]')

    with pytest.raises(InvalidValue, match="trap"):
        from_json(text, Lifecycle)


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        (days(1), days(2), True),
        (days(2), days(2), True),
        (days(3), days(2), False),
        (months(1), months(2), True),
        (months(2), months(1), False),
        (months(1), months(1, "Asia/Tokyo"), False),
        (months(1), months(2, "Asia/Tokyo"), True),
        (local_days(2, "UTC"), local_days(3, "UTC"), True),
        (local_days(3, "UTC"), local_days(3, "Asia/Tokyo"), False),
        (days(26), months(1), True),
        (days(27), months(1), False),
        (days(33), months(1), False),
        (months(1), days(33), True),
        (months(1), days(32), False),
        (days(363), years(1), True),
        (years(1), days(368), True),
        (years(1), days(367), False),
        (days(8), local_days(10, "UTC"), True),
        (days(9), local_days(10, "UTC"), False),
        (local_days(10, "UTC"), days(12), True),
    ],
)
def test_what_is_provably_over_first(one: Duration, other: Duration, first: bool) -> None:
    """Months and local days vary; only what holds from every start is proven."""
    assert never_after(one, other) is first


def test_equal_lifecycles_share_their_table() -> None:
    """A customer needs no memory for the machine."""
    from crmkit.lifecycle.compiled import table_of

    assert table_of(RETAIL) is table_of(attrs.evolve(RETAIL))


def test_importing_loads_nothing_heavy() -> None:
    """Neither arrays, nor graphs, nor frames, nor converters, though the shipped machines are checked."""
    code = (
        "import sys; from crmkit import conditions, lifecycle; lifecycle.RETAIL; "
        "heavy = ('numpy', 'networkx', 'narwhals', 'cattrs', 'pandas', 'rapidfuzz'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_bulk_is_imported_on_first_use() -> None:
    """By its name in the package; other names are no attributes."""
    from crmkit import lifecycle

    assert lifecycle.bulk.stages.__module__ == "crmkit.lifecycle.bulk"
    with pytest.raises(AttributeError, match="nothing"):
        _ = lifecycle.nothing


def test_instants_in_guards_make_the_trip() -> None:
    """Guards are conditions like any other."""
    guard = A("use").last() > dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    one = machine(on("use", "a", "b", when=guard), ends=("b",))

    assert from_json(to_json(one), Lifecycle).moves[0].when == guard
