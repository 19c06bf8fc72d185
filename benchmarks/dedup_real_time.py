"""One record at a time, beside Splink and nomenklatura (bars d6, d7).

    python benchmarks/dedup_real_time.py --rivals PYTHON                        (slow)
    python benchmarks/dedup_real_time.py --rivals PYTHON --records 1_000_000    (very slow)

d6 adds records to an identity graph that holds *records* already; Splink finds
the pairs of one new record and keeps no graph.  d7 splits a component of 1,000
records and 2,000 edges in that graph; nomenklatura holds the same judgements
and can only take all of them back.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from beside import Contestant, Run, arguments, bar, prepare, present, race, show

RING = 1_000


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--records", type=int, default=50_000, help="how many are there before")
    parser.add_argument("--arrivals", type=int, default=2_000, help="how many are added then")
    parser.add_argument("--seed", type=int, default=7)
    parser.set_defaults(repeats=1)
    given = parser.parse_args()
    here = present(given.rivals, "splink", "nomenklatura")
    folder = Path(tempfile.gettempdir()) / "crmkit-benchmarks"
    folder.mkdir(exist_ok=True)
    customers = -(-(given.records + given.arrivals) * 10 // 22)  # each has 2.3 records
    world = {"customers": customers, "seed": given.seed, "folder": str(folder)}
    stem = folder / f"world-{given.seed}-{customers}"
    cut = {"file": f"{stem}.parquet", "records": given.records, "arrivals": given.arrivals}
    prepare("dedup_crmkit:world_table", world)
    prepare("dedup_crmkit:cut_in_two", cut)
    files = {"file": f"{stem}-here.parquet", "new": f"{stem}-new.parquet"}
    contestants = [
        Contestant(what="d6 add", who="crmkit", call="dedup_crmkit:one_by_one", given={**files, "ring": RING})
    ]
    if "splink" in here:
        contestants.append(
            Contestant(
                what="d6 add",
                who="Splink",
                call="dedup_splink:one_by_one",
                given={**files, "task": "world", "times": 20},
                python=given.rivals,
            )
        )
    if "nomenklatura" in here:
        contestants.append(
            Contestant(
                what="d7 split",
                who="nomenklatura",
                call="dedup_nomenklatura:split",
                given={"ring": RING, "records": given.records},
                python=given.rivals,
            )
        )
    runs = race(contestants, repeats=given.repeats)
    show(runs, repeats=given.repeats)
    for run in runs:
        for what, taken in (("", "each"), (" split", "splits")):
            if run.said.get(taken):
                print(f"{run.contestant.what} {run.contestant.who}{what}: {spread(run, taken)}")
    ours = runs[0]
    if not ours.failed:
        if given.records <= 50_000:
            bar("d6 p50 µs", quantile(ours, "each", 50) * 1e6, most=150)
        bar("d6 p99 ms", quantile(ours, "each", 99) * 1e3, most=1 if given.records <= 50_000 else 2)
        bar("d7 split ms", statistics.median(ours.said["splits"]) * 1e3, most=25)


def quantile(run: Run, taken: str, percent: int) -> float:
    times = sorted(run.said[taken])
    return float(times[min(len(times) * percent // 100, len(times) - 1)])


def spread(run: Run, taken: str) -> str:
    p50, p99 = (quantile(run, taken, percent) * 1e3 for percent in (50, 99))
    return f"p50 {p50:.3f} ms, p99 {p99:.3f} ms of {len(run.said[taken]):,}"


if __name__ == "__main__":
    main()
