"""Resolving: which records are one customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from crmkit.dedup.arrays.blocking import ORGANISATION_CODE, PERSON_CODE, kind_codes
from crmkit.dedup.arrays.clustering import bulk_cluster, components
from crmkit.dedup.arrays.columns import Bools, Ints
from crmkit.dedup.arrays.prepared import Prepared, prepare
from crmkit.dedup.arrays.scoring import bulk_score
from crmkit.dedup.cluster import Apart, Bound, Edge, Refused, cluster
from crmkit.dedup.constraints import (
    KINDS_APART,
    aparts,
    company_fields,
    once_only,
    part_bounds,
    split_bounds,
    too_many,
)
from crmkit.dedup.decision import Decision, Split, check_decisions, key_order, records_of, same_groups
from crmkit.dedup.kinds import EXACT
from crmkit.dedup.kinship import Told, kinships, told_of
from crmkit.dedup.model import Model
from crmkit.dedup.normalize import normalise
from crmkit.dedup.resolution import Matches, Refusal, Resolution
from crmkit.dedup.table import RecordKey, Table, TableLike, texts_of_value
from crmkit.dedup.weights import MILLI
from crmkit.errors import InvalidValue, Problem
from crmkit.garbage import seldom_collected
from crmkit.model import ORGANISATION

_KEPT = -10 * MILLI
"""Pairs further under the threshold are not kept."""


@seldom_collected()
def resolve(
    table: TableLike | Prepared, model: Model, *, decisions: Iterable[Decision | Split] = ()
) -> Resolution:
    """Return which records of *table* are one customer.

    The order of the rows, and of the decisions, does not matter.

    Args:
        table: Records: a dataframe, mappings or `Record` values, several such
            tables to be linked, or what `prepare` made of them.
        model: What `train` learnt.
        decisions: What people said of pairs of records; it always holds.

    Raises:
        Contradiction: If two decisions cannot both hold; both are named.
        InvalidValue: If it is no model, or more pairs than the policy's budget would be compared.
    """
    if not isinstance(model, Model):
        raise InvalidValue(
            f"records are resolved with a Model, got {type(model).__name__}; train(table, policy) makes one"
        )
    ready = prepare(table, model.policy, common=tuple(frozenset(words) for words in model.common))
    told = tuple(decisions)
    settled = check_decisions(told, _kinds_of(ready.table, told))
    scores = bulk_score(ready, model)
    rank, order = _ranks(ready.table)
    here, strangers = _known_decisions(settled, ready.table)
    label, refused = _clustered(ready, model, here, rank, scores - model.threshold_millibits)
    kept = np.flatnonzero(scores >= model.threshold_millibits + _KEPT)
    ids = ready.table.ids
    names = [ids[place] for place in order.tolist()]
    clusters = {one: names[customer] for one, customer in zip(ids, label[rank].tolist(), strict=True)}
    return Resolution(
        clusters=clusters,
        pairs=Matches(ids, ready.candidates.a[kept], ready.candidates.b[kept], scores[kept]),
        problems=(*ready.problems, *strangers),
        refused=tuple(
            Refusal(a=names[one.a], b=names[one.b], weight=one.weight / MILLI, reason=one.reason)
            for one in refused
        ),
        kinships=kinships(_told(ready.table, clusters, model)),
        decisions=settled,
        hubs=ready.columns.hubs,
        model=model,
        kinds=ready.table.kinds,
    )


def _told(table: Table, clusters: Mapping[RecordKey, RecordKey], model: Model) -> Iterator[Told]:
    """Yield what each record of an organisation tells of it."""
    asked = [model.policy.country or "", *(one.field for one in model.policy.comparisons)]
    columns = {field: table.columns[field] for field in asked if field in table.columns}
    for row, kind in enumerate(table.kinds):
        if kind == ORGANISATION:
            values = {field: column[row] for field, column in columns.items()}
            yield told_of(table.ids[row], clusters[table.ids[row]], values, model.policy)


def _ranks(table: Table) -> tuple[Ints, Ints]:
    """Return the place of each record among the sorted ids, and the record at each place."""
    order = np.array(sorted(range(len(table)), key=lambda place: key_order(table.ids[place])), np.int64)
    rank = np.empty(len(table), np.int64)
    rank[order] = np.arange(len(table))
    return rank, order


def _kinds_of(table: Table, decisions: Sequence[Decision | Split]) -> dict[RecordKey, str | None]:
    """Return the kinds of the records that are here and that *decisions* name."""
    named = _named_in(decisions)
    return {one: kind for one, kind in zip(table.ids, table.kinds, strict=True) if one in named}


def _named_in(decisions: Iterable[Decision | Split]) -> frozenset[RecordKey]:
    return frozenset(key for one in decisions for key in records_of(one))


def _known_decisions(
    settled: Sequence[Decision | Split], table: Table
) -> tuple[list[Decision | Split], list[Problem]]:
    """Return the decisions that have a say among the records here, and a problem for each of the others."""
    ids = _kinds_of(table, settled).keys()
    missing = [one for one in settled if not _has_a_say(one, ids)]
    return [one for one in settled if _has_a_say(one, ids)], [
        Problem(
            source="decisions",
            reason=f"the decision on {' and '.join(map(repr, records_of(one)[:2]))} names a record that is not "
            "here; it holds again once both are",
            kept=True,
        )
        for one in missing
    ]


def _has_a_say(one: Decision | Split, ids: Collection[RecordKey]) -> bool:
    if isinstance(one, Split):
        return any(key in ids for key in one.ids) and any(key in ids for key in one.rest)
    return one.a in ids and one.b in ids


def _clustered(
    ready: Prepared, model: Model, decisions: Sequence[Decision | Split], rank: Ints, weight: Ints
) -> tuple[Ints, list[Refused[int]]]:
    """Return the cluster of the record at each rank, and the merges that were refused."""
    named = _named_in(decisions)
    place = {one: int(rank[row]) for row, one in enumerate(ready.table.ids) if one in named}
    pairs = [one for one in decisions if isinstance(one, Decision)]
    same = [[place[one] for one in group] for group in same_groups(pairs)]
    apart = aparts(pairs, place)
    a, b = rank[ready.candidates.a], rank[ready.candidates.b]
    group = _connected(len(rank), a[weight > 0], b[weight > 0], same)
    bounds = [
        *_kinds_apart(ready.table, rank, group),
        *_bounds(ready.table, model, rank),
        *_part_bounds(ready.table, model, rank, group),
        *split_bounds(decisions, place),
    ]
    inside = np.flatnonzero(group[a] == group[b])
    special = _special(group, same, apart, bounds)
    plain = inside[~special[group[a[inside]]]]
    label = bulk_cluster(len(rank), a[plain], b[plain], weight[plain])
    refused: list[Refused[int]] = []
    for records, edges in _components(group, special, a, b, weight, inside):
        held = set(records)
        told = [one for one in same if one[0] in held]
        kept_apart = [one for one in apart if one.a in held and one.b in held]
        clusters, not_merged = cluster(records, edges, same=told, apart=kept_apart, bounds=bounds)
        for members in clusters:
            label[list(members)] = members[0]
        refused += not_merged
    return label, sorted(refused)


def _part_bounds(table: Table, model: Model, rank: Ints, group: Ints) -> list[Bound[int]]:
    """Return what no organisation may be at once, of those that evidence or a decision has put into a *group*."""
    joined = np.bincount(group, minlength=len(group))[group] > 1
    members: dict[int, list[tuple[int, int]]] = {}
    for row, (place, kind) in enumerate(zip(rank.tolist(), table.kinds, strict=True)):
        if kind == ORGANISATION and joined[place]:
            members.setdefault(int(group[place]), []).append((place, row))
    bounds: list[Bound[int]] = []
    for field in company_fields(model.policy):
        names = table.column(field)
        bounds += part_bounds(
            [(place, texts_of_value(names[row])) for place, row in component]
            for component in members.values()
        )
    return bounds


def _connected(size: int, a: Ints, b: Ints, same: Sequence[Sequence[int]]) -> Ints:
    """Return the component of each record: what evidence or a decision connects."""
    ties = np.array([(group[0], other) for group in same for other in group[1:]], np.int64).reshape(-1, 2)
    return components(size, np.append(a, ties[:, 0]), np.append(b, ties[:, 1]))


def _special(
    group: Ints, same: Sequence[Sequence[int]], apart: Sequence[Apart[int]], bounds: Sequence[Bound[int]]
) -> Bools:
    """Return which components a decision or a bound has a say in, by their label."""
    special = np.zeros(len(group), np.bool_)
    special[[int(group[one[0]]) for one in same]] = True
    special[[int(group[one.a]) for one in apart if group[one.a] == group[one.b]]] = True
    for bound in bounds:
        held: dict[int, set[object]] = {}
        for record, values in bound.values.items():
            held.setdefault(int(group[record]), set()).update(values)
        special[[label for label, values in held.items() if len(values) > bound.at_most]] = True
    return special


def _components(
    group: Ints, special: Bools, a: Ints, b: Ints, weight: Ints, inside: Ints
) -> Iterable[tuple[list[int], list[Edge[int]]]]:
    """Yield records and edges of each special component."""
    members: dict[int, list[int]] = {label: [] for label in np.flatnonzero(special).tolist()}
    edges: dict[int, list[Edge[int]]] = {label: [] for label in members}
    for record in np.flatnonzero(special[group]).tolist():
        members[int(group[record])].append(record)
    chosen = inside[special[group[a[inside]]]]
    for one, other, bits in zip(a[chosen].tolist(), b[chosen].tolist(), weight[chosen].tolist(), strict=True):
        edges[int(group[one])].append(Edge(one, other, bits))
    for label, records in members.items():
        yield records, edges[label]


def _kinds_apart(table: Table, rank: Ints, group: Ints) -> list[Bound[int]]:
    """Return that a person and an organisation are never one, for the records of each *group* that has both."""
    code = kind_codes(table)
    where = group[rank]
    persons, others = (
        np.bincount(where[code == one], minlength=len(group)) for one in (PERSON_CODE, ORGANISATION_CODE)
    )
    mixed = ((persons > 0) & (others > 0))[where] & (code > 0)
    values = {int(rank[row]): frozenset((table.kinds[row],)) for row in np.flatnonzero(mixed).tolist()}
    return [Bound(at_most=1, values=values, reason=KINDS_APART)] if values else []


def _bounds(table: Table, model: Model, rank: Ints) -> list[Bound[int]]:
    """Return what no cluster may hold too many of: records of a clean source, values of limited fields."""
    places = rank.tolist()
    bounds: list[Bound[int]] = []
    for source in model.policy.clean_sources:
        values = {
            place: frozenset((place,))
            for place, one in zip(places, table.sources, strict=True)
            if one == source
        }
        bounds.append(Bound(at_most=1, values=values, reason=once_only(source)))
    for limit in model.policy.limits:
        memo: dict[tuple[str, ...], frozenset[object]] = {}
        held: dict[int, frozenset[object]] = {}
        for place, value in zip(places, table.column(limit.field), strict=True):
            texts = texts_of_value(value)
            if texts:
                if texts not in memo:
                    memo[texts] = frozenset(form.text for form in normalise(texts, EXACT))
                held[place] = memo[texts]
        reason = too_many(limit.field, limit.at_most)
        bounds.append(Bound(at_most=limit.at_most, values=held, reason=reason))
    return bounds
