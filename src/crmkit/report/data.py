"""Report data: everything the report shows, as plain rows that the caller has counted."""

from __future__ import annotations

import datetime as dt
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import instant

OUTCOMES: Final = ("SEND", "WAIT", "HOLDOUT", "DROP")
"""What can be decided about one rule for one customer, the most eager first."""


def _not_negative(_: object, attribute: attrs.Attribute[int], count: int) -> None:
    if count < 0:
        raise InvalidValue(f"{attribute.name} must be 0 or more, got {count}")


def _known_outcome(_: object, __: object, outcome: str) -> None:
    if outcome not in OUTCOMES:
        raise UnknownName("outcome", outcome, OUTCOMES)


@final
@attrs.frozen(kw_only=True)
class Figure:
    """One number of the summary.

    Attributes:
        label: What is counted, in a word or two.
        value: The number as it shall be read: "5,012", "0.98", "¥ 1.2 m".
        note: What it is compared with or made of, or "".
    """

    label: str
    value: str
    note: str = ""


@final
@attrs.frozen(kw_only=True)
class FunnelStep:
    """One step of the funnel; steps come in their order.

    Attributes:
        name: Name of the step.
        reached: Customers who got at least here.
        pending: Those of them who are still inside their window for the next step.
    """

    name: str
    reached: int = attrs.field(validator=_not_negative)
    pending: int = attrs.field(default=0, validator=_not_negative)


@final
@attrs.frozen(kw_only=True)
class StageMonth:
    """How many customers stood in one stage at the end of one month.

    Attributes:
        month: First day of the month.
        stage: Name of the stage.
        customers: How many stood there.
    """

    month: dt.date
    stage: str
    customers: int = attrs.field(validator=_not_negative)


@final
@attrs.frozen(kw_only=True)
class StageMove:
    """How many customers were in one stage at the begin of the span, and in another at its end.

    Attributes:
        start: Stage at the begin.
        end: Stage at the end; the same for those who stayed.
        customers: How many.
    """

    start: str
    end: str
    customers: int = attrs.field(validator=_not_negative)


@final
@attrs.frozen(kw_only=True)
class TierCell:
    """One cell of the tier grid.

    Attributes:
        recency: Score of recency, 1 lowest.
        frequency: Score of frequency, 1 lowest.
        customers: How many have both scores.
        tier: Tier that most of them are in, 1 lowest.
        tier_name: Its name.
    """

    recency: int
    frequency: int
    customers: int = attrs.field(validator=_not_negative)
    tier: int
    tier_name: str


@final
@attrs.frozen(kw_only=True)
class IdentityRecord:
    """One record of an identity example.

    Attributes:
        record_id: Its id.
        source: Where it comes from.
        fields: Field and value as text, in the order in which they shall be shown.
    """

    record_id: str
    source: str
    fields: tuple[tuple[str, str], ...]


@final
@attrs.frozen(kw_only=True)
class MatchPart:
    """What one field says about two records being the same.

    Attributes:
        field: The field.
        verdict: How the values compare, in words: "exact", "sounds alike", "unknown".
        weight: Match weight in tenths of a bit; negative speaks against.
    """

    field: str
    verdict: str
    weight: int


@final
@attrs.frozen(kw_only=True)
class MatchEvidence:
    """Why two records are held to be the same.

    Attributes:
        left: Id of one record.
        right: Id of the other.
        parts: What each field says.
    """

    left: str
    right: str
    parts: tuple[MatchPart, ...]

    @property
    def weight(self) -> int:
        """The sum of the parts, in tenths of a bit."""
        return sum(part.weight for part in self.parts)


@final
@attrs.frozen(kw_only=True)
class IdentityExample:
    """One customer, the records they are made of, and the evidence.

    Attributes:
        customer_id: Id of the customer.
        headline: What the example shows, in a sentence.
        records: The records, side by side.
        evidence: The pairs that hold them together.
    """

    customer_id: str
    headline: str
    records: tuple[IdentityRecord, ...]
    evidence: tuple[MatchEvidence, ...] = ()


@final
@attrs.frozen(kw_only=True)
class CareDay:
    """How many decisions of one rule and outcome fall on one day.

    Attributes:
        day: The day they are due, or may be planned again.
        rule: Name of the rule.
        outcome: One of `OUTCOMES`.
        decisions: How many.
    """

    day: dt.date
    rule: str
    outcome: str = attrs.field(validator=_known_outcome)
    decisions: int = attrs.field(validator=_not_negative)


@final
@attrs.frozen(kw_only=True)
class CareExample:
    """One care decision with its reasons.

    Attributes:
        customer_id: Whom it is about.
        rule: Name of the rule.
        outcome: One of `OUTCOMES`.
        channel: Where it would be sent, or "".
        reasons: Why, one sentence each.
    """

    customer_id: str
    rule: str
    outcome: str = attrs.field(validator=_known_outcome)
    channel: str = ""
    reasons: tuple[str, ...] = ()


@final
@attrs.frozen(kw_only=True)
class ProblemRow:
    """Problems of one kind in one source.

    Attributes:
        source: The file or source.
        field: The field at fault, or "" for whole rows.
        reason: What is wrong and what to do.
        rows: How many rows have it.
        kept: True if they were kept without the field, False if they were left out.
    """

    source: str
    field: str = ""
    reason: str
    rows: int = attrs.field(default=1, validator=_not_negative)
    kept: bool = False


@final
@attrs.frozen(kw_only=True)
class ReportData:
    """Everything the report shows.  Empty parts are left out of the page, with a word on why.

    Attributes:
        title: What the report is about.
        as_of: The instant it is true of.
        figures: The numbers of the summary, the most important first.
        funnel: Steps of the funnel.
        stages: Names of the stages, from first to last.
        lapsed: Those of them that mean silent or gone; they are drawn in grey.
        stage_months: Customers by month and stage.
        stage_moves: Customers by stage at the begin and at the end of those months.
        tier_cells: The tier grid.
        identities: Examples of customers and their records.
        care_days: Decisions by day, rule and outcome.
        care_examples: Some decisions with their reasons.
        problems: Problems of the data.
    """

    title: str
    as_of: dt.datetime = attrs.field(converter=instant)
    figures: tuple[Figure, ...] = ()
    funnel: tuple[FunnelStep, ...] = ()
    stages: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    stage_months: tuple[StageMonth, ...] = ()
    stage_moves: tuple[StageMove, ...] = ()
    tier_cells: tuple[TierCell, ...] = ()
    identities: tuple[IdentityExample, ...] = attrs.field(default=(), repr=False)
    care_days: tuple[CareDay, ...] = ()
    care_examples: tuple[CareExample, ...] = attrs.field(default=(), repr=False)
    problems: tuple[ProblemRow, ...] = ()

    def __attrs_post_init__(self) -> None:
        named = (
            *self.lapsed,
            *(row.stage for row in self.stage_months),
            *(stage for move in self.stage_moves for stage in (move.start, move.end)),
        )
        for stage in named:
            if stage not in self.stages:
                raise UnknownName("stage", stage, self.stages)
