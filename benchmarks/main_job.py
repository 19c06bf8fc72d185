"""Time and peak memory of each phase of the main job, on the demo world.

Run it with ``python benchmarks/main_job.py [CUSTOMERS …]``; each size runs in a process of its own.
"""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crmkit.adapters.notify import JsonLinesNotifier
from crmkit.adapters.sql import sqlite_storage
from crmkit.demo import make_world
from crmkit.display import text_table
from crmkit.playbook import RETAIL
from crmkit.workflows import Told, run_job

SIZES = (1_000, 5_000, 20_000)


def main(sizes: list[int]) -> None:
    """Print one row a size."""
    print(f"Python {platform.python_version()} on {platform.machine()}, SQLite in a file")
    rows = []
    for size in sizes:
        command = [sys.executable, __file__, "--one", str(size)]
        rows.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
    columns = ("customers", "records", "activities", "world", "intake", "identity", "profiles", "decisions")
    print(text_table((*columns, "messages", "total s", "MB"), rows))


def one(size: int) -> None:
    """Print the figures of one size."""
    start = time.perf_counter()
    world = make_world(customers=size)
    made = time.perf_counter() - start
    told = Told(
        records=world.records,
        activities=world.activities,
        contact_roles=world.contact_roles,
        relations=world.relations,
    )
    with tempfile.TemporaryDirectory() as folder:
        run = run_job(
            sqlite_storage(Path(folder) / "crm.sqlite"),
            JsonLinesNotifier(Path(folder) / "sent.jsonl"),
            RETAIL,
            lambda: told,
            fingerprint=f"world {size}",
            as_of=world.as_of,
        )
    seconds = [f"{phase.seconds:.2f}" for phase in run.phases]
    total = f"{time.perf_counter() - start:.1f}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(size, len(world.records), len(world.activities), f"{made:.2f}", *seconds, total, peak)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(int(sys.argv[2]))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
