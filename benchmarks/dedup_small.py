"""Small tables that everyone measures on, beside GoldenMatch and Splink (bar d5).

    python benchmarks/dedup_small.py --rivals PYTHON      (slow: minutes)

crmkit and GoldenMatch get no configuration and no labels; Splink is set up by
hand, and its threshold is the best that the labels can find.  febrl4 is two
tables that are linked; GoldenMatch has them as one, for only that gives clusters.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from beside import Contestant, arguments, bar, need, prepare, present, race, show

TABLES = {
    "fake_1000": ("fake", ["fake"], "unique_id", "GB"),
    "febrl3": ("febrl", ["febrl3"], "rec_id", "AU"),
    "febrl4": ("febrl", ["febrl4a", "febrl4b"], "rec_id", "AU"),
}


def main() -> None:
    given = arguments(__doc__).parse_args()
    need(given.data / "er" / "fake_1000.csv")
    here = present(given.rivals, "splink", "goldenmatch")
    with tempfile.TemporaryDirectory() as folder:
        tables = {"data": str(given.data), "folder": folder}
        prepare("dedup_crmkit:small_tables", tables)
        contestants = []
        for what, (task, names, key, region) in TABLES.items():
            truth = names[0] if len(names) == 1 else what
            told = {
                "files": [str(Path(folder) / f"{name}.parquet") for name in names],
                "truth": str(Path(folder) / f"{truth}.json"),
            }
            link = {"link": True} if len(names) > 1 else {}
            ways = {
                "crmkit": ("dedup_crmkit", {"key": key, "region": region}),
                "GoldenMatch": ("dedup_goldenmatch", {"key": key, **link}),
                "Splink": ("dedup_splink", {"task": task, "pairs": 1e7, **link}),
            }
            contestants += [
                Contestant(
                    what=what,
                    who=who,
                    call=f"{module}:whole",
                    given={**told, **more},
                    **({} if who == "crmkit" else {"python": given.rivals}),
                )
                for who, (module, more) in ways.items()
                if who == "crmkit" or who.lower() in here
            ]
        runs = race(contestants, repeats=given.repeats)
    show(runs, repeats=given.repeats)
    f1 = {(run.contestant.what, run.contestant.who): run.said["quality"][2] for run in runs if not run.failed}
    bar("d5 febrl3 F1", f1["febrl3", "crmkit"], least=0.996)
    bar("d5 febrl4 F1", f1["febrl4", "crmkit"], least=0.995)
    rivals = [found for (what, who), found in f1.items() if what == "fake_1000" and who != "crmkit"]
    if rivals:
        bar("d5 fake_1000 F1, the best rival's", f1["fake_1000", "crmkit"], least=max(rivals))


if __name__ == "__main__":
    main()
