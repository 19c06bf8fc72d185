"""Explaining a pair: what speaks for and against two records being one customer, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import final

import attrs

from crmkit.dedup.cells import record_cells, without_hubs, writes_chinese
from crmkit.dedup.compare import Likeness, level_name, likenesses
from crmkit.dedup.forms import Cell, own_texts
from crmkit.dedup.kinds import UNKNOWN
from crmkit.dedup.model import Model
from crmkit.dedup.policy import Facet, facets
from crmkit.dedup.score import Parts, population_of, score, term_counts
from crmkit.dedup.table import RecordKey, record_row
from crmkit.display import html_table, text_table
from crmkit.model import ORGANISATION, PERSON, Record

_MILLI = 1_000


@final
@attrs.frozen(kw_only=True)
class Part:
    """One part of what speaks for or against two records being one.

    Attributes:
        name: What is compared, or what the part is about.
        finding: How alike the two are in it.
        weight: What it adds, in bits; negative speaks against.
        left: What the first record says, normalised; kept out of `repr`.
        right: What the second record says.
    """

    name: str
    finding: str
    weight: float
    left: str = attrs.field(default="", repr=False)
    right: str = attrs.field(default="", repr=False)


@final
@attrs.frozen(kw_only=True)
class Explanation:
    """What speaks for and against two records being one customer.

    Attributes:
        a: Id of the first record.
        b: Id of the second.
        parts: What it is made of; their weights sum to the weight.
        weight: Log-odds in bits.
        threshold: Log-odds from which on a pair speaks for one customer.
        never: Why the two can never be one, whatever speaks for it, or "".
    """

    a: RecordKey
    b: RecordKey
    parts: tuple[Part, ...]
    weight: float
    threshold: float
    never: str = ""

    @property
    def speaks_for(self) -> bool:
        """Whether the pair, taken alone, speaks for one customer."""
        return not self.never and self.weight > self.threshold

    def __str__(self) -> str:
        rows = [(part.name, part.finding, f"{part.weight:+.2f}") for part in self.parts]
        table = text_table(
            ("part", "finding", "bits"), [*rows, ("sum", self._verdict(), f"{self.weight:+.2f}")]
        )
        return f"{self.a} and {self.b}\n{table}"

    def _repr_html_(self) -> str:
        rows = [
            (part.name, part.left, part.right, part.finding, f"{part.weight:+.2f}") for part in self.parts
        ]
        head = ("part", str(self.a), str(self.b), "finding", "bits")
        return html_table(head, [*rows, ("sum", "", "", self._verdict(), f"{self.weight:+.2f}")])

    def _verdict(self) -> str:
        if self.never:
            return self.never
        return f"{'over' if self.speaks_for else 'not over'} the threshold of {self.threshold:+.2f}"


def explain(
    a: Record | Mapping[str, object],
    b: Record | Mapping[str, object],
    model: Model,
    *,
    hubs: Iterable[tuple[str, Sequence[str]]] = (),
) -> Explanation:
    """Return what speaks for and against *a* and *b* being one customer, as *model* weighs it.

    Whether they end up as one also depends on what speaks for and against
    their neighbours: see `Resolution`.

    Args:
        a: One record.
        b: Another.
        model: What `train` learnt.
        hubs: Values that too many records share, as `Resolution.hubs` has them; they count as unknown.
    """
    policy, named = model.policy, facets(model.policy)
    rows = [record_row(one, id=policy.id, kind=policy.kind) for one in (a, b)]
    shared = {name: frozenset(texts) for name, texts in hubs}
    said = [record_cells(row.values, policy) for row in rows]
    chinese = [writes_chinese(policy, cells) for cells in said]
    left, right = (without_hubs(named, cells, shared) for cells in said)
    found = likenesses(named, left, right)
    kinds = (rows[0].kind, rows[1].kind)
    population = population_of(model, kinds=kinds, chinese=(chinese[0], chinese[1]))
    parts = score(named, found, population, term_counts(model))
    return Explanation(
        a=rows[0].id,
        b=rows[1].id,
        parts=(*_beforehand(parts), *_by_facet(named, found, parts, left, right), *_taken_off(parts)),
        weight=parts.total / _MILLI,
        threshold=model.threshold_millibits / _MILLI,
        never=_never(*kinds),
    )


def _by_facet(
    named: Sequence[Facet],
    found: Sequence[Likeness],
    parts: Parts,
    left: Sequence[Cell],
    right: Sequence[Cell],
) -> list[Part]:
    """Return a part for each facet that both records say something of."""
    return [
        Part(
            name=facet.name,
            finding=level_name(facet, one.level) + _rarity(parts.terms[place]),
            weight=(parts.levels[place] + parts.terms[place]) / _MILLI,
            left=_shown(left[place]),
            right=_shown(right[place]),
        )
        for place, (facet, one) in enumerate(zip(named, found, strict=True))
        if one.level != UNKNOWN
    ]


def _rarity(term: int) -> str:
    if term == 0:
        return ""
    return ", a rare value" if term > 0 else ", a frequent value"


def _beforehand(parts: Parts) -> list[Part]:
    return [Part(name="beforehand", finding="any two records", weight=parts.prior / _MILLI)]


def _taken_off(parts: Parts) -> list[Part]:
    found = [
        Part(name="ties", finding="agree in what goes together", weight=-parts.ties / _MILLI),
        Part(name="namesakes", finding="a name says no more than this", weight=-parts.namesakes / _MILLI),
        Part(
            name="surroundings",
            finding="agree in what a household or an office shares",
            weight=-parts.surroundings / _MILLI,
        ),
    ]
    return [part for part in found if part.weight]


def _never(kind: str | None, other: str | None) -> str:
    return "a person and an organisation are never one" if {kind, other} == {PERSON, ORGANISATION} else ""


def _shown(cell: Cell) -> str:
    return " · ".join(own_texts(cell))
