"""Linking: which of many records evidence connects, and what speaks for and against each pair of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from crmkit.dedup.arrays.clustering import components
from crmkit.dedup.arrays.prepared import prepare
from crmkit.dedup.arrays.scoring import bulk_score
from crmkit.dedup.model import Model
from crmkit.dedup.policy import fields_beside
from crmkit.dedup.table import RecordKey, Row, mapping_of


def linked(
    rows: Sequence[Row], model: Model, *, pair_budget: int
) -> Iterator[tuple[list[RecordKey], list[tuple[RecordKey, RecordKey, int]]]]:
    """Yield the ids of each group of *rows* that evidence connects, and its pairs, each with its weight.

    A weight is log-odds over the threshold, in thousandths of a bit.

    Raises:
        InvalidValue: If more than *pair_budget* pairs would be compared.
    """
    policy = attrs.evolve(model.policy, pair_budget=pair_budget)
    unknown = dict.fromkeys(fields_beside(policy))
    told = [{**unknown, **mapping_of(row, id=policy.id, kind=policy.kind)} for row in rows]
    ready = prepare(told, policy, common=tuple(frozenset(words) for words in model.common))
    weight = bulk_score(ready, model) - model.threshold_millibits
    a, b = ready.candidates.a, ready.candidates.b
    group = components(len(rows), a[weight > 0], b[weight > 0])
    inside = np.flatnonzero(group[a] == group[b])
    ids = [row.id for row in rows]
    pairs: dict[int, list[tuple[RecordKey, RecordKey, int]]] = {}
    for label, one, other, bits in zip(
        group[a[inside]].tolist(),
        a[inside].tolist(),
        b[inside].tolist(),
        weight[inside].tolist(),
        strict=True,
    ):
        pairs.setdefault(label, []).append((ids[one], ids[other], bits))
    members: dict[int, list[RecordKey]] = {}
    for place, label in enumerate(group.tolist()):
        members.setdefault(label, []).append(ids[place])
    for label, records in members.items():
        yield records, pairs.get(label, [])
