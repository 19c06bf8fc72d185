"""What a resolver shows of its customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from crmkit.dedup.decision import Decision, Split
from crmkit.dedup.graph.evidence import Evidence
from crmkit.dedup.graph.partition import Component, Party
from crmkit.dedup.network import Network
from crmkit.dedup.resolution import Match
from crmkit.dedup.table import RecordKey
from crmkit.dedup.weights import MILLI


def network_of(
    evidence: Evidence,
    components: Iterable[Component],
    customers: Mapping[RecordKey, RecordKey],
    named: Mapping[RecordKey, RecordKey],
    decisions: tuple[Decision | Split, ...],
) -> Network:
    """Return the network of some customers.

    Args:
        evidence: The records.
        components: All that any of the customers is in.
        customers: Record id -> customer id of those to be shown.
        named: Record id -> customer id of every record of the *components*.
        decisions: What people said.
    """
    found = list(components)
    here = set(customers.values())
    rows = {record: evidence.records[record].row for record in customers}
    threshold = evidence.model.threshold_millibits
    refused = [attrs.evolve(one, a=named[one.a], b=named[one.b]) for part in found for one in part.refused]
    return Network(
        customers=customers,
        matches=tuple(
            Match(a=one.a, b=one.b, weight=(one.weight + threshold) / MILLI)
            for part in found
            for one in part.edges
            if one.a in customers and one.b in customers
        ),
        refused=tuple(one for one in refused if one.a in here or one.b in here),
        decisions=decisions,
        model=evidence.model,
        rows=rows,
        kinds={record: row.kind for record, row in rows.items() if row.kind},
        hubs=evidence.hubs(),
    )


def beside(component: Component, party: Party) -> list[Party]:
    """Return *party*, and the parties of its *component* that were refused to be one with it."""
    party_of = {record: one for one in component.parties for record in one}
    sides = [(party_of[one.a], party_of[one.b]) for one in component.refused]
    return list(dict.fromkeys([party, *(one for pair in sides if party in pair for one in pair)]))
