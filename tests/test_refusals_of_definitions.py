"""What a definition cannot be is refused with a sentence that says what to do, and never by accident."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from crmkit import lifecycle
from crmkit.conditions import (
    A,
    F,
    Vocabulary,
    days,
    describe,
    digest,
    evaluate,
    from_json,
    lint,
    local_days,
    matches,
    months,
    to_json,
    years,
)
from crmkit.errors import CrmkitError
from crmkit.lifecycle import ANY, RETAIL, Invariant, Lifecycle, Move, Role, after, on
from crmkit.playbook import RETAIL as SHOP
from crmkit.profiles import dictionary, vocabulary

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
NAIVE = dt.datetime(2024, 1, 1)
FAN = Role(name="alumni", begins="contract_end")
SOUND = (on("signup", "stranger", "guest"), on("purchase", "guest", "gone"))
LEAF = '{"node": "always", "verdict": true}'


def machine(*moves: Any, **more: Any) -> Lifecycle:
    return Lifecycle("odd", more.pop("initial", "stranger"), moves=moves, **{"ends": "gone", **more})


def written(value: str) -> str:
    return f'{{"crmkit": 1, "type": "Condition", "value": {value}}}'


def compared(op: str, right: str) -> str:
    left = '{"node": "field", "name": "x"}'
    return written(f'{{"node": "compare", "op": "{op}", "left": {left}, "right": {right}}}')


def deep() -> Any:
    start: Any = F.x == 1
    return functools.reduce(lambda inner, _: ~((F.y == 1) & inner), range(10_000), start)


# What is tried, and what the sentence says.
Tries = dict[str, tuple[Callable[[], Any], str]]

MACHINES: Tries = {
    "an unknown stage": (
        lambda: machine(*SOUND, meanings={"stranger": "", "guset": "", "gone": ""}),
        "no stage is called 'guest'. Did you mean 'guset'?",
    ),
    "a stage nothing leads to": (
        lambda: machine(*SOUND, on("refund", "gest", "gone")),
        "nothing leads from 'stranger' to the stage 'gest'. Did you mean 'guest'?",
    ),
    "an unknown end": (lambda: machine(*SOUND, ends="gon"), "Did you mean 'gone'?"),
    "an unknown lapsed stage": (lambda: machine(*SOUND, lapsed="gon"), "Did you mean 'gone'?"),
    "a trap": (lambda: machine(*SOUND, on("use", "guest", "cellar")), "'cellar' is a trap"),
    "a shadowed timeout": (
        lambda: machine(*SOUND, after(days(10), "guest", "gone"), after(days(20), "guest", "stranger")),
        "after 20 days never comes: 10 days are over first",
    ),
    "overlapping guards": (
        lambda: machine(
            *SOUND,
            on("use", "guest", "gone", when=A("use").count() >= 1),
            on("use", "guest", "stranger", when=A("use").count() >= 2),
        ),
        "give one of them a higher priority, or guards that exclude each other",
    ),
    "two moves the same": (
        lambda: machine(*SOUND, SOUND[0]),
        "the move 'stranger → guest: signup' stands twice; leave one of them out",
    ),
    "two timeouts the same": (
        lambda: machine(*SOUND, *(after(days(10), "guest", "gone") for _ in range(2))),
        "the move 'guest → gone: after 10 days' stands twice; leave one of them out",
    ),
    "two moves that differ in priority only": (
        lambda: machine(*SOUND, attrs.evolve(SOUND[0], priority=2)),
        "stands twice, with the priorities 0 and 2; leave one of them out",
    ),
    "two moves to the same stage": (
        lambda: machine(*SOUND, on(("signup", "use"), "stranger", "guest")),
        "in 'stranger' a 'signup' leads to 'guest' by two moves of equal priority; make one move of them",
    ),
    "an unknown role": (
        lambda: machine(*SOUND, roles=[FAN], invariants=[Invariant(stages="guest", role="alumnus")]),
        "no role is called 'alumnus'. Did you mean 'alumni'?",
    ),
    "an unknown stage of a role": (
        lambda: machine(*SOUND, roles=[FAN], invariants=[Invariant(stages="gest", role="alumni")]),
        "Did you mean 'guest'?",
    ),
    "a move outside a list": (lambda: Lifecycle("x", "a", moves=SOUND[0]), "write moves=(on("),  # type: ignore[arg-type]
    "a text for moves": (lambda: machine("signup"), "write moves=(on("),
    "a text for a role": (lambda: machine(*SOUND, roles=("fan",)), "write roles=(Role("),
    "a text for an invariant": (lambda: machine(*SOUND, invariants=("fan",)), "write invariants=("),
    "no first stage": (lambda: machine(*SOUND, initial=None), "got None"),
    "no kind": (lambda: on("", "a", "b"), "a kind of activity needs a name"),
    "None for a kind": (lambda: on(None, "a", "b"), "got None"),  # type: ignore[arg-type]
    "a number for a kind": (lambda: on([3], "a", "b"), "named by texts, got 3"),  # type: ignore[list-item]
    "None for a source": (lambda: on("use", None, "b"), "got None"),  # type: ignore[arg-type]
    "two targets": (lambda: on("use", "a", ("b", "c")), "named by texts"),  # type: ignore[arg-type]
    "any and another": (lambda: on("use", (ANY, "a"), "b"), "or lifecycle.ANY alone"),
    "a decimal priority": (lambda: on("use", "a", "b", priority=1.5), "a priority is a whole number"),  # type: ignore[arg-type]
    "a text for a timeout": (lambda: after("60 days", "a", "b"), "written days(30), months(6)"),  # type: ignore[arg-type]
    "a number for a timeout": (lambda: after(60, "a", "b"), "written days(30), months(6)"),  # type: ignore[arg-type]
    "a timeout of nothing": (lambda: after(days(0), "a", "b"), "longer than nothing"),
    "a text for a guard": (lambda: on("use", "a", "b", when="x >= 3"), "expected a condition, got a str"),  # type: ignore[arg-type]
    "a bare field for a guard": (lambda: on("use", "a", "b", when=F.x), "as in F.tier >= 3"),  # type: ignore[arg-type]
    "neither kind nor time": (lambda: Move(sources="a", target="b"), "exactly one of the two"),
    **{
        f"a guard that reads {name}": (
            functools.partial(on, "use", "a", "b", when=~((F.x == 1) & F[name].is_known())),
            f"never {name}, which would be worked out from them: ask for the facts behind it",
        )
        for name in ("stage", "tier", "tags", "roles", "stage_since", "lapse_cause")
    },
    "a stage to ask for": (
        lambda: lifecycle.why_not(RETAIL, [], to="matur", as_of=START),
        "no stage is called 'matur'. Did you mean 'mature'?",
    ),
    "a naive instant": (
        lambda: lifecycle.stage_at(RETAIL, [], as_of=NAIVE),
        "carries no time zone. Give one",
    ),
    "a text for an instant": (
        lambda: lifecycle.stage_at(RETAIL, [], as_of="2024-01-01"),  # type: ignore[arg-type]
        "expected a datetime with a time zone, got str",
    ),
}

DURATIONS: Tries = {
    "an unknown zone": (lambda: local_days(3, "Asia/Shanghia"), "Did you mean 'Asia/Shanghai'?"),
    "an unknown zone of months": (lambda: months(3, "Asia/Shanghia"), "Did you mean 'Asia/Shanghai'?"),
    "no zone": (lambda: local_days(3, None), "no time zone is called 'None'"),  # type: ignore[arg-type]
    "a path for a zone": (lambda: months(3, "../../etc/passwd"), "no time zone is called"),
    "a month and a half": (lambda: months(1.5), "months(…) takes a whole number, got 1.5"),  # type: ignore[arg-type]
    "a day and a half": (lambda: days(1.5), "days(…) takes a whole number, got 1.5"),  # type: ignore[arg-type]
    "a text for days": (lambda: days("3"), "days(…) takes a whole number, got '3'"),  # type: ignore[arg-type]
    "None for years": (lambda: years(None), "years(…) takes a whole number, got None"),  # type: ignore[arg-type]
    "months back": (lambda: months(-1), "0 or more, got -1"),
    "more days than there are": (lambda: days(10**12), "longer than a calendar reaches"),
}

CONDITIONS: Tries = {
    "a truth value": (lambda: bool(F.x == 1), "use matches(condition, profile)"),
    "and for &": (lambda: (F.x == 1) and (F.y == 1), "Join conditions with & | ~"),
    "a chain": (lambda: 1 < F.x < 3, "a range is .between(low, high)"),
    "F.x in a list": (lambda: F.x in ["a", "b"], "one of several .is_in([…])"),
    "an item in F.x": (lambda: "a" in F.x, "write .contains(item) instead of `in`"),
    "a name in F": (lambda: "x" in F, "ask F.x.is_known()"),
    "no brackets": (lambda: F.x == 1 & F.y == 2, "put each comparison in brackets"),
    "a bare field joined": (lambda: (F.x == 1) & F.y, "put each comparison in brackets"),
    "a decimal number": (lambda: F.x > 1.5, "give a whole number, such as minor units"),
    "NaN": (lambda: F.x > float("nan"), "give a whole number"),
    "None": (lambda: F.x == None, "ask .is_known() or .is_unknown() instead"),  # noqa: E711
    "None among several": (lambda: F.x.is_in(["a", None]), "ask .is_known()"),
    "one text for several": (lambda: F.x.is_in("abc"), "write ['abc']"),
    "two sorts": (lambda: F.x.is_in([1, "a"]), "values of one sort, got number and text"),
    "a mapping": (lambda: F.x == {"a": 1}, "a dict cannot be compared; give text"),
    "a naive instant": (lambda: F.x > NAIVE, "carries no time zone. Give one"),
    "a field without a name": (lambda: F[3], "a field needs a name"),  # type: ignore[index]
    "a division": (lambda: F.x / 2, "divide with //"),
    "activities compared": (lambda: A("use") > 1, "ask for .count(), .sum(), .last()"),
    "a list of kinds": (lambda: A(["use"]), "as in A('purchase', 'refund')"),  # type: ignore[arg-type]
    "None for kinds": (lambda: A(None), "as in A('purchase', 'refund')"),  # type: ignore[arg-type]
    "a text for a window": (lambda: A("use").within("30 days"), "written days(30)"),  # type: ignore[arg-type]
    "a number for a window": (lambda: A("use").before(30), "written days(30)"),  # type: ignore[arg-type]
    "None for a window": (lambda: A("use").within(None), "written days(30)"),  # type: ignore[arg-type]
    "a window of nothing": (lambda: A("use").within(days(0)), "longer than nothing"),
    "a number for a period": (lambda: A("use").streak(3), "written days(30)"),  # type: ignore[arg-type]
    "an age and a text": (lambda: A("use").age() > "30 days", "a duration cannot be compared with a text"),
    "an age and a number": (lambda: A("use").age() > 30, "a duration cannot be compared with a number"),
    "a sum of nothing": (lambda: A("use").sum(None), "name what an activity has"),  # type: ignore[arg-type]
    "where with several": (lambda: A("use").where(channel=["a", "b"]), ".where(F.channel.is_in([…]))"),
    "where with a text": (lambda: A("use").where("store"), "expected a condition"),  # type: ignore[arg-type]
    "a text for a condition": (lambda: matches("tier >= 3", {}), "expected a condition, got a str"),  # type: ignore[arg-type]
    "a list for a customer": (lambda: matches(F.x == 1, [1]), "a Profile or a mapping, got list"),  # type: ignore[arg-type]
    "no instant": (lambda: matches(A("use").age() > days(1), {"activities": []}), "or pass as_of=…"),
    "NaN of a customer": (lambda: evaluate(F.x > 1, {"x": float("nan")}), "leave it out if it is unknown"),
    "a naive instant of a customer": (lambda: evaluate(F.x > START, {"x": NAIVE}), "Give one"),
}

DOCUMENTS: Tries = {
    "10,000 lists": (lambda: from_json("[" * 10_000 + "]" * 10_000), "nested more than 100 deep"),
    "10,000 nots": (
        lambda: from_json(written('{"node": "not", "part": ' * 10_000 + LEAF + "}" * 10_000)),
        "join parts side by side",
    ),
    "10,000 nots in Python": (deep, "the condition is nested more than 100 deep; join parts side by side"),
    "50 MB": (lambda: from_json(written(f'"{"x" * 50_000_000}"')), "at most 4,000,000 are read"),
    "NaN": (lambda: from_json(compared(">", '{"node": "constant", "value": NaN}')), "holds NaN; leave"),
    "a decimal number": (lambda: from_json(compared(">", '{"node": "constant", "value": 1.5}')), "decimal"),
    "an unknown operator": (
        lambda: from_json(compared("=>", '{"node": "constant", "value": 1}')),
        "expected one of ==, !=",
    ),
    "an unknown node": (lambda: from_json(written('{"node": "alway"}')), "Did you mean 'always'?"),
    "a later version": (
        lambda: from_json('{"crmkit": 9, "type": "Condition", "value": {}}'),
        "read it with a newer crmkit",
    ),
    "a key twice": (lambda: from_json('{"crmkit": 1, "crmkit": 1}'), "names a key twice"),
    "no text": (lambda: from_json(""), "not a JSON document"),
    "bytes": (lambda: from_json(b"{}"), "of bytes, give .decode()"),  # type: ignore[call-overload]
    "another type": (lambda: from_json(to_json(RETAIL)), "read one with from_json(text, Lifecycle)"),
    "a type by name": (lambda: from_json(to_json(RETAIL), "Lifecycle"), "from_json(text, Lifecycle)"),  # type: ignore[call-overload]
    "a misspelt key": (
        lambda: from_json(to_json(RETAIL).replace('"moves"', '"movs"', 1), Lifecycle),
        "Did you mean 'moves'?",
    ),
    "a misspelt stage": (
        lambda: from_json(to_json(RETAIL).replace('"mature"', '"matur"', 1), Lifecycle),
        "no stage is called 'matur'. Did you mean 'mature'?",
    ),
    "a misspelt zone": (
        lambda: from_json(
            to_json(machine(*SOUND, after(months(3, "Asia/Shanghai"), "guest", "gone"))).replace(
                "Shanghai", "Shanghia"
            ),
            Lifecycle,
        ),
        "Did you mean 'Asia/Shanghai'? @ $.moves[2].after",
    ),
    "no definition": (lambda: to_json("abc"), "a str has no JSON form"),
    "a digest of nothing": (lambda: digest(None), "a NoneType has no JSON form"),
}

TRIED = {
    f"{what}: {name}": told
    for what, tries in (
        ("lifecycle", MACHINES),
        ("duration", DURATIONS),
        ("condition", CONDITIONS),
        ("document", DOCUMENTS),
    )
    for name, told in tries.items()
}


@pytest.mark.parametrize("name", TRIED)
def test_what_no_definition_can_be_is_refused(name: str) -> None:
    """With an error of crmkit's own, and with the closest name where there is one."""
    build, says = TRIED[name]
    with pytest.raises(CrmkitError) as refused:
        build()
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("written", "name", "says"),
    [
        (A("use"), "whithin", "A('use') has no .whithin. Did you mean 'within'?"),
        (F.x, "contain", "F.x has no .contain. Did you mean 'contains'?"),
        (F.x, "upper", "F.x has no .upper. Known: age, between, contains, is_in"),
    ],
)
def test_what_nothing_can_be_asked_with_is_no_attribute(written: object, name: str, says: str) -> None:
    """So that notebooks, which ask for what begins with an underscore, do not mistake it either."""
    with pytest.raises(AttributeError) as refused:
        getattr(written, name)
    assert says in str(refused.value)
    assert not hasattr(written, "_repr_html_")
    assert repr(copy.copy(written)) == repr(written)


def test_kinds_are_open_and_misspelt_ones_are_found_where_kinds_are_known() -> None:
    """By the vocabulary, the dictionary and the sheet."""
    words: Vocabulary = vocabulary(SHOP.definitions)
    [finding] = lint(A("purchse").count() >= 1, words)
    strange = machine(on("purchse", "stranger", "gone"))
    told = dictionary(attrs.evolve(SHOP.definitions, lifecycle=strange)).problems
    _, problems = lifecycle.from_csv(lifecycle.to_csv(strange))

    for text in (str(finding), " ".join(map(str, told)), " ".join(map(str, problems))):
        assert "Did you mean 'purchase'?" in text


def test_what_is_refused_is_near_to_what_is_not() -> None:
    """The same definitions without the mistake are taken."""
    assert machine(*SOUND).stages == ("stranger", "guest", "gone")
    assert json.loads(to_json(~(F.x == 1)))["value"]["node"] == "not"
    assert describe(A("use").within(days(1)).sum("points") > 3)
