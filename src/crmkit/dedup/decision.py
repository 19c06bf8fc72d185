"""Decisions: what a person says of two records; it always holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, final

import attrs

from crmkit.dedup.table import RecordKey, record_key
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model.values import plain_text

SAME: Final = "same"
DISTINCT: Final = "distinct"
VERDICTS: Final = (SAME, DISTINCT)


def _somebody(by: str) -> str:
    if not by.strip():
        raise InvalidValue("a decision needs somebody who says so, as in by='ann'")
    return plain_text(by)


@final
@attrs.frozen
class Decision:
    """A person's word on two records.

    Attributes:
        a: Id of one record.
        b: Id of the other.
        verdict: "same" or "distinct".
        by: Who says so.
        why: What for, in a sentence.
    """

    a: RecordKey = attrs.field(converter=record_key)
    b: RecordKey = attrs.field(converter=record_key)
    verdict: str = attrs.field()
    by: str = attrs.field(kw_only=True, converter=_somebody)
    why: str = attrs.field(kw_only=True, default="", converter=plain_text)

    @verdict.validator
    def _known(self, _: object, verdict: str) -> None:
        if verdict not in VERDICTS:
            raise UnknownName("verdict", verdict, VERDICTS)

    def __attrs_post_init__(self) -> None:
        if self.a == self.b:
            raise InvalidValue("a decision is about two records, and both ids are the same")

    def __str__(self) -> str:
        verdict = "the same" if self.verdict == SAME else self.verdict
        return f"{self.by} says that {self.a!r} and {self.b!r} are {verdict}" + (
            f": {self.why}" if self.why else ""
        )


def several(keys: Iterable[RecordKey]) -> tuple[RecordKey, ...]:
    """Return *keys*, each once.

    Raises:
        InvalidValue: If it is one id instead of several.
    """
    if isinstance(keys, (str, bytes, int)):
        raise InvalidValue(f"ids are several, got {keys!r}; put one alone in brackets: [{keys!r}]")
    return tuple(dict.fromkeys(keys))


def _in_order(keys: Iterable[RecordKey]) -> tuple[RecordKey, ...]:
    keys = several(keys)
    return tuple(sorted(set(map(record_key, keys)), key=key_order))


@final
@attrs.frozen(cache_hash=True)
class Split:
    """A person's word that some records are not one with others, group against group.

    What the records of one group are among themselves is left to the evidence.

    Attributes:
        ids: Ids of the records that were taken out.
        rest: Ids of those they were taken out of.
        by: Who says so.
        why: What for, in a sentence.
    """

    ids: tuple[RecordKey, ...] = attrs.field(converter=_in_order)
    rest: tuple[RecordKey, ...] = attrs.field(converter=_in_order)
    by: str = attrs.field(kw_only=True, converter=_somebody)
    why: str = attrs.field(kw_only=True, default="", converter=plain_text)

    def __attrs_post_init__(self) -> None:
        if not self.ids or not self.rest:
            raise InvalidValue("a split takes some records out of others; name both")
        both = set(self.ids) & set(self.rest)
        if both:
            raise InvalidValue(f"{min(both, key=key_order)!r} is on both sides of the split; name it once")

    def __str__(self) -> str:
        some = ", ".join(map(repr, self.ids[:_NAMED])) + (", …" if len(self.ids) > _NAMED else "")
        return f"{self.by} took {some} out of {self.rest[0]!r} and others" + (
            f": {self.why}" if self.why else ""
        )


_NAMED: Final = 3

Said: TypeAlias = Decision | Split
"""What people say of who is who."""


def records_of(decision: Decision | Split) -> tuple[RecordKey, ...]:
    """Return the ids of the records that *decision* names."""
    return (decision.a, decision.b) if isinstance(decision, Decision) else (*decision.ids, *decision.rest)


def check_decisions(
    decisions: Iterable[Decision | Split], kinds: Mapping[RecordKey, str | None] | None = None
) -> tuple[Decision | Split, ...]:
    """Return *decisions* in a fixed order, each once, if all of them can hold together.

    Args:
        decisions: In any order.
        kinds: "person" or "organisation" by record id, where known; the two are never the same.

    Raises:
        Contradiction: If records that are the same, directly or by way of
            others, are also said to be distinct, or are a person and an
            organisation.  Both sides are named.
    """
    settled = tuple(sorted(set(decisions), key=decision_order))
    tied = [one for one in settled if isinstance(one, Decision) and one.verdict == SAME]
    group_of = {key: place for place, group in enumerate(same_groups(tied)) for key in group}
    for one in settled:
        pair = _joined_by(one, group_of)
        if pair is not None:
            path = "; ".join(map(str, _path(tied, *pair)))
            raise Contradiction(f"{one}; but {path}. Withdraw one of them.")
    for group in same_groups(tied):
        _check_kinds(tied, group, kinds or {})
    return settled


def _joined_by(
    one: Decision | Split, group_of: Mapping[RecordKey, int]
) -> tuple[RecordKey, RecordKey] | None:
    """Return two records that *one* keeps apart and that other decisions join, or None."""
    if isinstance(one, Split):
        outside = {group_of[key]: key for key in one.rest if key in group_of}
        pairs = ((key, outside[group_of[key]]) for key in one.ids if group_of.get(key) in outside)
        return next(pairs, None)
    if one.verdict == DISTINCT and one.a in group_of and group_of[one.a] == group_of.get(one.b):
        return one.a, one.b
    return None


def same_groups(decisions: Iterable[Decision]) -> list[tuple[RecordKey, ...]]:
    """Return the records that are the same by decision, directly or by way of others, group by group, sorted."""
    group_of: dict[RecordKey, set[RecordKey]] = {}
    for one in decisions:
        if one.verdict == SAME:
            joined = group_of.get(one.a, {one.a}) | group_of.get(one.b, {one.b})
            group_of.update(dict.fromkeys(joined, joined))
    distinct = {id(group): group for group in group_of.values()}
    return sorted(
        (tuple(sorted(group, key=key_order)) for group in distinct.values()),
        key=lambda one: key_order(one[0]),
    )


def key_order(key: RecordKey) -> tuple[bool, int, str]:
    """Return the place of a record's id among others: whole numbers by size, then texts."""
    return (False, key, "") if isinstance(key, int) else (True, 0, key)


