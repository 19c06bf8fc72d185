"""Time and peak memory of every step of ``crmkit run --records FILE``, on large and on wide files.

    python benchmarks/intake.py                          # the usual cases
    python benchmarks/intake.py --customers 90000
    python benchmarks/intake.py --customers 89000 --clean    # intake and cleaning only (bar d8)
    python benchmarks/intake.py --rows 300 --wide 200
    python benchmarks/intake.py --file records.csv

A large file holds the records of a generated world, one row in twenty of them
bad; the last line says how many of the bad rows were named.  A wide file holds
some of these records and many columns of its own: some constant, some unique,
some nearly empty, some free text, some that tell people apart.  Each case runs
in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from beside import bar

from crmkit import dedup
from crmkit.adapters.exports import export
from crmkit.adapters.files import read
from crmkit.adapters.notify import JsonLinesNotifier
from crmkit.adapters.sql import sqlite_storage
from crmkit.dedup.arrays.columns import encode
from crmkit.dedup.table import read_table
from crmkit.demo import AS_OF, make_world
from crmkit.display import text_table
from crmkit.garbage import seldom_collected
from crmkit.playbook import RETAIL
from crmkit.report import gather, html
from crmkit.workflows import Told, run_job, summarise
from crmkit.workflows.intake import all_records, map_records, records_of

USUAL = (
    ("--rows", "300", "--wide", "100"),
    ("--rows", "300", "--wide", "200"),
    ("--rows", "300", "--wide", "400"),
    ("--customers", "22500"),
    ("--customers", "90000"),
)
BAD = 20
"""One row in so many is bad."""
LOOKED_AT = 5_000
"""So many records are looked at to say what is cleaned."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, help="a large file: so many customers")
    parser.add_argument("--rows", type=int, default=300, help="of a wide file")
    parser.add_argument("--wide", type=int, help="a wide file: so many columns of its own")
    parser.add_argument("--file", type=Path, help="a file of records that is there already")
    parser.add_argument("--clean", action="store_true", help="stop when every value is read and cleaned")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only-write", type=Path, metavar="FILE", help="write the file, and do no more")
    given = parser.parse_args()
    if not (given.customers or given.wide or given.file):
        for case in USUAL:
            print("\n$ intake.py", *case, flush=True)
            subprocess.run([sys.executable, __file__, *case], check=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = given.only_write or Path(folder) / "records.csv"
        if given.file is None:
            write = [sys.executable, __file__, *sys.argv[1:], "--only-write", str(path)]
            if given.only_write is None:  # in a process of its own: its memory is not the intake's
                subprocess.run(write, check=True)
            elif given.wide:
                write_wide(path, rows=given.rows, width=given.wide, seed=given.seed)
            else:
                write_large(path, customers=given.customers, seed=given.seed)
        if given.only_write is None:
            with seldom_collected():  # as the command line does
                (measure_cleaning if given.clean else measure)(given.file or path, Path(folder))


def write_large(path: Path, *, customers: int, seed: int) -> None:
    """Write the records of a world; every twentieth row is bad in one of five ways."""
    rng = Random(seed)
    header, rows = world_rows(customers, seed)
    place = {name: header.index(name) for name in ("id", "email", "born_on", "recorded_at")}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number, row in enumerate(rows, start=1):
            writer.writerow(row if number % BAD else spoilt(row, place, rng.randrange(5)))


def spoilt(row: list[str], place: dict[str, int], way: int) -> list[str]:
    """Return a row with a cell too many, without any, or with one that no program can read."""
    if way < 2:
        return [*row, "one", "cell too many"] if way else [""] * len(row)
    field, text = (
        ("born_on", "31 February"),
        ("email", "ask at the desk"),
        ("recorded_at", "yesterday"),
    )[way - 2]
    return [text if at == place[field] else cell for at, cell in enumerate(row)]


def write_wide(path: Path, *, rows: int, width: int, seed: int) -> None:
    """Write a few records of a world, with *width* columns of all sorts beside."""
    rng = Random(seed)
    header, known = world_rows(max(rows // 2, 1), seed)
    sorts = (
        lambda row: f"{row:08x}",
        lambda _: "yes",
        lambda _: "seen" if rng.random() < 0.01 else "",
        lambda _: rng.choice(("red", "green", "blue", "")),
        lambda _: str(rng.randrange(100_000)),
        lambda _: " ".join(rng.choice(("likes", "tea", "and", "late", "calls", "no")) for _ in range(8)),
        lambda _: f"{rng.randrange(rows):06d}",
        lambda _: f"20{rng.randrange(10, 26)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 28):02d}",
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, *(f"custom {place}" for place in range(width))])
        for number, row in enumerate(known[:rows]):
            writer.writerow([*row, *(sorts[place % len(sorts)](number) for place in range(width))])


def world_rows(customers: int, seed: int) -> tuple[list[str], list[list[str]]]:
    records = make_world(seed=seed, customers=customers).records
    names = sorted({name for record in records for name, _ in record.fields})
    rows = [
        [
            *(record.id, record.source, record.kind or ""),
            record.recorded_at.isoformat() if record.recorded_at else "",
            *("; ".join(record.texts(name)) for name in names),
        ]
        for record in records
    ]
    return ["id", "source", "kind", "recorded_at", *names], rows


def measure_cleaning(path: Path, _: Path) -> None:
    """Read the file, make records of its rows, and clean every value that is compared of them."""
    steps: list[tuple[str, float, int]] = []
    with timed(steps, "read"):
        table = read(path)
    with timed(steps, "records"):
        found, wrong = records_of(table, map_records(table), zone="Asia/Shanghai")
        records, twice = all_records([found])
    policy = dedup.propose(records[:LOOKED_AT])
    with timed(steps, "clean"):
        cleaned = encode(read_table(records, source=policy.source, kind=policy.kind), policy)
    whole = sum(seconds for _, seconds, _ in steps)
    rows = [(name, f"{seconds:.2f}", f"{memory:,}") for name, seconds, memory in steps]
    print(text_table(("step", "seconds", "peak MB"), [*rows, ("all", f"{whole:.2f}", f"{peak():,}")]))
    named = {one.row for one in (*wrong, *twice, *cleaned.problems)}
    bad = bad_rows(path)
    unnamed = [row for row in bad if row not in named]
    print(
        f"{len(table):,} rows read, {len(records):,} records; {len(bad) - len(unnamed):,} of {len(bad):,} bad rows "
        f"named by their row; {len(cleaned.problems):,} values set aside in cleaning"
    )
    print(f"{time.process_time():.1f} s of CPU in all, of which a busy machine says more than of seconds")
    bar("d8 seconds", whole, most=10)
    bar("d8 bad rows unnamed", len(unnamed), most=0)


def bad_rows(path: Path) -> list[int]:
    """Return the number of each row that `write_large` spoilt."""
    with path.open(encoding="utf-8", newline="") as file:
        return [number for number, _ in enumerate(csv.DictReader(file), start=1) if number % BAD == 0]


def measure(path: Path, folder: Path) -> None:
    """Do what ``crmkit run`` does with a file of records, and print what each step took."""
    steps: list[tuple[str, float, int]] = []
    with timed(steps, "read"):
        table = read(path)
    with timed(steps, "records"):
        found, wrong = records_of(table, map_records(table), zone="Asia/Shanghai")
        records, twice = all_records([found])
    size = len(table)
    told = Told(records=tuple(records), problems=(*wrong, *twice))
    del table, found, records
    storage = sqlite_storage(folder / "crm.sqlite")
    run = run_job(
        storage,
        JsonLinesNotifier(folder / "sent.jsonl"),
        RETAIL,
        lambda: told,
        fingerprint="file",
        as_of=AS_OF,
        begins=lambda _: steps.append(("", time.perf_counter(), peak())),
    )
    begun = [step for step in steps if not step[0]]
    steps[:] = [step for step in steps if step[0]]
    after = [*(memory for _, _, memory in begun[1:]), peak()]
    steps += [(phase.name, phase.seconds, memory) for phase, memory in zip(run.phases, after, strict=True)]
    with timed(steps, "report"):
        export(storage, run.profiles, folder)
        gathered = gather(storage, run.history, run.profiles, RETAIL, as_of=AS_OF, title="benchmark")
        (folder / "report.html").write_text(html(gathered), encoding="utf-8")
        summarise(storage, run.history, run.profiles, RETAIL, as_of=AS_OF)
    whole = sum(seconds for _, seconds, _ in steps)
    rows = [(name, f"{seconds:.2f}", f"{memory:,}") for name, seconds, memory in steps]
    print(text_table(("step", "seconds", "peak MB"), [*rows, ("all", f"{whole:.2f}", f"{peak():,}")]))
    named = {one.row for one in storage.facts.problems() if one.source == path.name and one.row % BAD == 0}
    print(
        f"{size:,} rows read, {len(told.records):,} records, {len(run.profiles):,} customers; "
        f"{len(named):,} rows named of every {BAD}th"
    )


@contextmanager
def timed(steps: list[tuple[str, float, int]], name: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    steps.append((name, time.perf_counter() - before, peak()))


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
