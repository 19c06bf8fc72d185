"""Proposing a policy: zero configuration, from the names and the values of a table.

A table may have any number of columns, and a policy looks at a few of them:
first of all at those whose name says what they hold, such as a birthday.  The
others are as often a remark or a turnover as a key of people; of a great many
only those are compared that tell most of who is who (see `tellings`).  A column
that is constant, nearly empty, or never the same twice tells nothing.  So the
work grows with the number of records, and hardly with that of columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import Final

import attrs

from crmkit.dedup.arrays.columns import encode
from crmkit.dedup.arrays.keys import Keys, both, group_sizes, keys_of, pair_cost
from crmkit.dedup.arrays.telling import tellings
from crmkit.dedup.guess import FAMILY, GIVEN, Guess, guess
from crmkit.dedup.kinds import ADDRESS, COMPANY, DATE, EXACT, FULL_NAME, ID, NAME, NUMBER, TEXT, Kind
from crmkit.dedup.policy import Block, Comparison, Policy, facets
from crmkit.dedup.table import Table, TableLike, read_table
from crmkit.errors import InvalidValue, UnknownName
from crmkit.garbage import seldom_collected
from crmkit.model import FIELD_NAMES

_ENOUGH_ROWS: Final = 30_000
"""More rows than this are not looked at to choose blocks."""
KEY_LIMIT: Final = 15
"""A proposed block of several fields leaves out keys that more records share."""
ALONE_LIMIT: Final = 20
"""A proposed block of one field leaves out keys that more records share."""
FEW_PAIRS: Final = 60_000
"""A proposed block of a small table may make so many pairs, whatever their number for each record."""
PAIRS_PER_RECORD: Final = 6
"""A proposed block costs no more pairs than this for each record."""
MOST_NAMED: Final = 24
"""So many columns whose name says what they hold are compared, at most."""
MOST_UNNAMED: Final = 8
"""So many other columns are compared, at most: each adds to what can go wrong, and few of them are keys."""
MOST_PAIRED: Final = 18
"""Blocks of two fields are looked for among so many fields, the most telling, at most."""
_STARTS: Final[dict[Kind, tuple[str, ...]]] = {
    NAME: ("[:3]",),
    DATE: ("[:7]",),
    TEXT: ("[:4]",),
    COMPANY: ("[:4]",),
    ADDRESS: ("[:6]",),
    ID: ("[:4]",),
}


@seldom_collected()
def propose(
    table: TableLike,
    *,
    id: str = "id",  # noqa: A002
    ignore: Iterable[str] = (),
    region: str = "CN",
) -> Policy:
    """Return a policy for *table*: what its columns hold and which pairs are worth a look.

    Columns whose name says that they tell who is who already (such as "cluster"
    or "customer_id") are left alone, and so are all but the most telling of a
    great many.  A column of that sort under another name is one to *ignore*:
    by its values it cannot be told from an id that people have.

    Args:
        table: Records: a dataframe, mappings or `Record` values, or several such tables.
        id: Column of the record's id.
        ignore: Columns to leave alone besides.
        region: ISO 3166 code of the country in which phone numbers without one are read.

    Raises:
        UnknownName: If no column is called *id*, or like one to *ignore*; the closest name is offered.
        InvalidValue: If there are no records, no column says anything of who someone is,
            *ignore* is one text, or *region* is no code of ISO 3166.
    """
    if isinstance(ignore, str):
        raise InvalidValue(
            f"columns to ignore are several, got {ignore!r}; put one alone in brackets: [{ignore!r}]"
        )
    rows = read_table(table, id=id, source="source", kind="kind")
    if not len(rows):
        raise InvalidValue(
            "there are no records, so no column says who someone is; give some, or write a Policy"
        )
    ignored = tuple(ignore)
    for field in ignored:
        if field not in rows.columns:
            raise UnknownName("column", str(field), rows.columns)
    skipped = {id, "id", "source", "kind", "recorded_at", *ignored}
    guesses = [
        found
        for field in rows.columns
        if field not in skipped and (found := guess(field, rows.columns[field])) is not None
    ]
    sample = _head(rows, _ENOUGH_ROWS)
    comparisons = _comparisons(_most_telling(sample, guesses))
    if not comparisons:
        told = [values for field, values in rows.columns.items() if field not in skipped]
        why = "" if any(map(_varies, told)) else ": each is empty, or says the same of all records"
        raise InvalidValue(
            f"no column says who someone is{why}; name comparisons in a Policy, or rename the columns"
        )
    draft = Policy(
        comparisons=tuple(comparisons),
        blocking=(Block(comparisons[0].field),),
        id=id,
        region=region,
        source="source" if "source" in rows.columns else None,
        kind="kind" if "kind" in rows.columns else None,
        country="country" if "country" in rows.columns else None,
    )
    return attrs.evolve(draft, blocking=tuple(_blocks(sample, draft)))


def _varies(values: Sequence[object]) -> bool:
    """Return whether a column holds two different values."""
    known = [value for value in values if value is not None and value != ""]
    return any(value != known[0] for value in known)


def _most_telling(rows: Table, guesses: Sequence[Guess]) -> list[Guess]:
    """Return what is worth a comparison, in the order of the table."""
    named = [found for found in guesses if _is_named(found.field)]
    unnamed = [found for found in guesses if not _is_named(found.field)]
    if len(named) > MOST_NAMED or len(unnamed) > MOST_UNNAMED:
        tell = tellings({found.field: rows.columns[found.field] for found in guesses})
        for some in (named, unnamed):
            some.sort(key=lambda found: tell[found.field], reverse=True)
    kept = {found.field for found in (*named[:MOST_NAMED], *unnamed[:MOST_UNNAMED])}
    return [found for found in guesses if found.field in kept]


def _is_named(field: str) -> bool:
    """Return whether the name of a column says what it holds, whatever stands in it."""
    by_name = guess(field, ("a", "b"))
    return by_name is not None and (by_name.kind is not EXACT or field in FIELD_NAMES)


def _comparisons(guesses: Sequence[Guess]) -> list[Comparison]:
    """Return a comparison for each field; given and family name become one full name."""
    parts = {found.part: found.field for found in guesses if found.part}
    whole = next((found.field for found in guesses if found.kind is FULL_NAME), "")
    comparisons = []
    if {GIVEN, FAMILY} <= parts.keys():
        pair = (parts[GIVEN], parts[FAMILY])
        comparisons.append(Comparison(whole or "name", FULL_NAME, term_frequency=True, parts=pair))
    elif whole:
        comparisons.append(Comparison(whole, FULL_NAME, term_frequency=True))
    in_parts = {GIVEN, FAMILY} <= parts.keys()
    for found in guesses:
        if found.field == whole or (found.part and in_parts):
            continue
        comparisons.append(_comparison(found))
    return comparisons


def _comparison(found: Guess) -> Comparison:
    comparison = Comparison(found.field, found.kind, term_frequency=found.kind is not NUMBER)
    return attrs.evolve(comparison, hub_limit=None, surroundings=True) if found.place else comparison


def _blocks(sample: Table, draft: Policy) -> list[Block]:
    """Return the fields, and pairs of fields, that are worth a block: cheap, and not found by another already."""
    columns = encode(sample, draft)
    room = max(PAIRS_PER_RECORD * len(sample), FEW_PAIRS)
    least = FEW_PAIRS // max(len(sample), 1)
    chosen: list[Block] = []
    complete: set[str] = set()
    for key in _single_keys(draft):
        limit = max(ALONE_LIMIT, least)
        sizes = group_sizes(keys_of(sample, columns, key))
        if len(sizes) and pair_cost(sizes, limit) <= room:
            chosen.append(Block(key, limit=limit))
            if sizes.max() <= limit:
                complete.add(key)
    fields = [field for field in _fields(sample, draft) if not complete & set(field)][:MOST_PAIRED]
    keys = {key: keys_of(sample, columns, key) for field in fields for key in field}
    for one_field, other_field in combinations(fields, 2):
        found = _widest(keys, one_field, other_field, room, max(KEY_LIMIT, least))
        chosen += [found] if found is not None else []
    return chosen or [Block(draft.comparisons[0].field)]


def _widest(
    keys: Mapping[str, Keys], one: Sequence[str], other: Sequence[str], room: int, limit: int
) -> Block | None:
    """Return the block of two fields that finds most: starts of them if they lose little, else the whole."""
    best: Block | None = None
    found = 0
    for first, second in product(one, other):
        sizes = group_sizes(both(keys[first], keys[second]))
        pairs = pair_cost(sizes, limit)
        if found < pairs <= room:
            best, found = Block(first, second, limit=limit), pairs
    return best


def _single_keys(draft: Policy) -> list[str]:
    """Return what a block may be made of alone: whole fields that say who someone is, not merely where or what sort."""
    places = {facet.name for facet in facets(draft) if facet.is_place}
    return [
        one.field for one in draft.comparisons if one.kind not in (EXACT, NUMBER) and one.field not in places
    ]


def _ranked(rows: Table, comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return *comparisons* as they are or, if there are a great many, the most telling first."""
    if len(comparisons) < MOST_PAIRED:
        return list(comparisons)
    tell = tellings({field: rows.columns[field] for one in comparisons for field in _sources(rows, one)})
    return sorted(
        comparisons, key=lambda one: max(tell[field] for field in _sources(rows, one)), reverse=True
    )


def _sources(rows: Table, one: Comparison) -> list[str]:
    """Return the columns that a comparison reads."""
    return [field for field in (one.field, *one.parts) if field in rows.columns]


def _fields(rows: Table, draft: Policy) -> list[tuple[str, ...]]:
    """Return what blocks of two fields are made of: each field, or part of a name, and the starts of it.

    Of a great many the most telling come first.
    """
    fields: list[tuple[str, ...]] = []
    for one in _ranked(rows, draft.comparisons):
        if one.kind is FULL_NAME:
            parts = (f"{one.field} (family)", f"{one.field} (given)")
            fields += [(part, f"{part}[:3]") for part in parts]
        else:
            fields.append((one.field, *(f"{one.field}{start}" for start in _STARTS.get(one.kind, ()))))
    return fields


def _head(rows: Table, size: int) -> Table:
    """Return the first rows of a table."""
    if len(rows) <= size:
        return rows
    return attrs.evolve(
        rows,
        ids=rows.ids[:size],
        sources=rows.sources[:size],
        kinds=rows.kinds[:size],
        tables=rows.tables[:size],
        files=rows.files[:size],
        rows=rows.rows[:size],
        columns={name: values[:size] for name, values in rows.columns.items()},
    )
