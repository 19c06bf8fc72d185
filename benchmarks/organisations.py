"""Measure identity among organisations alone, on generated worlds, without any label.

    python benchmarks/organisations.py
    python benchmarks/organisations.py --customers 20000 --seeds 7 11
    python benchmarks/organisations.py --percent 25 --customers 2000   # every fourth customer a company

Beside the pairs of records it counts the kinships: pairs of organisations that
belong together and are not one.
"""

from __future__ import annotations

import argparse
import time

from crmkit import dedup
from crmkit.demo import World, identity_quality, make_world
from crmkit.display import text_table
from crmkit.model import ORGANISATION

TIES = ("branch_of", "parent_of")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--percent", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 3])
    arguments = parser.parse_args()
    rows = []
    for seed in arguments.seeds:
        world = make_world(seed=seed, customers=arguments.customers, company_percent=arguments.percent)
        started = time.perf_counter()
        policy = dedup.propose(world.records)
        ready = dedup.prepare(world.records, policy)
        found = dedup.resolve(ready, dedup.train(ready, policy))
        rows.append((str(seed), *measured(world, found), f"{time.perf_counter() - started:.1f} s"))
    head = (
        "seed",
        "records",
        "pairs",
        "precision",
        "recall",
        "F1",
        "kinships",
        "precision",
        "recall",
        "time",
    )
    print(text_table(head, rows))


def measured(world: World, found: dedup.Resolution) -> tuple[str, ...]:
    """Return how many organisations' records and pairs there are, and how well they and their kinships were found."""
    truth = {one.id: world.truth[one.id] for one in world.records if one.kind == ORGANISATION}
    quality = identity_quality({one: found.clusters[one] for one in truth}, truth)
    kin = {frozenset(truth[one] for one in (tie.from_record, tie.to_record)) for tie in found.kinships}
    true = {
        frozenset(truth[one] for one in (tie.from_id, tie.to_id))
        for tie in world.relations
        if tie.kind in TIES
    }
    right = len(kin & true)
    return (
        f"{len(truth):,}",
        f"{quality.true:,}",
        *(f"{share:.4f}" for share in (quality.precision, quality.recall, quality.f1)),
        f"{len(true):,}",
        *(f"{share:.4f}" for share in (right / max(len(kin), 1), right / max(len(true), 1))),
    )


if __name__ == "__main__":
    main()
