"""nomenklatura 4, an identity graph of people's judgements: needs nomenklatura, and no crmkit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from beside import Watch
from nomenklatura.db import Session, get_engine
from nomenklatura.judgement import Judgement
from nomenklatura.resolver import Edge, Resolver

VERSIONS = ("nomenklatura", "sqlalchemy")


def judged(left: str, right: str) -> Edge:
    return Edge(left, right, judgement=Judgement.POSITIVE, user="ann", created_at="2025-01-01T00:00:00")


def graph(ring: int, records: int) -> Iterator[Edge]:
    """Yield two judgements for each record of a ring, and one for each pair of the others."""
    for place in range(ring):
        for step in (1, 2):
            yield judged(f"ring-{place}", f"ring-{(place + step) % ring}")
    for place in range(0, records - ring, 2):
        yield judged(f"other-{place}", f"other-{place + 1}")


def split(watch: Watch, *, ring: int, records: int) -> dict[str, Any]:
    """Take one component apart, all of it: a part of it cannot be."""
    resolver: Resolver[Any] = Resolver(Session(get_engine("sqlite:///:memory:")), create=True)
    with watch.step("load"):
        resolver.load_edges(graph(ring, records))
    before = time.perf_counter()
    with watch.step("explode"):
        resolver.explode("ring-0")
    each = [time.perf_counter() - before]
    return {"each": each, "notes": ["judgements only, nothing is compared"]}
