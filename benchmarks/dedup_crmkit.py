"""crmkit's part in the deduplication benchmarks: the tables with their truth, and its own runs."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from beside import Watch, quality

from crmkit import dedup
from crmkit.dedup import Block, Comparison
from crmkit.dedup.arrays.blocking import Candidates
from crmkit.dedup.arrays.prepared import populations
from crmkit.dedup.arrays.scoring import bulk_score
from crmkit.dedup.bulk import likenesses
from crmkit.dedup.normalize.text import is_chinese

VERSIONS = ("crmkit", "numpy", "rapidfuzz", "polars")

LEARNT_FROM = 50_000
"""A model of a large base is learnt from so many records."""
RING = (("a", 0), ("a", 1), ("b", 0), ("b", 2))
"""The mailboxes of each record of a ring: one shared with its neighbours, one with those after next."""

HISTORICAL = dedup.Policy(
    comparisons=(
        Comparison("name", dedup.FULL_NAME, term_frequency=True, parts=("first_name", "surname")),
        Comparison("dob", dedup.DATE, term_frequency=True),
        Comparison("postcode_fake", dedup.ID, term_frequency=True, surroundings=True, hub_limit=None),
        Comparison("birth_place", dedup.NAME, term_frequency=True, surroundings=True),
        Comparison("occupation", dedup.EXACT, term_frequency=True),
    ),
    blocking=(
        Block("first_name[:3]", "surname[:4]"),
        Block("surname", "dob"),
        Block("first_name", "dob"),
        Block("postcode_fake", "first_name"),
        Block("postcode_fake", "surname"),
        Block("dob", "birth_place"),
        Block("postcode_fake[:3]", "dob"),
        Block("postcode_fake[:3]", "first_name"),
        Block("postcode_fake[:3]", "surname"),
        Block("first_name[:2]", "surname[:2]", "dob[:4]"),
    ),
    id="unique_id",
    region="GB",
)
"""The columns and the ten blocks of Splink's example on these data."""


def historical_table(_: Watch, *, data: str, folder: str) -> dict[str, Any]:
    whole = pl.read_parquet(Path(data) / "er" / "historical_figures_with_errors_50k.parquet")
    _write(whole, "unique_id", whole["cluster"], Path(folder) / "historical")
    return {}


def small_tables(_: Watch, *, data: str, folder: str) -> dict[str, Any]:
    """Write fake_1000, the third FEBRL table, and the fourth, which is two tables with one truth."""
    fake = pl.read_csv(Path(data) / "er" / "fake_1000.csv")
    _write(fake, "unique_id", fake["cluster"], Path(folder) / "fake")
    febrl = {name: _febrl(Path(data) / "er" / f"dataset{name}.csv") for name in ("3", "4a", "4b")}
    for name, table in febrl.items():
        _write(table, "rec_id", _party_of(table), Path(folder) / f"febrl{name}")
    both = pl.concat([febrl["4a"], febrl["4b"]])
    _write(both, "rec_id", _party_of(both), Path(folder) / "febrl4")
    return {}


def _febrl(path: Path) -> pl.DataFrame:
    table = pl.read_csv(path, infer_schema_length=0)
    table = table.rename({name: name.strip() for name in table.columns}).with_columns(
        pl.all().str.strip_chars()
    )
    return table.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _party_of(table: pl.DataFrame) -> pl.Series:
    return table["rec_id"].str.split("-").list.get(1)


def world_table(_: Watch, *, customers: int, seed: int, folder: str) -> dict[str, Any]:
    """Write the records of a generated world, unless they are there already; its Chinese half is a part."""
    stem = Path(folder) / f"world-{seed}-{customers}"
    if stem.with_suffix(".json").exists():
        return {}
    from crmkit.demo import make_world

    made = make_world(seed=seed, customers=customers)
    records, truth = made.records, made.truth
    del made
    names = sorted({name for record in records for name, _ in record.fields})
    columns: dict[str, Any] = {
        "id": [one.id for one in records],
        "source": [one.source for one in records],
        "kind": [one.kind for one in records],
    }
    for name in names:
        held = [one.texts(name) for one in records]
        many = any(len(texts) > 1 for texts in held)
        columns[name] = [list(texts) or None if many else next(iter(texts), None) for texts in held]
    chinese = {
        truth[one.id]
        for one in records
        for name in ("name", "company")
        if any(map(is_chinese, one.texts(name)))
    }
    parties = [truth[one] for one in columns["id"]]
    part = [one for one, party in zip(columns["id"], parties, strict=True) if party in chinese]
    del records, truth
    _write(pl.DataFrame(columns), "id", pl.Series(parties), stem, {"chinese": part})
    return {}


