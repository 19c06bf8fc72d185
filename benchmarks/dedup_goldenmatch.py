"""GoldenMatch 3 without any configuration: needs goldenmatch and polars, and no crmkit."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import goldenmatch
import polars as pl
from beside import Watch, quality

VERSIONS = ("goldenmatch", "polars")


def whole(
    watch: Watch, *, key: str, files: list[str], truth: str, part: str = "", link: bool = False
) -> dict[str, Any]:
    """Find duplicates; with *link* in two files one under the other, which is more than linking allows itself."""
    logging.disable(logging.CRITICAL)
    table = pl.concat([pl.read_parquet(file) for file in files])
    ids = [str(one) for one in table[key]]
    with watch.step("dedupe_df"):
        found = goldenmatch.dedupe_df(table)
    label = {ids[row]: customer for customer, cluster in found.clusters.items() for row in cluster["members"]}
    clusters = {one: label.get(one, f"alone {one}") for one in ids}
    known = json.loads(Path(truth).read_text(encoding="utf-8"))
    some = {one: clusters[one] for one in known["parts"].get(part, ())}
    notes = ["two tables as one"] if link else []
    return {
        "quality": quality(clusters, known["truth"]),
        "part": quality(some, known["truth"]),
        "notes": notes,
    }
