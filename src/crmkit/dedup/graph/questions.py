"""Why two records are not one customer, and what would make them one: each answer is tried on the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, final

import attrs

from crmkit.dedup.constraints import bounds_of
from crmkit.dedup.decision import SAME, Decision, Split, decision_order, key_order
from crmkit.dedup.explanation import Explanation, explain_rows
from crmkit.dedup.graph.evidence import Evidence
from crmkit.dedup.graph.partition import Partition
from crmkit.dedup.policy import Policy, fields_beside
from crmkit.dedup.table import RecordKey, Row, mapping_of, record_row
from crmkit.display import html_table
from crmkit.errors import InvalidValue
from crmkit.model import ORGANISATION, PERSON

MOST_AGAINST: Final = 8
"""So many pairs that speak against are looked at, the strongest first."""


@final
@attrs.frozen(kw_only=True)
class Flip:
    """Changes that together would make two records one customer; they were tried.

    Attributes:
        record_id: The record that would say something else, or None if nothing it says has to change.
        like: The record whose values it would say.
        fields: The fields in which it would say them, in the order of the policy.
        withdrawn: The decisions that would have to be withdrawn, in a fixed order.
        without: The records that would have to be gone, in order.
    """

    record_id: RecordKey | None = None
    like: RecordKey | None = None
    fields: tuple[str, ...] = ()
    withdrawn: tuple[Decision | Split, ...] = ()
    without: tuple[RecordKey, ...] = ()

    def __str__(self) -> str:
        said = (
            [f"{self.record_id!r} said of {_listed(self.fields)} what {self.like!r} says"]
            if self.fields
            else []
        )
        taken_back = [f"this were withdrawn: {one}" for one in self.withdrawn]
        gone = [f"{record!r} were not there" for record in self.without]
        return "if " + " and ".join(said + taken_back + gone)


@final
@attrs.frozen(kw_only=True)
class WhyNot:
    """Why two records are not one customer.

    Attributes:
        a: Id of one record.
        b: Id of the other.
        together: True if they are one after all.
        reasons: What keeps them apart, each a sentence, what weighs most first; none if they are one.
        evidence: What speaks for and against the two alone.
        against: What speaks against among the other records of their customers, the strongest first.
        flips: What would make them one, each alone sufficient; none if they
            are one, if they are a person and an organisation, or if no change
            of these two records, of what people said or of their customers'
            other records would do.
    """

    a: RecordKey
    b: RecordKey
    together: bool
    reasons: tuple[str, ...]
    evidence: Explanation
    against: tuple[Explanation, ...] = ()
    flips: tuple[Flip, ...] = ()

    def __str__(self) -> str:
        if self.together:
            return f"{self.a!r} and {self.b!r} are one customer"
        return "\n".join(
            (
                f"{self.a!r} and {self.b!r} are not one customer:",
                *(f"- {reason}" for reason in self.reasons),
                "they would be one:" if self.flips else "nothing that was tried would make them one",
                *(f"- {flip}" for flip in self.flips),
            )
        )

    def _repr_html_(self) -> str:
        if self.together:
            return html_table(("verdict",), [(str(self),)])
        rows = [
            *(("not one because", reason) for reason in self.reasons),
            *(("would be one", str(flip)) for flip in self.flips),
        ]
        return html_table(("", f"{self.a} and {self.b}"), rows) + self.evidence._repr_html_()


def why_not(evidence: Evidence, partition: Partition, a: RecordKey, b: RecordKey) -> WhyNot:
    """Return why *a* and *b* are not one customer; *evidence* and *partition* are afterwards as they were.

    Raises:
        InvalidValue: If both are the same record.
    """
    if a == b:
        raise InvalidValue(f"why_not asks about two records, and both are {a!r}")
    [pair] = explained(evidence, [(a, b)])
    if partition.together(a, b):
        return WhyNot(a=a, b=b, together=True, reasons=(), evidence=pair)
    parties = partition.party(a), partition.party(b)
    against = _against(evidence, a, b, parties)
    keep_apart = _keep_apart(partition, parties)
    return WhyNot(
        a=a,
        b=b,
        together=False,
        reasons=tuple(_reasons(evidence, pair, parties, keep_apart)) or (_UNLIKE_OTHERS,),
        evidence=pair,
        against=tuple(against),
        flips=_flips(evidence, partition, a, b, keep_apart, against),
    )


def explained(evidence: Evidence, pairs: Iterable[tuple[RecordKey, RecordKey]]) -> list[Explanation]:
    """Return what speaks for and against each two of records that are there."""
    rows = [(evidence.records[a].row, evidence.records[b].row) for a, b in pairs]
    return list(explain_rows(rows, evidence.model, hubs=evidence.hubs()))


_UNLIKE_OTHERS: Final = "taken together, the records of their customers speak against it"


def _reasons(
    evidence: Evidence,
    pair: Explanation,
    parties: tuple[Sequence[RecordKey], Sequence[RecordKey]],
    keep_apart: Sequence[Decision | Split],
) -> Iterator[str]:
    if pair.never:
        yield pair.never
    yield from map(str, keep_apart)
    rows = [evidence.records[record].row for party in parties for record in party]
    border = len(parties[0])
    for bound in bounds_of(rows, evidence.model.policy, ()):
        one, other = (
            frozenset().union(*(bound.values.get(place, frozenset()) for place in side))
            for side in (range(border), range(border, len(rows)))
        )
        if bound.forbids(one, other):
            yield bound.reason
    if not pair.never and not pair.speaks_for:
        yield f"what speaks for it, {pair.weight:+.1f} bits, is not over the threshold of {pair.threshold:+.1f}"
    if not pair.never and not evidence.compared(pair.a, pair.b):
        crowded = evidence.crowded(pair.a, pair.b)
        yield (
            f"they are not compared: more records than the limit agree in {_listed(crowded)}"
            if crowded
            else "they are not compared: no block of the policy brings them together"
        )


def _keep_apart(
    partition: Partition, parties: tuple[Sequence[RecordKey], Sequence[RecordKey]]
) -> list[Decision | Split]:
    """Return what people said that keeps two parties apart, in a fixed order."""
    one, other = map(set, parties)
    return sorted((said for said in partition.said_of(one) if _parts(said, one, other)), key=decision_order)


def _parts(said: Decision | Split, one: set[RecordKey], other: set[RecordKey]) -> bool:
    if isinstance(said, Decision):
        return said.verdict != SAME and bool(one & {said.a, said.b}) and bool(other & {said.a, said.b})
    ids, rest = set(said.ids), set(said.rest)
    return bool((one & ids and other & rest) or (one & rest and other & ids))


def _against(
    evidence: Evidence,
    a: RecordKey,
    b: RecordKey,
    parties: tuple[Sequence[RecordKey], Sequence[RecordKey]],
) -> list[Explanation]:
    """Return what speaks against two parties, of the pairs between them but for *a* and *b*."""
    weights = {
        (one, other): weight
        for one in parties[0]
        for other, weight in evidence.weights(
            one,
            [other for other in parties[1] if (one, other) != (a, b) and evidence.compared(one, other)],
        ).items()
    }
    worst = sorted(
        (pair for pair, weight in weights.items() if weight < 0),
        key=lambda pair: (weights[pair], *map(key_order, pair)),
    )
    return explained(evidence, worst[:MOST_AGAINST])


def _flips(
    evidence: Evidence,
    partition: Partition,
    a: RecordKey,
    b: RecordKey,
    keep_apart: Sequence[Decision | Split],
    against: Sequence[Explanation],
) -> tuple[Flip, ...]:
    if {evidence.records[a].row.kind, evidence.records[b].row.kind} == {PERSON, ORGANISATION}:
        return ()
    works = partial(would_join, evidence, partition, a, b)
    told = tuple(keep_apart)
    if told and works(Flip(withdrawn=told)):
        return (Flip(withdrawn=told),)
    ways = [_ways(evidence, a, b, told), _ways(evidence, b, a, told)]
    found = [flip for way in ways for flip in way if works(flip)]
    if not found:
        found = [flip for way in ways for flip in _together(way, works)]
        found = [flip for flip in found if len(flip.fields) == min(len(one.fields) for one in found)]
    others = dict.fromkeys(one for pair in against for one in (pair.a, pair.b) if one not in (a, b))
    return (*found, *(flip for one in others if works(flip := Flip(withdrawn=told, without=(one,)))))


def _ways(
    evidence: Evidence, record: RecordKey, like: RecordKey, withdrawn: tuple[Decision | Split, ...]
) -> list[Flip]:
    """Return what *record* could say as *like* does, a field at a time, those that would help most first."""
    one, other = evidence.records[record].row, evidence.records[like].row
    policy = evidence.model.policy
    found = [
        fields
        for group in _fields(policy)
        if (fields := tuple(field for field in group if field in one.values or field in other.values))
        if any(one.values.get(field) != other.values.get(field) for field in fields)
        and any(other.values.get(field) for field in fields)
    ]
    pairs = [(_as_said(one, other, fields, policy), other) for fields in found]
    weights = [one.weight for one in explain_rows(pairs, evidence.model, hubs=evidence.hubs())]
    order = sorted(range(len(found)), key=lambda place: -weights[place])
    return [Flip(record_id=record, like=like, fields=found[place], withdrawn=withdrawn) for place in order]


def _together(ways: Sequence[Flip], works: Callable[[Flip], bool]) -> list[Flip]:
    """Return several of *ways* that do together, none of them superfluous; nothing if all would not."""
    taken: list[Flip] = []
    for way in ways:
        taken.append(way)
        if works(_all_of(taken)):
            for one in list(taken):
                rest = [other for other in taken if other is not one]
                if rest and works(_all_of(rest)):
                    taken = rest
            return [_all_of(taken)]
    return []


def _all_of(ways: Sequence[Flip]) -> Flip:
    return attrs.evolve(ways[0], fields=tuple(field for way in ways for field in way.fields))


def _fields(policy: Policy) -> list[tuple[str, ...]]:
    """Return the fields that could be said otherwise, those together that make one name."""
    groups = [(one.field, *one.parts) for one in policy.comparisons]
    groups += [(field,) for field in (*(limit.field for limit in policy.limits), *fields_beside(policy))]
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        if not any(field in found for field in group):
            found.update(dict.fromkeys(group, group))
    return list(dict.fromkeys(found.values()))


def _as_said(row: Row, other: Row, fields: Iterable[str], policy: Policy) -> Row:
    """Return *row* with what *other* says of *fields*."""
    said = {field: other.values.get(field) for field in fields}
    told = mapping_of(row, id=policy.id, kind=policy.kind)
    return record_row({**told, **said}, id=policy.id, kind=policy.kind)


def would_join(evidence: Evidence, partition: Partition, a: RecordKey, b: RecordKey, flip: Flip) -> bool:
    """Return whether *a* and *b* would be one customer after *flip*; both graphs are afterwards as they were."""
    policy = evidence.model.policy
    undo: list[Callable[[], object]] = []
    try:
        for decision in flip.withdrawn:
            partition.withdraw(decision)
            undo.append(partial(partition.settle, decision))
        for record in flip.without:
            row = evidence.records[record].row
            partition.solve(evidence.drop(record), [record])
            undo.append(lambda row=row: partition.solve(evidence.put(row)))  # type: ignore[misc]
        if flip.record_id is not None and flip.like is not None:
            row, other = evidence.records[flip.record_id].row, evidence.records[flip.like].row
            partition.solve(evidence.change(_as_said(row, other, flip.fields, policy)), [row.id])
            undo.append(lambda: partition.solve(evidence.change(row), [row.id]))
        return partition.together(a, b)
    finally:
        for take_back in reversed(undo):
            take_back()


def _listed(names: Iterable[str]) -> str:
    *most, last = map(repr, names)
    return f"{', '.join(most)} and {last}" if most else last
