"""Kinship: organisations that belong together and are not one: branches, subsidiaries, groups.

A branch is told by its name: it is called like its organisation, with a unit
beside (see `normalize.companies`).  A group is called like those it owns, without
what they do, and has a way to reach it in common with them.  Where two companies
of one brand share an e-mail host, the one that the host is called after owns the
other; where it is called after neither, they are affiliates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, final

import attrs

from crmkit.dedup.cells import region_of
from crmkit.dedup.constraints import company_fields, part_bounds
from crmkit.dedup.decision import key_order
from crmkit.dedup.forms import own_texts
from crmkit.dedup.kinds import ADDRESS, COMPANY, EMAIL, PHONE
from crmkit.dedup.normalize import normalise, value_keys
from crmkit.dedup.normalize.companies import bare_names, brand_of, split_company
from crmkit.dedup.normalize.company_name import GROUP, CompanyName
from crmkit.dedup.policy import Policy
from crmkit.dedup.table import RecordKey, texts_of_value

BRANCH_OF: Final = "branch_of"
PARENT_OF: Final = "parent_of"
AFFILIATE: Final = "affiliate"
HOST: Final = "e-mail host"
MOST_SHARING: Final = 12
"""What more organisations share says nothing of which of them belong together."""

Way: TypeAlias = tuple[str, str]
"""A way to reach an organisation: what it is, and its normalised value."""
_WAYS: Final = {EMAIL: HOST, PHONE: "phone", ADDRESS: "address"}


@final
@attrs.frozen(kw_only=True)
class Kinship:
    """Two organisations that belong together and are not one customer.

    Attributes:
        kind: "branch_of", "parent_of", or "affiliate" where nobody says which owns which.
        from_id: Id of the branch, the parent, or one affiliate.
        to_id: Id of the organisation, the subsidiary, or the other affiliate.
        from_record: The record of the first that tells it.
        to_record: The record of the second.
        shared: What they have in common: "name" or "brand", then ways to reach them.
    """

    kind: str
    from_id: RecordKey
    to_id: RecordKey
    from_record: RecordKey
    to_record: RecordKey
    shared: tuple[str, ...]

    def __str__(self) -> str:
        said = _SENTENCES[self.kind].format(self.from_id, self.to_id)
        *rest, last = self.shared
        return f"{said}: the same {', '.join(rest)} and {last}" if rest else f"{said}: the same {last}"


_SENTENCES: Final = {
    BRANCH_OF: "{!r} is a branch of {!r}",
    PARENT_OF: "{!r} is the parent of {!r}",
    AFFILIATE: "{!r} and {!r} are affiliates",
}


class Told(NamedTuple):
    """What one record tells of an organisation.

    Attributes:
        record: Id of the record.
        customer: Id of the customer it belongs to.
        names: What its names say.
        bare: The ways to write them without unit and place.
        ways: The ways to reach it.
    """

    record: RecordKey
    customer: RecordKey
    names: tuple[CompanyName, ...]
    bare: frozenset[str]
    ways: frozenset[Way]


def told_of(record: RecordKey, customer: RecordKey, values: Mapping[str, object], policy: Policy) -> Told:
    """Return what a record that says *values* tells of the organisation *customer*."""
    names = [
        name
        for field in company_fields(policy)
        for name in texts_of_value(values.get(field))
        if value_keys(name, COMPANY)
    ]
    region = region_of(values.get(policy.country or ""), policy)
    ways = {
        (_WAYS[one.kind], text.rpartition("@")[2])
        for one in policy.comparisons
        if one.kind in _WAYS
        for text in own_texts(normalise(texts_of_value(values.get(one.field)), one.kind, region=region))
    }
    said = tuple(split_company(name) for name in names)
    bare = frozenset(text for name in names for text in bare_names(name))
    return Told(record, customer, said, bare, frozenset(ways))


def kinships(told: Iterable[Told]) -> tuple[Kinship, ...]:
    """Return which of the organisations belong together, sorted; the order in which they are *told* does not matter."""
    houses = _houses(sorted(told, key=lambda one: key_order(one.record)))
    wholes = [one for one in houses if one.standing == ""]
    found = [
        *_branches([one for one in houses if one.standing not in ("", GROUP)], houses),
        *_owned([one for one in houses if one.standing == GROUP], wholes),
    ]
    known = {frozenset((one.from_id, one.to_id)) for one in found}
    found += [one for one in _affiliates(wholes) if frozenset((one.from_id, one.to_id)) not in known]
    return tuple(sorted(found, key=lambda one: (one.kind, key_order(one.from_id), key_order(one.to_id))))


def kept_apart(a: RecordKey, names: Sequence[str], b: RecordKey, other_names: Sequence[str]) -> str:
    """Return why two organisations of these names are not one, or "" if their names leave it open."""
    bounds = part_bounds([[(0, names), (1, other_names)]])
    if not bounds:
        return ""
    alike = {text for name in names for text in bare_names(name)} & {
        text for name in other_names for text in bare_names(name)
    }
    units = [{split_company(name).unit or "" for name in some} for some in (names, other_names)]
    if alike and units[0] == {""} != units[1] and GROUP not in units[1]:
        return f"{b!r} is a branch of {a!r}"
    if alike and units[1] == {""} != units[0] and GROUP not in units[0]:
        return f"{a!r} is a branch of {b!r}"
    return bounds[0].reason


@attrs.frozen(kw_only=True, eq=False)
class _House:
    """One customer that is an organisation: what all of its records tell.

    `standing` is "" for an organisation as a whole, `GROUP` for one that owns
    others, else the unit, or None where its names leave it open.
    """

    id: RecordKey
    standing: str | None
    told: tuple[Told, ...]
    bare: frozenset[str]
    ways: frozenset[Way]


def _houses(told: Sequence[Told]) -> list[_House]:
    of_customer: dict[RecordKey, list[Told]] = {}
    for one in told:
        if one.names:
            of_customer.setdefault(one.customer, []).append(one)
    holders = Counter(
        way for mine in of_customer.values() for way in frozenset().union(*(one.ways for one in mine))
    )
    return [
        _House(
            id=customer,
            standing=_standing(mine),
            told=tuple(mine),
            bare=frozenset().union(*(one.bare for one in mine)),
            ways=frozenset(way for one in mine for way in one.ways if holders[way] <= MOST_SHARING),
        )
        for customer, mine in of_customer.items()
    ]


def _standing(told: Sequence[Told]) -> str | None:
    """Return the unit that most of the names tell, the first in order of those told as often."""
    units = Counter(name.unit for one in told for name in one.names if name.unit is not None)
    return min(units, key=lambda unit: (-units[unit], unit)) if units else None


def _branches(parts: Iterable[_House], houses: Sequence[_House]) -> Iterable[Kinship]:
    """Yield each part with the one organisation that it belongs to, if that is clear.

    Where none is called like it as a whole, one counts whose names leave it open.
    """
    called: dict[str, list[_House]] = {}
    for house in houses:
        if not house.standing:
            for text in house.bare:
                called.setdefault(text, []).append(house)
    for part in parts:
        alike = {
            one.id: one for text in part.bare for one in called.get(text, ()) if one.id != part.id
        }.values()
        wholes = [one for one in alike if one.standing == ""] or (list(alike) if part.standing else [])
        ranked = sorted(wholes, key=lambda one: -len(_common(part, one)))
        most = len(_common(part, ranked[0])) if ranked else 0
        clear = len(ranked) == 1 or (len(ranked) > 1 and len(_common(part, ranked[1])) < most)
        if clear and (most or part.standing is not None):
            yield _kinship(BRANCH_OF, part, ranked[0], "name")


def _owned(groups: Iterable[_House], wholes: Sequence[_House]) -> Iterable[Kinship]:
    """Yield each group with each company that is called like it and that it shares a way to be reached with."""
    reached: dict[Way, list[_House]] = {}
    for whole in wholes:
        for way in whole.ways:
            reached.setdefault(way, []).append(whole)
    for group in groups:
        near = {one.id: one for way in group.ways for one in reached.get(way, ())}
        for whole in near.values():
            if any(_is_called_like(text, own) for own in group.bare for text in whole.bare):
                yield _kinship(PARENT_OF, group, whole, "brand")


def _is_called_like(name: str, group: str) -> bool:
    """Return whether a company's name is that of a group, with or without what the company does."""
    return name == group or name.startswith(f"{group} " if group.isascii() else group)


