"""One condition asked of one customer, beside four rule engines, in one run (bar l3).

    python benchmarks/conditions.py --rivals /path/to/rivals/bin/python

The rule: the stage is "silent", the tier 3 or more, and "do-not-disturb" not
among the tags.  The customer passes, so every part is asked.  Each contestant
has compiled the rule, and has the customer in the form it takes best, before
the watch runs: crmkit's tags are the frozen set that a profile gives, cel-python's
values are its own types.  The bars are shown for crmkit with tags in a list too,
which is what the others are given, and with a `Profile`.

A second rule is asked by crmkit alone, compiled and not, of a profile of thirty
activities: two purchases in a year, and the last use no longer than sixty days ago.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from itertools import repeat
from typing import Any

import beside

VERSIONS = ()
TAGS = ("vip", "loyal")
KINDS = ("purchase", "page_view", "use")
COMPILED_HISTORY = "crmkit compiled, of 30 activities"
EVALUATED_HISTORY = "crmkit evaluate, of 30 activities"
CUSTOMER: dict[str, Any] = {"stage": "silent", "tier": 4, "tags": list(TAGS)}
FROZEN = CUSTOMER | {"tags": frozenset(TAGS)}
TEXT = 'stage == "silent" and tier >= 3 and not ("do-not-disturb" in tags)'
CEL = 'stage == "silent" && tier >= 3 && !("do-not-disturb" in tags)'
LOGIC = {
    "and": [
        {"==": [{"var": "stage"}, "silent"]},
        {">=": [{"var": "tier"}, 3]},
        {"!": [{"in": ["do-not-disturb", {"var": "tags"}]}]},
    ]
}


# --- contestants, each in a process of its own


def timed(watch: beside.Watch, ask: Callable[[Any], Any], customer: object, calls: int) -> None:
    """Measure *calls* calls, after as many as an interpreter needs to warm up."""
    if not ask(customer):
        raise SystemExit("the customer passes, but was refused")
    for _ in repeat(None, calls // 10):
        ask(customer)
    with watch.step("calls"):
        for _ in repeat(None, calls):
            ask(customer)


def inline(watch: beside.Watch, *, calls: int) -> dict[str, Any]:
    def ask(of: Mapping[str, Any]) -> bool:
        return of["stage"] == "silent" and of["tier"] >= 3 and "do-not-disturb" not in of["tags"]

    timed(watch, ask, FROZEN, calls)
    return {}


def crmkit(watch: beside.Watch, *, calls: int, way: str, subject: str) -> dict[str, Any]:
    import datetime as dt

    from crmkit.conditions import A, F, compiled, days, evaluate
    from crmkit.conditions.compiling import traced
    from crmkit.model import Activity, ActivityId, Customer, CustomerId, Profile, Tag

    as_of = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    facts = (
        Activity(ActivityId(f"a{n}"), CustomerId("c1"), KINDS[n % 3], as_of - days(14 * (29 - n) + 1))
        for n in range(30)
    )
    profile = Profile(
        customer=Customer(id=CustomerId("c1")),
        as_of=as_of,
        activities=tuple(facts),
        stage=CUSTOMER["stage"],
        tier=CUSTOMER["tier"],
        tags=tuple(Tag(name=name, rule="by-hand", since=as_of) for name in sorted(TAGS)),
    )
    of_fields = (F.stage == "silent") & (F.tier >= 3) & ~F.tags.contains("do-not-disturb")
    of_history = (A("purchase").within(days(365)).count() >= 2) & (A("use").last().age() <= days(60))
    condition = of_history if subject == "history" else of_fields
    customers = {"frozen": FROZEN, "list": CUSTOMER, "profile": profile, "history": profile}
    ways: dict[str, Callable[[Any], Any]] = {
        "compiled": compiled(condition),
        "traced": traced(condition)[0],
        "evaluate": lambda of: evaluate(condition, of),
    }
    timed(watch, ways[way], customers[subject], calls)
    return {"version": version("crmkit")}


def zen_engine(watch: beside.Watch, *, calls: int) -> dict[str, Any]:
    import zen

    timed(watch, zen.compile_expression(TEXT).evaluate, CUSTOMER, calls)
    return {"version": version("zen-engine")}


def rule_engine(watch: beside.Watch, *, calls: int) -> dict[str, Any]:
    import rule_engine

    timed(watch, rule_engine.Rule(TEXT).matches, CUSTOMER, calls)
    return {"version": version("rule-engine")}


def json_logic(watch: beside.Watch, *, calls: int) -> dict[str, Any]:
    from json_logic import jsonLogic

    timed(watch, lambda of: jsonLogic(LOGIC, of), CUSTOMER, calls)
    return {"version": version("json-logic")}


def cel_python(watch: beside.Watch, *, calls: int) -> dict[str, Any]:
    import celpy

    environment = celpy.Environment()
    program = environment.program(environment.compile(CEL))
    timed(watch, program.evaluate, celpy.json_to_cel(CUSTOMER), calls)
    return {"version": version("cel-python")}


# --- the race


def contestants(rivals: str) -> list[beside.Contestant]:
    def one(who: str, function: str, calls: int, python: str = "", **given: object) -> beside.Contestant:
        call = f"conditions:{function}"
        told = {"what": f"{calls:,} calls", "who": who, "call": call, "given": {"calls": calls, **given}}
        return beside.Contestant(**told, **({"python": python} if python else {}))

    return [
        one("inline Python", "inline", 2_000_000),
        one("crmkit compiled", "crmkit", 1_000_000, way="compiled", subject="frozen"),
        one("crmkit compiled, tags in a list", "crmkit", 1_000_000, way="compiled", subject="list"),
        one("crmkit compiled, of a Profile", "crmkit", 1_000_000, way="compiled", subject="profile"),
        one("crmkit traced", "crmkit", 1_000_000, way="traced", subject="frozen"),
        one("crmkit traced, of a Profile", "crmkit", 1_000_000, way="traced", subject="profile"),
        one("crmkit evaluate", "crmkit", 50_000, way="evaluate", subject="frozen"),
        one("crmkit evaluate, of a Profile", "crmkit", 50_000, way="evaluate", subject="profile"),
        one(COMPILED_HISTORY, "crmkit", 100_000, way="compiled", subject="history"),
        one(EVALUATED_HISTORY, "crmkit", 50_000, way="evaluate", subject="history"),
        one("zen-engine", "zen_engine", 500_000, rivals),
        one("rule-engine", "rule_engine", 50_000, rivals),
        one("json-logic", "json_logic", 50_000, rivals),
        one("cel-python", "cel_python", 3_000, rivals),
    ]


def main() -> None:
    parser = beside.arguments(__doc__)
    asked = parser.parse_args()
    runs = beside.race(contestants(asked.rivals), repeats=asked.repeats)
    speed = {
        run.contestant.who: run.contestant.given["calls"] / run.seconds for run in runs if not run.failed
    }
    rows = [
        (run.contestant.who, run.said.get("version", ""), f"{speed[run.contestant.who]:,.0f}")
        for run in runs
        if not run.failed
    ]
    print(beside.table(("who", "version", "calls per second"), rows))
    print(f"median of {asked.repeats}, in turn, each in a process of its own")
    for run in runs:
        if run.failed:
            print(f"Not beside: {run.contestant.who}: {run.failed}")
    times = speed[COMPILED_HISTORY] / speed[EVALUATED_HISTORY]
    print(f"Of 30 activities, compiled is {times:.1f} times as fast as evaluate.")
    for who in ("crmkit traced", "crmkit traced, of a Profile"):
        beside.bar(f"l3 {who}, calls per second", speed[who], least=1_000_000)
    for who in ("crmkit compiled", "crmkit compiled, tags in a list", "crmkit compiled, of a Profile"):
        for rival, least in (("zen-engine", 4), ("rule-engine", 30), ("cel-python", 1_000)):
            if rival in speed and who in speed:
                beside.bar(f"l3 {who}, times {rival}", speed[who] / speed[rival], least=least)


if __name__ == "__main__":
    main()
