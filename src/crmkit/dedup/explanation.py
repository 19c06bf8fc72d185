"""Explaining a pair: what speaks for and against two records being one customer, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import final

import attrs

from crmkit.dedup.cells import record_cells, without_hubs, writes_chinese
from crmkit.dedup.compare import Likeness, level_name, likenesses
from crmkit.dedup.constraints import company_fields
from crmkit.dedup.forms import Cell, own_texts
from crmkit.dedup.kinds import UNKNOWN
from crmkit.dedup.kinship import kept_apart
from crmkit.dedup.model import Model, Population
from crmkit.dedup.plain import held_by, likelier, odds
from crmkit.dedup.policy import Facet, Policy, facets
from crmkit.dedup.score import Parts, TermCounts, holders, population_of, score, term_counts
from crmkit.dedup.table import RecordKey, Row, record_row, texts_of_value
from crmkit.dedup.waterfall import waterfall
from crmkit.dedup.weights import MILLI
from crmkit.display import Picture, html_table, text_table
from crmkit.model import ORGANISATION, PERSON, Record


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
        compared: True if it is what two values are like; False of what is
            known beforehand and of what is taken off.
    """

    name: str
    finding: str
    weight: float
    left: str = attrs.field(default="", repr=False)
    right: str = attrs.field(default="", repr=False)
    compared: bool = False


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
        never: Why nothing but a person's word makes the two one, such as that one is a branch of the other, or "".
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

    @property
    def verdict(self) -> str:
        """What it comes to, in a sentence without an end."""
        if self.never:
            return self.never
        side = "over" if self.speaks_for else "not over"
        return f"{odds(self.weight)}, {side} the threshold of {self.threshold:+.2f}"

    def waterfall(self) -> Picture:
        """Return the parts as a drawing, each bar beginning where the one before it ends, from 0 to the weight."""
        return waterfall(self)

    def __str__(self) -> str:
        rows = [
            (part.name, part.finding, f"{part.weight:+.2f}", likelier(part.weight) if part.compared else "")
            for part in self.parts
        ]
        table = text_table(
            ("part", "finding", "bits", "in words"),
            [*rows, ("sum", self.verdict, f"{self.weight:+.2f}", "")],
        )
        return f"{self.a} and {self.b}\n{table}"

    def _repr_html_(self) -> str:
        rows = [
            (part.name, part.left, part.right, part.finding, f"{part.weight:+.2f}") for part in self.parts
        ]
        head = ("part", str(self.a), str(self.b), "finding", "bits")
        table = html_table(head, [*rows, ("sum", "", "", self.verdict, f"{self.weight:+.2f}")])
        return f"<figure style='margin:0'>{self.waterfall().svg}</figure>{table}"


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
    rows = [record_row(one, id=model.policy.id, kind=model.policy.kind) for one in (a, b)]
    return next(explain_rows([(rows[0], rows[1])], model, hubs=hubs))


def explain_rows(
    pairs: Iterable[tuple[Row, Row]], model: Model, *, hubs: Iterable[tuple[str, Sequence[str]]] = ()
) -> Iterator[Explanation]:
    """Yield `explain` of each of *pairs*; a record that is in several of them is read once."""
    named, counts = facets(model.policy), term_counts(model)
    shared = {name: frozenset(texts) for name, texts in hubs}
    read: dict[int, tuple[Row, tuple[Cell, ...]]] = {}  # the row beside its cells keeps its id() its own
    for one, other in pairs:
        for row in (one, other):
            if id(row) not in read:
                read[id(row)] = row, record_cells(row.values, model.policy)
        said = read[id(one)][1], read[id(other)][1]
        left, right = (without_hubs(named, cells, shared) for cells in said)
        population = population_of(
            model,
            kinds=(one.kind, other.kind),
            chinese=(writes_chinese(model.policy, said[0]), writes_chinese(model.policy, said[1])),
        )
        found = likenesses(named, left, right)
        parts = score(named, found, population, counts)
        by_facet = _by_facet(named, found, parts, counts, left, right)
        yield Explanation(
            a=one.id,
            b=other.id,
            parts=(_beforehand(parts, population), *by_facet, *_taken_off(parts)),
            weight=parts.total / MILLI,
            threshold=model.threshold_millibits / MILLI,
            never=_never((one, other), model.policy),
        )


def _by_facet(
    named: Sequence[Facet],
    found: Sequence[Likeness],
    parts: Parts,
    counts: Mapping[str, TermCounts],
    left: Sequence[Cell],
    right: Sequence[Cell],
) -> list[Part]:
    """Return a part for each facet that both records say something of."""
    return [
        Part(
            name=facet.name,
            finding=_finding(facet, one, counts),
            weight=(parts.levels[place] + parts.terms[place]) / MILLI,
            left=_shown(left[place]),
            right=_shown(right[place]),
            compared=True,
        )
        for place, (facet, one) in enumerate(zip(named, found, strict=True))
        if one.level != UNKNOWN
    ]


def _finding(facet: Facet, one: Likeness, counts: Mapping[str, TermCounts]) -> str:
    name, count = level_name(facet, one.level), holders(one, counts.get(facet.name))
    return name if count is None else f"{name}; {held_by(count)}"


def _beforehand(parts: Parts, population: Population) -> Part:
    share = f"one pair in {round(1 / population.same):,}" if population.same > 0 else "no pair"
    return Part(
        name="beforehand",
        finding=f"of any two such records {share} is one customer",
        weight=parts.prior / MILLI,
    )


def _taken_off(parts: Parts) -> list[Part]:
    found = [
        Part(
            name="ties",
            finding="strangers who agree in one of these agree in the other as well",
            weight=-parts.ties / MILLI,
        ),
        Part(
            name="namesakes",
            finding="others are called the same: a name proves no more than this",
            weight=-parts.namesakes / MILLI,
        ),
        Part(
            name="surroundings",
            finding="two people of one household or office would agree in this as well",
            weight=-parts.surroundings / MILLI,
        ),
    ]
    return [part for part in found if part.weight]


def _never(rows: Sequence[Row], policy: Policy) -> str:
    """Return why two records are not one whatever speaks for it, or "" if nothing says so."""
    one, other = rows
    if {one.kind, other.kind} == {PERSON, ORGANISATION}:
        return "a person and an organisation are never one"
    if {one.kind, other.kind} != {ORGANISATION}:
        return ""
    reasons = (
        kept_apart(
            one.id, texts_of_value(one.values.get(field)), other.id, texts_of_value(other.values.get(field))
        )
        for field in company_fields(policy)
    )
    return next(filter(None, reasons), "")


def _shown(cell: Cell) -> str:
    return " · ".join(own_texts(cell))
