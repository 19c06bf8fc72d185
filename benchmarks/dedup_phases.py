"""Time the phases of deduplication on a file, or on a generated world.

    python benchmarks/dedup_phases.py                        # the demo world
    python benchmarks/dedup_phases.py --customers 20000
    python benchmarks/dedup_phases.py FILE --id unique_id --truth cluster

FILE is CSV or Parquet.  A column of the truth is never given to the phases; it
only measures them.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
import numpy as np
import polars as pl

from crmkit import dedup
from crmkit.dedup.arrays import blocking, columns, prepared, scoring
from crmkit.dedup.bulk import likenesses
from crmkit.dedup.table import RecordKey, TableLike, read_table
from crmkit.display import text_table


@contextmanager
def timed(phases: list[tuple[str, float]], name: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    phases.append((name, time.perf_counter() - before))


def load(arguments: argparse.Namespace) -> tuple[TableLike, Mapping[RecordKey, object] | None, str]:
    if arguments.file is None:
        from crmkit.demo import make_world

        world = make_world(seed=arguments.seed, customers=arguments.customers)
        return world.records, {str(record): party for record, party in world.truth.items()}, "id"
    path = Path(arguments.file)
    frame = (
        pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    )
    if arguments.truth is None:
        return frame, None, arguments.id
    truth = dict(zip(frame[arguments.id], frame[arguments.truth], strict=True))
    return frame.drop(arguments.truth), truth, arguments.id


def quality(clusters: Mapping[RecordKey, RecordKey], truth: Mapping[RecordKey, object]) -> str:
    def pairs(groups: Counter[object]) -> int:
        return sum(size * (size - 1) // 2 for size in groups.values())

    both = pairs(Counter((customer, truth[record]) for record, customer in clusters.items()))
    found, real = pairs(Counter(clusters.values())), pairs(Counter(truth[record] for record in clusters))
    return f"precision {both / found:.4f}, recall {both / real:.4f}, F1 {2 * both / (found + real):.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?")
    parser.add_argument("--id", default="id")
    parser.add_argument("--truth")
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    table, truth, id_column = load(arguments)
    phases: list[tuple[str, float]] = []
    with timed(phases, "propose"):
        policy = dedup.propose(table, id=id_column)
    with timed(phases, "read"):
        records = read_table(table, id=policy.id, source=policy.source, kind=policy.kind)
    with timed(phases, "normalise"):
        coded = columns.encode(records, policy)
    with timed(phases, "block"):
        pairs = blocking.find_pairs(records, coded, policy, common=())
    with timed(phases, "compare"):
        found = tuple(likenesses(coded, pairs.a, pairs.b))
    ready = prepared.Prepared(
        policy=policy,
        table=records,
        columns=coded,
        candidates=pairs,
        found=found,
        population=prepared.populations(records, coded, pairs.a, pairs.b),
        common=(),
    )
    with timed(phases, "train"):
        model = dedup.train(ready, policy)
    with timed(phases, "score"):
        scoring.bulk_score(ready, model)
    with timed(phases, "resolve (score and cluster)"):
        result = dedup.resolve(ready, model)
    whole = sum(seconds for name, seconds in phases if name != "score")
    print(
        text_table(
            ("phase", "seconds"), [(name, f"{seconds:.2f}") for name, seconds in [*phases, ("all", whole)]]
        )
    )
    print(result)
    print(f"{len(policy.blocking)} blocks, threshold {model.threshold_millibits / 1000:+.1f} bits")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:,.0f} MB, numpy {np.__version__}, attrs {attrs.__version__}")
    if truth is not None:
        print(quality(result.clusters, truth))


if __name__ == "__main__":
    main()