def decision_order(one: Decision | Split) -> tuple[object, ...]:
    """Return the place of a decision among others, whatever order they were made in."""
    if isinstance(one, Split):
        return "split", tuple(map(key_order, one.ids)), tuple(map(key_order, one.rest)), one.by, one.why
    return one.verdict, (key_order(one.a),), (key_order(one.b),), one.by, one.why


def _path(tied: list[Decision], start: RecordKey, end: RecordKey) -> list[Decision]:
    """Return decisions that lead from *start* to *end*, the fewest, or none if nothing does."""
    ways: dict[RecordKey, list[Decision]] = {start: []}
    todo = [start]
    for here in todo:
        for one in tied:
            if here in (one.a, one.b):
                there = one.b if one.a == here else one.a
                if there not in ways:
                    ways[there] = [*ways[here], one]
                    todo.append(there)
    return ways.get(end, [])


def _check_kinds(
    tied: list[Decision], group: tuple[RecordKey, ...], kinds: Mapping[RecordKey, str | None]
) -> None:
    first: dict[str, RecordKey] = {}
    for key in group:
        kind = kinds.get(key)
        if kind is not None:
            first.setdefault(kind, key)
    if len(first) > 1:
        (kind, one), (other_kind, other) = sorted(first.items())
        path = "; ".join(map(str, _path(tied, one, other)))
        raise Contradiction(
            f"{path}; but {one!r} is of kind {kind!r} and {other!r} of kind {other_kind!r}. "
            "Withdraw it, or correct the record."
        )
