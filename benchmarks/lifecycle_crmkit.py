"""crmkit's part in the lifecycle benchmark: the histories, and its own runs."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from beside import Watch

from crmkit import lifecycle
from crmkit.model import Activity, ActivityColumns, ActivityId, CustomerId, to_micros

VERSIONS = ("crmkit", "numpy")
BEGIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
KINDS = {"interest": "page_view", "purchase": "purchase"}
YEARS = 4


def histories(_: Watch, *, customers: int, facts: int, seed: int, file: str) -> dict[str, Any]:
    """Write histories of about so many facts, as days since the beginning, rounded to minutes."""
    rng = random.Random(seed)
    days = 365 * YEARS
    told = [
        sorted(
            (round(rng.uniform(0, days) * 1440) / 1440, rng.choice(("interest", "interest", "purchase")))
            for _ in range(rng.randint(1, 2 * facts - 1))
        )
        for _ in range(customers)
    ]
    made = {"as_of": days, "histories": [[(kind, at) for at, kind in one] for one in told]}
    Path(file).write_text(json.dumps(made), encoding="utf-8")
    return {}


def replay(watch: Watch, *, file: str, to: str) -> dict[str, Any]:
    """Replay every history, one customer at a time: *to* the stage, a timeline, one with roles, or all its spans."""
    moves_only = attrs.evolve(lifecycle.RETAIL, roles=(), invariants=())
    told = json.loads(Path(file).read_text(encoding="utf-8"))
    as_of = BEGIN + dt.timedelta(days=told["as_of"])
    facts = [
        [
            Activity(
                id=ActivityId(f"{place}-{number}"),
                customer_id=CustomerId(str(place)),
                kind=KINDS[kind],
                at=BEGIN + dt.timedelta(minutes=round(at * 1440)),
            )
            for number, (kind, at) in enumerate(history)
        ]
        for place, history in enumerate(told["histories"])
    ]
    with watch.step("replay"):
        if to == "stage":
            ends = [lifecycle.stage_at(lifecycle.RETAIL, one, as_of=as_of) for one in facts]
        elif to == "timeline":
            ends = [lifecycle.fold(moves_only, one, as_of=as_of).stage for one in facts]
        elif to == "roles":
            ends = [lifecycle.fold(lifecycle.RETAIL, one, as_of=as_of).stage for one in facts]
        else:
            ends = [_read(lifecycle.fold(lifecycle.RETAIL, one, as_of=as_of)) for one in facts]
    return {"ends": ends, "bytes": 0}


def _read(way: lifecycle.Timeline) -> str:
    """Return where a way ended, having looked at all of it: spans are made when they are read."""
    assert way.role_spans is not None
    return way.spans[-1].stage


def stages(watch: Watch, *, customers: int, facts: int, seed: int) -> dict[str, Any]:
    """Return the stages of many customers at once, from columns that are ready."""
    rng = np.random.default_rng(seed)
    size = customers * facts
    minutes = np.sort(rng.integers(0, 365 * YEARS * 1440, (customers, facts), np.int32), axis=1).ravel()
    nothing = np.broadcast_to(np.int64(-1), size)
    columns = ActivityColumns(
        customer=np.repeat(np.arange(customers), facts),
        kind=rng.integers(0, 3, size) // 2,
        at=to_micros(BEGIN) + minutes * np.int64(60_000_000),
        amount_minor=nothing,
        currency=nothing,
        channel=nothing,
        account=nothing,
        id=np.broadcast_to(np.array(None, np.object_), size),
        customers=tuple(f"{place:08d}" for place in range(customers)),
        kinds=("page_view", "purchase"),
    )
    del minutes
    as_of = BEGIN + dt.timedelta(days=365 * YEARS)
    with watch.step("stages"):
        found = lifecycle.bulk.stages(lifecycle.RETAIL, columns, as_of=as_of)
    names, counts = np.unique(found[:: max(customers // 100_000, 1)].astype(str), return_counts=True)
    shares = ", ".join(
        f"{name} {count / counts.sum():.0%}" for name, count in zip(names, counts, strict=True)
    )
    return {"notes": [shares]}
