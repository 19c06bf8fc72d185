"""Loading: many records into an empty graph at once, ending as if they had come one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit.dedup.arrays.clustering import components
from crmkit.dedup.arrays.prepared import prepare
from crmkit.dedup.arrays.scoring import bulk_score
from crmkit.dedup.graph.evidence import Evidence
from crmkit.dedup.graph.partition import Link, Partition
from crmkit.dedup.policy import fields_beside
from crmkit.dedup.table import Row, mapping_of


def load(evidence: Evidence, partition: Partition, rows: Sequence[Row]) -> None:
    """Take *rows*, each id once, into a graph in which nothing is.

    Raises:
        InvalidValue: If more pairs than the policy's budget would be compared; the graph is then as it was.
    """
    model = evidence.model
    policy = model.policy
    unknown = dict.fromkeys(fields_beside(policy))
    told = [{**unknown, **mapping_of(row, id=policy.id, kind=policy.kind)} for row in rows]
    ready = prepare(told, policy, common=tuple(frozenset(words) for words in model.common))
    weight = bulk_score(ready, model) - model.threshold_millibits
    a, b = ready.candidates.a, ready.candidates.b
    joined = weight > 0
    group = components(len(rows), a[joined], b[joined])
    inside = np.flatnonzero(group[a] == group[b])
    ids = [row.id for row in rows]
    records = {label: [ids[label]] for label in np.unique(group).tolist()}
    for place, label in enumerate(group.tolist()):
        if place != label:
            records[label].append(ids[place])
    links: dict[int, list[Link]] = {}
    columns = (group[a[inside]].tolist(), a[inside].tolist(), b[inside].tolist(), weight[inside].tolist())
    for label, one, other, bits in zip(*columns, strict=True):
        links.setdefault(label, []).append(Link(ids[one], ids[other], bits))
    evidence.put_all(rows)
    partition.fill((held, links.get(label, ())) for label, held in records.items())
