"""Preparing: records normalised, paired and compared, ready to train on or to resolve."""

from __future__ import annotations

from itertools import pairwise
from typing import final

import attrs
import numpy as np

from crmkit.dedup.arrays.blocking import ORGANISATION_CODE, Candidates, common_words, find_pairs, kind_codes
from crmkit.dedup.arrays.columns import CellColumn, Columns, Ints, encode, regions
from crmkit.dedup.arrays.ragged import starts_of
from crmkit.dedup.bulk import Likenesses, likenesses
from crmkit.dedup.forms import OTHER
from crmkit.dedup.kinds import EMAIL, PHONE, Kind
from crmkit.dedup.normalize.chinese import has_readings
from crmkit.dedup.normalize.reading import KnownKeys
from crmkit.dedup.normalize.text import LONGEST
from crmkit.dedup.policy import Policy
from crmkit.dedup.table import Table, TableLike, read_table
from crmkit.errors import InvalidValue, Problem
from crmkit.garbage import seldom_collected

_NO_READINGS = (
    "some names are in Chinese, and the extra 'zh' is not installed: pinyin and traditional characters are not "
    "seen as the same names. pip install 'crmkit[zh]'"
)


@final
@attrs.frozen(kw_only=True, eq=False)
class Prepared:
    """A table, normalised, with every candidate pair compared.

    It can be given wherever a table is expected, so that training and
    resolving share the work.

    Attributes:
        policy: What was compared, and how.
        table: The records.
        columns: The same, normalised.
        candidates: The pairs that were looked at.
        found: How alike they are, facet by facet.
        population: Which of the six populations of a model each pair belongs to; shape ``(pairs,)``.
        common: For each `RareTokens`, the words that are not rare.
    """

    policy: Policy
    table: Table
    columns: Columns
    candidates: Candidates
    found: tuple[Likenesses, ...]
    population: Ints
    common: tuple[frozenset[str], ...]

    def __repr__(self) -> str:
        return f"Prepared({len(self.table):,} records, {len(self.candidates.a):,} pairs)"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the data, in the order in which it was met."""
        lacking = not has_readings() and bool(self.columns.chinese.any())
        missing = (Problem(source="records", reason=_NO_READINGS, kept=True),) if lacking else ()
        return (*self.table.problems, *self.columns.problems, *missing, *self.candidates.problems)

    def keys(self) -> KnownKeys:
        """Return what `value_keys` says of the e-mail addresses and phone numbers that were read, for `golden`.

        The other kinds are as soon read again: many records say the same of them.
        """
        known: dict[tuple[Kind, str], dict[str, tuple[str, ...]]] = {}
        for facet, column in zip(self.columns.facets, self.columns.as_read, strict=True):
            if facet.kind not in (EMAIL, PHONE) or facet.comparison.one_mailbox:
                continue
            keys = [*_own_texts(column), ()]  # the last one is that of a cell that is empty, -1
            size, values = len(self.table), self.table.column(facet.comparison.field)
            dialled = regions(self.table, self.policy) if facet.kind is PHONE else [self.policy.region] * size
            for value, region, cell in zip(values, dialled, column.cell.tolist(), strict=True):
                if type(value) is str and len(value) <= LONGEST:
                    known.setdefault((facet.kind, region), {})[value] = keys[cell]
        return known


def _own_texts(column: CellColumn) -> list[tuple[str, ...]]:
    """Return the texts of each cell, without the other ways to write them."""
    own = column.way != OTHER
    ends = starts_of(own)[column.starts].tolist()
    texts = [column.texts[text] for text in column.text[own].tolist()]
    return [tuple(texts[start:end]) for start, end in pairwise(ends)]


@seldom_collected()
def prepare(
    table: TableLike | Prepared, policy: Policy, *, common: tuple[frozenset[str], ...] | None = None
) -> Prepared:
    """Return *table* normalised, blocked and compared under *policy*.

    What was prepared under the same policy comes back as it is.

    Args:
        table: Records: a dataframe, mappings or `Record` values, or several such tables to be linked.
        policy: What is compared, and how.
        common: The words that are not rare, as a model has them; None to count them here.

    Raises:
        InvalidValue: If it is no policy, or more pairs than the policy's budget would be compared.
        UnknownName: If a column is missing that the policy blocks on.
    """
    if not isinstance(policy, Policy):
        raise InvalidValue(
            f"records are prepared under a Policy, got {type(policy).__name__}; propose(table) makes one"
        )
    if isinstance(table, Prepared):
        if table.policy == policy and common in (None, table.common):
            return table
        records, columns = (
            table.table,
            table.columns if table.policy == policy else encode(table.table, policy),
        )
    else:
        records = read_table(table, id=policy.id, source=policy.source, kind=policy.kind)
        columns = encode(records, policy)
    words = common_words(records, columns, policy) if common is None else common
    candidates = find_pairs(records, columns, policy, common=words)
    return Prepared(
        policy=policy,
        table=records,
        columns=columns,
        candidates=candidates,
        found=tuple(likenesses(columns, candidates.a, candidates.b)),
        population=populations(records, columns, candidates.a, candidates.b),
        common=words,
    )


def populations(table: Table, columns: Columns, a: Ints, b: Ints) -> Ints:
    """Return the population of each pair: 0 to 2 for persons, 3 to 5 where an organisation is in it, by script."""
    organisation = organisations(table)
    chinese = columns.chinese.astype(np.int64)
    return 3 * (organisation[a] | organisation[b]) + chinese[a] + chinese[b]


def organisations(table: Table) -> Ints:
    """Return 1 for organisations and 0 for everyone else; shape ``(n,)``."""
    found: Ints = (kind_codes(table) == ORGANISATION_CODE).astype(np.int64)
    return found
