"""Policies: what is compared, which pairs are looked at, and what no cluster may hold twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias, final

import attrs

from crmkit.dedup.kinds import (
    ELSEWHERE,
    EMAIL,
    FULL_NAME,
    ID,
    IDENTIFIERS,
    NAME,
    SHARED_BY_NATURE,
    USUALLY_ELSEWHERE,
    Kind,
)
from crmkit.errors import InvalidValue

_REGION: Final = re.compile("[A-Z]{2}")
_KEY: Final = re.compile(r"^(?P<field>.+?)(\[(?P<start>-?\d*):(?P<stop>-?\d*)\])?$")


@final
@attrs.frozen
class Comparison:
    """One field that speaks for or against two records being one party.

    Attributes:
        field: Name of the column; for a full name it may be missing where the parts are given.
        kind: What it holds.
        term_frequency: True if agreeing on a rare value counts for more.
        parts: Of a full name: the columns of the given and of the family name.
        surroundings: True if people who live or work together have it in common
            without being one, such as an address; the family name of a full
            name always counts as such.
        one_mailbox: True if e-mail addresses that lead to one mailbox are one: without what
            follows a plus, and without the dots of Gmail.  Else they are alike, and no more.
        hub_limit: An e-mail address, number or id that more records share stops
            linking; None for the kinds that have no such limit.
    """

    field: str
    kind: Kind = attrs.field(converter=Kind)
    term_frequency: bool = attrs.field(default=False, kw_only=True)
    parts: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    surroundings: bool = attrs.field(kw_only=True)
    one_mailbox: bool = attrs.field(default=False, kw_only=True)
    hub_limit: int | None = attrs.field(kw_only=True)

    @surroundings.default
    def _by_nature(self) -> bool:
        return self.kind in SHARED_BY_NATURE

    @hub_limit.default
    def _usual_limit(self) -> int | None:
        return 50 if self.kind in IDENTIFIERS else None

    def __attrs_post_init__(self) -> None:
        if not self.field:
            raise InvalidValue("a comparison needs the name of a field")
        if self.parts and (self.kind is not FULL_NAME or len(self.parts) != 2):
            raise InvalidValue("parts are the given and the family name of a FULL_NAME, in this order")
        if self.one_mailbox and self.kind is not EMAIL:
            raise InvalidValue(
                "one_mailbox is for e-mail addresses: Comparison(field, EMAIL, one_mailbox=True)"
            )
        if self.hub_limit is not None and self.hub_limit < 1:
            raise InvalidValue(f"hub_limit must be 1 record or more, got {self.hub_limit}")


@final
@attrs.frozen(init=False)
class Block:
    """Pairs are looked at where all of these keys are equal.

    Attributes:
        keys: Each a field, or the start of one: ``"surname[:4]"``.
        limit: A key that more records share is left out, and reported; None for the policy's.
    """

    keys: tuple[str, ...]
    limit: int | None = None

    def __init__(self, *fields: str, limit: int | None = None, keys: Iterable[str] = ()) -> None:
        """Take the keys one by one, or together as *keys*."""
        self.__attrs_init__(keys=(*fields, *keys), limit=limit)

    def __attrs_post_init__(self) -> None:
        if not self.keys:
            raise InvalidValue("a block needs at least one key, such as Block('email')")
        for key in self.keys:
            split_key(key)

    def __str__(self) -> str:
        return " + ".join(self.keys)


@final
@attrs.frozen(init=False)
class RareTokens:
    """Pairs are looked at where a word of these fields is shared that few records hold.

    Attributes:
        fields: The fields whose words are taken.
        at_most: A word that more records hold is not rare.
    """

    fields: tuple[str, ...]
    at_most: int = 10

    def __init__(self, *names: str, at_most: int = 10, fields: Iterable[str] = ()) -> None:
        """Take the fields one by one, or together as *fields*."""
        self.__attrs_init__(fields=(*names, *fields), at_most=at_most)

    def __attrs_post_init__(self) -> None:
        if not self.fields:
            raise InvalidValue("rare tokens need at least one field, such as RareTokens('address')")
        if self.at_most < 2:
            raise InvalidValue(f"at_most must be 2 records or more, got {self.at_most}")

    def __str__(self) -> str:
        return f"rare words of {', '.join(self.fields)}"


Blocking: TypeAlias = Block | RareTokens


@final
@attrs.frozen(kw_only=True)
class Limit:
    """A cluster holds at most so many different values of a field.

    Attributes:
        field: The field, such as "national_id".
        at_most: How many different values one party may have, 1 or more.
    """

    field: str
    at_most: int = attrs.field(default=1)

    @at_most.validator
    def _positive(self, _: object, at_most: int) -> None:
        if at_most < 1:
            raise InvalidValue(f"at_most must be 1 value or more, got {at_most}")


def _comparisons(given: Iterable[Comparison]) -> tuple[Comparison, ...]:
    return tuple(given)


def _blocking(given: Iterable[Blocking]) -> tuple[Blocking, ...]:
    return tuple(given)


@final
@attrs.frozen(kw_only=True)
class Policy:
    """How records are compared; everything that the data do not teach.

    Attributes:
        comparisons: What is compared, each field once.
        blocking: Which pairs are looked at: those that any of these finds.
        id: Column of the record's id.
        source: Column of its source, or None.
        kind: Column that says "person" or "organisation", or None; the two never merge.
        region: ISO 3166 code of the country in which a number without one is read.
        country: Column of a country code that overrules *region*, or None.
        limits: What no cluster may hold too many of.
        clean_sources: Sources that hold every party once: no cluster has two of their records.
        key_limit: A blocking key that more records share is left out, and reported.
        pair_budget: No work starts that would compare more pairs.
    """

    comparisons: tuple[Comparison, ...] = attrs.field(converter=_comparisons)
    blocking: tuple[Blocking, ...] = attrs.field(converter=_blocking)
    id: str = "id"
    source: str | None = "source"
    kind: str | None = "kind"
    region: str = attrs.field(default="CN")
    country: str | None = "country"
    limits: tuple[Limit, ...] = ()
    clean_sources: tuple[str, ...] = ()
    key_limit: int = 1_000
    pair_budget: int = 50_000_000

    @region.validator
    def _of_iso_3166(self, _: object, region: object) -> None:
        if not isinstance(region, str) or _REGION.fullmatch(region) is None or region == "UK":
            raise InvalidValue(
                f"a region is a code of ISO 3166, two capitals such as 'CN' or 'GB', got {region!r}"
            )

    def __attrs_post_init__(self) -> None:
        if not self.comparisons:
            raise InvalidValue("a policy needs at least one comparison; propose(table) makes one")
        if not self.blocking:
            raise InvalidValue("a policy needs at least one block: comparing every pair does not scale")
        names = [comparison.field for comparison in self.comparisons]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidValue(f"each field is compared once; twice: {', '.join(twice)}")


@final
@attrs.frozen(kw_only=True)
class Facet:
    """One thing that is compared: a field, or a part of a full name.

    Attributes:
        name: What people read: "email", "name (family)".
        comparison: The comparison it belongs to.
        part: "given" or "family" of a full name, else "".
    """

    name: str
    comparison: Comparison
    part: str = ""

    @property
    def kind(self) -> Kind:
        """How it is compared; the parts of a full name are names."""
        return NAME if self.part else self.comparison.kind

    @property
    def is_place(self) -> bool:
        """Whether it says where someone is: a city, a postcode."""
        return self.comparison.surroundings and self.kind in (NAME, ID)

    @property
    def elsewhere(self) -> int:
        """How many records without it stand for the world, where two hold a value; none for where someone lives."""
        return 0 if self.is_place else ELSEWHERE.get(self.kind, USUALLY_ELSEWHERE)


def facets(policy: Policy) -> tuple[Facet, ...]:
    """Return what *policy* compares, in its order; a full name is compared as family and given name."""
    found: list[Facet] = []
    for comparison in policy.comparisons:
        if comparison.kind is FULL_NAME:
            found += [
                Facet(name=f"{comparison.field} ({part})", comparison=comparison, part=part)
                for part in ("family", "given")
            ]
        else:
            found.append(Facet(name=comparison.field, comparison=comparison))
    return tuple(found)


def facet_of_field(field: str, named: Sequence[Facet]) -> int | None:
    """Return the place among *named* of the facet that holds *field*, which may be a part of a full name, or None."""
    for place, facet in enumerate(named):
        parts = dict(zip(("given", "family"), facet.comparison.parts, strict=False))
        if facet.name == field or (facet.part and parts.get(facet.part) == field):
            return place
    return None


def fields_beside(policy: Policy) -> tuple[str, ...]:
    """Return the fields that *policy* only blocks on, each once: none of its comparisons reads them."""
    named = facets(policy)
    wholes = {facet.comparison.field for facet in named}
    fields = [
        field
        for block in policy.blocking
        for field in (
            block.fields if isinstance(block, RareTokens) else [split_key(key)[0] for key in block.keys]
        )
    ]
    return tuple(
        dict.fromkeys(one for one in fields if one not in wholes and facet_of_field(one, named) is None)
    )


def key_limit(block: Blocking, policy: Policy) -> int:
    """Return how many records may share a key of *block*."""
    limit = block.limit if isinstance(block, Block) else None
    return policy.key_limit if limit is None else limit


def split_key(key: str) -> tuple[str, slice]:
    """Return the field of a blocking key and the part of it that counts.

    >>> split_key("surname[:4]"), split_key("email")
    (('surname', slice(None, 4, None)), ('email', slice(None, None, None)))

    Raises:
        InvalidValue: If it is neither a field nor ``field[start:stop]``.
    """
    match = _KEY.match(key)
    if match is None or key.endswith("]") != (match["start"] is not None):
        raise InvalidValue(f"a key is a field such as 'email', or a part such as 'surname[:4]', got {key!r}")
    start, stop = (int(match[end]) if match[end] else None for end in ("start", "stop"))
    return match["field"], slice(start, stop)
