"""Lifecycles, beside transitions, python-statemachine and sismic (bars l1, l2, l5, l6).

    python benchmarks/lifecycle.py --rivals PYTHON
    python benchmarks/lifecycle.py --rivals PYTHON --bulk 10_000_000      (very slow: minutes, gigabytes)

All replay the same histories of the shop's lifecycle, RETAIL, to the same stages.
The rivals keep no time: before each fact the benchmark fires what is due for
them.  The columns of the bulk run are ready before its clock starts.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from beside import Contestant, Run, arguments, bar, prepare, present, race, show

RIVALS = {
    "transitions": ("transitions", 10),
    "statemachine": ("python-statemachine", 70),
    "sismic": ("sismic", None),
}
"""Libraries by module, with how many times as fast we are to be; None where it is only shown."""
OURS = {
    "crmkit, stage_at": "stage",
    "crmkit, fold": "timeline",
    "crmkit, fold with five roles": "roles",
    "crmkit, and all spans read": "spans",
}
"""How far we go: the rivals replay the moves to a stage; fold gives a timeline, of RETAIL with its roles."""
IMPORTS = {"import crmkit": 100, "from crmkit import conditions, lifecycle, care": 150}
"""Milliseconds that an import may take."""


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--facts", type=int, default=10, help="of each customer, about")
    parser.add_argument("--bulk", type=int, default=1_000_000, help="customers of the bulk run, 5 facts each")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    here = present(given.rivals, *RIVALS)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "histories.json")
        told = {"customers": given.customers, "facts": given.facts, "seed": given.seed, "file": file}
        prepare("lifecycle_crmkit:histories", told)
        contestants = [
            Contestant(
                what="l1 replay",
                who=who,
                call="lifecycle_crmkit:replay",
                given={"file": file, "to": to},
            )
            for who, to in OURS.items()
        ]
        contestants += [
            Contestant(
                what="l1 replay",
                who=name,
                call=f"lifecycle_rivals:with_{module}",
                given={"file": file},
                python=given.rivals,
            )
            for module, (name, _) in RIVALS.items()
            if module in here
        ]
        runs = race(contestants, repeats=given.repeats)
    bulk = {"customers": given.bulk, "facts": 5, "seed": given.seed}
    whole = race(
        [Contestant(what="l5 bulk", who="crmkit", call="lifecycle_crmkit:stages", given=bulk)], repeats=1
    )
    show([*runs, *whole], repeats=given.repeats)
    judge(runs)
    if given.bulk >= 10_000_000:
        bar("l5 seconds", whole[0].seconds, most=15)
        bar("l5 peak MB", whole[0].peak_mb, most=4_000)
    for statement, most in IMPORTS.items():
        bar(f"l6 ms, {statement}", import_time(statement), most=most)


def judge(runs: list[Run]) -> None:
    """Print how each rival compares, and whether it came to the same stages."""
    ours, theirs = runs[: len(OURS)], runs[len(OURS) :]
    ends = ours[0].said["ends"]
    assert all(run.said["ends"] == ends for run in ours)
    factors = dict(RIVALS.values())
    for run in theirs:
        if not run.failed:
            name = run.contestant.who
            same = sum(a == b for a, b in zip(ends, run.said["ends"], strict=True))
            print(
                f"{name}: {same:,} of {len(ends):,} stages the same, {run.said['bytes']:,.0f} bytes a machine"
            )
            times = {OURS[one.contestant.who]: run.seconds / one.seconds for one in ours}
            print(
                f"{name}: we are {times['roles']:.1f} times as fast with the five roles of RETAIL, "
                f"{times['spans']:.1f} if all spans are read"
            )
            if factors[name] is not None:
                for who, how in (("stage_at", "stage"), ("fold", "timeline")):
                    bar(f"l1 {who}, times as fast as {name}", times[how], least=factors[name])
    bar("l2 bytes a customer, crmkit", ours[0].said["bytes"], most=0)


def import_time(statement: str, *, times: int = 7) -> float:
    """Return the median time that *statement* takes in a new interpreter, in milliseconds."""
    program = f"import time; begun = time.perf_counter(); {statement}; print(time.perf_counter() - begun)"
    taken = [
        float(
            subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
        )
        for _ in range(times)
    ]
    return statistics.median(taken) * 1e3


if __name__ == "__main__":
    main()
