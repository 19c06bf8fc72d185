"""A generated base of a million records, end to end, beside Splink (bars d4, d4c).

    python benchmarks/dedup_generated.py --rivals PYTHON      (very slow: an hour on two cores)
    python benchmarks/dedup_generated.py --rivals PYTHON --customers 88_000 --repeats 3

crmkit proposes, learns, scores and clusters without labels; Splink is set up by
hand, its columns are cleaned before the clock starts, and its thresholds, one
for the whole and one for the Chinese half, are the best that the labels can
find.  The base is made once and kept in the folder for temporary files.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from beside import Contestant, arguments, bar, prepare, present, race, show

FOUR_GB = 4_000


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--customers", type=int, default=440_000, help="each has 2.3 records")
    parser.add_argument("--seed", type=int, default=7)
    parser.set_defaults(repeats=1)
    given = parser.parse_args()
    here = present(given.rivals, "splink")
    folder = Path(tempfile.gettempdir()) / "crmkit-benchmarks"
    folder.mkdir(exist_ok=True)
    world = {"customers": given.customers, "seed": given.seed, "folder": str(folder)}
    prepare("dedup_crmkit:world_table", world)
    stem = folder / f"world-{given.seed}-{given.customers}"
    told = {"files": [f"{stem}.parquet"], "truth": f"{stem}.json", "part": "chinese"}
    contestants = [Contestant(what="d4 end to end", who="crmkit", call="dedup_crmkit:whole", given=told)]
    if "splink" in here:
        splink = {**told, "task": "world"}
        contestants.append(
            Contestant(
                what="d4 end to end",
                who="Splink",
                call="dedup_splink:whole",
                given=splink,
                python=given.rivals,
            )
        )
    runs = race(contestants, repeats=given.repeats)
    show(runs, repeats=given.repeats)
    for run in runs:
        if not run.failed:
            precision, recall, f1 = run.said["part"]
            print(
                f"Chinese half, {run.contestant.who}: "
                f"precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}"
            )
    ours, *theirs = runs
    bar("d4 peak MB", ours.peak_mb, most=FOUR_GB)
    if theirs and not theirs[0].failed:
        bar("d4 time, of Splink's", ours.seconds / theirs[0].seconds, most=0.5)
        bar(
            "d4c F1 of the Chinese half, over Splink's",
            ours.said["part"][2] - theirs[0].said["part"][2],
            least=0.05,
        )


if __name__ == "__main__":
    main()
