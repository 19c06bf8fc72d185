"""50,578 records of historical people, beside Splink and GoldenMatch (bars d1, d2, d3).

    python benchmarks/dedup_historical.py --rivals PYTHON      (slow: minutes)

With Splink's blocks both learn, score and cluster; "proposed" is crmkit without
configuration.  crmkit and GoldenMatch choose their threshold without labels,
Splink's is the best that the labels can find.  "Score" compares and scores one
list of pairs, that of Splink's blocks, with a trained model.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from beside import Contestant, arguments, bar, need, prepare, present, race, show


def main() -> None:
    given = arguments(__doc__).parse_args()
    need(given.data / "er" / "historical_figures_with_errors_50k.parquet")
    here = present(given.rivals, "splink", "goldenmatch")
    with tempfile.TemporaryDirectory() as folder:
        ready = {"data": str(given.data), "folder": folder}
        prepare("dedup_crmkit:historical_table", ready)
        stem = Path(folder) / "historical"
        pairs = Path(folder) / "pairs.parquet"
        table = {"files": [f"{stem}.parquet"]}
        told = {**table, "truth": f"{stem}.json"}
        if "splink" in here:
            block = {**table, "task": "historical", "into": str(pairs)}
            prepare("dedup_splink:block", block, given.rivals)
        blocked = {"blocked": str(pairs)} if "splink" in here else {}
        ours = {**told, "key": "unique_id", "region": "GB"}
        contestants = [
            Contestant(
                what="d1 Splink's blocks",
                who="crmkit",
                call="dedup_crmkit:whole",
                given={**told, "policy": "historical"},
            ),
            Contestant(what="d2 proposed", who="crmkit", call="dedup_crmkit:whole", given=ours),
            Contestant(what="d3 score", who="crmkit", call="dedup_crmkit:score", given={**table, **blocked}),
        ]
        if "splink" in here:
            contestants += [
                Contestant(
                    what="d1 Splink's blocks",
                    who="Splink",
                    call="dedup_splink:whole",
                    given={**told, "task": "historical"},
                    python=given.rivals,
                ),
                Contestant(
                    what="d3 score",
                    who="Splink",
                    call="dedup_splink:score",
                    given={**table, **blocked, "task": "historical"},
                    python=given.rivals,
                ),
            ]
        if "goldenmatch" in here:
            contestants.append(
                Contestant(
                    what="d2 zero configuration",
                    who="GoldenMatch",
                    call="dedup_goldenmatch:whole",
                    given={**told, "key": "unique_id"},
                    python=given.rivals,
                )
            )
        runs = race(contestants, repeats=given.repeats)
    show(runs, repeats=given.repeats)
    of = {(run.contestant.what[:2], run.contestant.who): run for run in runs if not run.failed}
    d1, d2, d3 = (of["d1", "crmkit"], of["d2", "crmkit"], of["d3", "crmkit"])
    bar("d1 pairwise F1", d1.said["quality"][2], least=0.86)
    bar("d2 pairwise F1", d2.said["quality"][2], least=0.90)
    if ("d1", "Splink") in of and ("d3", "Splink") in of:
        splink, scoring = of["d1", "Splink"], of["d3", "Splink"]
        bar("d1 time, of Splink's", d1.seconds / splink.seconds, most=1 / 3)
        bar("d2 time, of Splink's", d2.seconds / splink.seconds, most=1)
        bar("d2 memory, of Splink's", d2.peak_mb / splink.peak_mb, most=1)
        bar("d3 pairs a second, of Splink's", scoring.seconds / d3.seconds, least=4)


if __name__ == "__main__":
    main()