def _write(
    table: pl.DataFrame, key: str, party: pl.Series, stem: Path, parts: Mapping[str, list[str]] | None = None
) -> None:
    """Write a table without its truth, and its truth beside it."""
    truth = {str(record): str(one) for record, one in zip(table[key], party, strict=True)}
    table.drop("cluster", "party", strict=False).write_parquet(stem.with_suffix(".parquet"))
    known = {"truth": truth, "parts": dict(parts or {})}
    stem.with_suffix(".json").write_text(json.dumps(known), encoding="utf-8")


def whole(
    watch: Watch,
    *,
    files: list[str],
    truth: str,
    policy: str = "",
    key: str = "id",
    region: str = "CN",
    part: str = "",
) -> dict[str, Any]:
    """Propose (unless a *policy* is named), train, score and cluster; the threshold is chosen without labels."""
    tables = [pl.read_parquet(file) for file in files]
    table = tables[0] if len(tables) == 1 else tables
    if policy:
        chosen = {"historical": HISTORICAL}[policy]
    else:
        with watch.step("propose"):
            chosen = dedup.propose(table, id=key, region=region)
    with watch.step("prepare"):
        ready = dedup.prepare(table, chosen)
    with watch.step("train"):
        model = dedup.train(ready, chosen)
    with watch.step("resolve"):
        result = dedup.resolve(ready, model)
    clusters = {str(one): str(customer) for one, customer in result.clusters.items()}
    known = json.loads(Path(truth).read_text(encoding="utf-8"))
    some = {one: clusters[one] for one in known["parts"].get(part, ())}
    return {
        "pairs": len(ready.candidates.a),
        "quality": quality(clusters, known["truth"]),
        "part": quality(some, known["truth"]),
        "notes": [f"threshold {model.threshold_millibits / 1000:+.1f} bits, chosen without labels"],
    }


def score(watch: Watch, *, files: list[str], blocked: str = "") -> dict[str, Any]:
    """Compare and score the pairs in *blocked* (or its own) with a trained model; only that is measured."""
    table = pl.read_parquet(files[0])
    ready = dedup.prepare(table, HISTORICAL)
    model = dedup.train(ready, HISTORICAL)
    a, b = ready.candidates.a, ready.candidates.b
    if blocked:
        place = {one: row for row, one in enumerate(ready.table.ids)}
        pairs = pl.read_parquet(blocked)
        a, b = (
            np.array([place[one] for one in pairs[name]], np.int64) for name in ("join_key_l", "join_key_r")
        )
    with watch.step("compare and score"):
        found = tuple(likenesses(ready.columns, a, b))
        group = populations(ready.table, ready.columns, a, b)
        bulk_score(
            dedup.Prepared(
                policy=HISTORICAL,
                table=ready.table,
                columns=ready.columns,
                candidates=Candidates(a=a, b=b, problems=()),
                found=found,
                population=group,
                common=(),
            ),
            model,
        )
    return {"pairs": len(a)}


def cut_in_two(_: Watch, *, file: str, records: int, arrivals: int) -> dict[str, Any]:
    """Write the first *records* of a world, and as many *arrivals* of those that follow, shuffled beforehand."""
    table = pl.read_parquet(file).sample(fraction=1.0, shuffle=True, seed=0)
    stem = file.removesuffix(".parquet")
    table.head(records).write_parquet(f"{stem}-here.parquet")
    table.slice(records, arrivals).write_parquet(f"{stem}-new.parquet")
    return {}


def one_by_one(watch: Watch, *, file: str, new: str, ring: int) -> dict[str, Any]:
    """Add records to a graph, then split a ring of records, in which each shares a mailbox with four others."""
    here, arrivals = pl.read_parquet(file), pl.read_parquet(new)
    sample = here.head(LEARNT_FROM)
    model = dedup.train(sample, dedup.propose(sample))
    resolver = dedup.Resolver(model)
    with watch.step("load"):
        resolver.load(here.iter_rows(named=True))
    gc.collect()
    gc.freeze()  # as a host does that keeps a large graph: the collector need not walk it again
    each = []
    with watch.step("add"):
        for row in arrivals.iter_rows(named=True):
            before = time.perf_counter()
            resolver.add(row)
            each.append(time.perf_counter() - before)
    for place in range(ring):
        held = [f"{kind}{(place + step) % ring}@ring.example" for kind, step in RING]
        resolver.add({"id": f"ring-{place}", "email": held, "kind": "person", "born_on": "1970-05-17"})
    party = resolver.members("ring-0")
    splits = []
    with watch.step("split"):
        for place in range(5):
            out = [f"ring-{one}" for one in range(place * ring // 10, (place + 1) * ring // 10)]
            before = time.perf_counter()
            resolver.split(out, by="ann", why="a benchmark")
            splits.append(time.perf_counter() - before)
    return {"each": each, "splits": splits, "notes": [f"the ring was one customer of {len(party):,} records"]}