def _affiliates(wholes: Sequence[_House]) -> Iterable[Kinship]:
    """Yield the companies of one brand at one e-mail host, two by two."""
    together: dict[tuple[str, str], dict[RecordKey, _House]] = {}
    for whole in wholes:
        for sort, host in whole.ways:
            if sort == HOST:
                for brand in {brand_of(text) for text in whole.bare}:
                    together.setdefault((brand, host), {})[whole.id] = whole
    done: set[frozenset[RecordKey]] = set()
    for (_, host), members in sorted(together.items(), key=lambda item: item[0]):
        ordered = list(members.values())
        for place, one in enumerate(ordered):
            for other in ordered[place + 1 :]:
                if not one.bare & other.bare and frozenset((one.id, other.id)) not in done:
                    done.add(frozenset((one.id, other.id)))
                    yield _of_one_brand(one, other, host)


def _of_one_brand(one: _House, other: _House, host: str) -> Kinship:
    mine, yours = (_named_after(host, house) for house in (one, other))
    if mine == yours:
        first, second = sorted((one, other), key=lambda house: key_order(house.id))
        return _kinship(AFFILIATE, first, second, "brand")
    return _kinship(PARENT_OF, *((one, other) if mine else (other, one)), "brand")


def _named_after(host: str, house: _House) -> bool:
    """Return whether an e-mail host is called after all of an organisation's name: each word, as far as its start."""
    words = [text.split() for text in house.bare]
    return any(len(some) > 1 and all(word[:4] in host for word in some) for some in words)


def _common(one: _House, other: _House) -> frozenset[Way]:
    return one.ways & other.ways


def _kinship(kind: str, start: _House, end: _House, called: str) -> Kinship:
    """Return the tie between two organisations, with the two records that have most in common."""
    a, b = max(
        ((one, other) for one in start.told for other in end.told),
        key=lambda pair: len(pair[0].ways & pair[1].ways) + bool(pair[0].bare & pair[1].bare),
    )
    sorts = dict.fromkeys(sort for sort, _ in sorted(_common(start, end)))
    return Kinship(
        kind=kind,
        from_id=start.id,
        to_id=end.id,
        from_record=a.record,
        to_record=b.record,
        shared=(called, *sorts),
    )
