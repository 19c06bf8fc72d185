"""Every definition of the library: examples of each, variations of them, and what is none."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, get_args

import attrs
from hypothesis import strategies as st

import crmkit
from conditions_pools import conditions
from crmkit import care, dedup, funnel, segmentation
from crmkit.calendars import Calendar, LocalDays, Months, Quiet, days, local_days, months
from crmkit.conditions import A, Condition, F, Vocabulary
from crmkit.conditions.nodes import CONDITION_TYPES, NODE_TYPES
from crmkit.dedup.model import CurvePoint, FacetFit, Model, Population, Terms, Tie
from crmkit.errors import CrmkitError
from crmkit.model import CustomerId, CustomField, CustomObject, CustomStatus
from crmkit.playbook import SHIPPED
from crmkit.profiles import Additions, Grant, Visibility
from crmkit.service import TONES, Escalation, SlaPolicy, Target
from crmkit.workflows.intake import ColumnMap, Recognised
from lifecycle_pools import machines

NO_DEFINITIONS = {
    "care": "Content Decision LedgerEntry Reason",
    "conditions": "Change Diff Explanation Finding",
    "dedup": "Added Decision Event Explanation Flip Kinship Match Outcome Prepared Refusal Removed Resolution "
    "Split Updated WhyNot Withdrawn",
    "demo": "IdentityQuality World",
    "display": "Picture",
    "errors": "Problem",
    "funnel": "Advance Assignment Completeness Conversion FunnelFlow FunnelReport Lead Opportunity "
    "RoundRobin RoundRobinState Route RuleTrace SourceTag Sources StageChange TimeToConvert Touch",
    "lifecycle": "Comparison Correction Flows RoleCorrection Span State Timeline WhyNot",
    "model": "Account Activity ActivityColumns Consent Contact ContactPoint ContactRole Customer Money Place "
    "Product Profile Provenance Record Relation Tag",
    "ports": "Message Receipt",
    "profiles": "Brief Dictionary Entry View Viewer",
    "report": "CareDay CareExample Figure FunnelStep IdentityExample IdentityRecord MatchEvidence MatchPart "
    "ProblemRow ReportData StageMonth StageMove TierCell",
    "segmentation": "Cohort Drift MeasureDrift Membership Retention Rfm Scores TierGrid",
    "service": "Case CaseEvent GoalClock Message NextEscalation Phase SlaClock",
    "workflows": "History JobRun PhaseRun Portrait Summary Told Table",
}
"""What packages offer beside definitions: facts, findings and answers."""

_POLICY = dedup.Policy(
    comparisons=(
        dedup.Comparison("name", dedup.FULL_NAME, parts=("given", "family")),
        dedup.Comparison("email", dedup.EMAIL, one_mailbox=True),
        dedup.Comparison("city", dedup.NAME, term_frequency=True),
    ),
    blocking=(dedup.Block("email"), dedup.Block("name[:4]", "city", limit=9), dedup.RareTokens("name")),
    limits=(dedup.Limit(field="email", at_most=2),),
    clean_sources=("crm",),
)
_FIT = FacetFit(same=(0.1, 0.9), chance=(1.0, 0.0), related=(0.5, 0.5), seen=(0.75, 0.25))
_SCALE = segmentation.fit_scale(
    segmentation.Rfm(CustomerId(f"c{place}"), place, place, place * 100, place, currency="CNY")
    for place in range(9)
)

EXAMPLES: tuple[Any, ...] = (
    *SHIPPED,
    attrs.evolve(SHIPPED[0].definitions, scale=_SCALE),
    Model(
        policy=_POLICY,
        populations=(
            Population(
                party="person",
                script="latin",
                pairs=10,
                same=0.25,
                related=0.0,
                known=(3, 2),
                fits=(_FIT, _FIT),
                ties=(Tie(one=0, other=1, lift=((1, 2), (-3, 0))),),
            ),
        ),
        terms=(Terms(facet="city", counts=(("bonn", 3), ("köln", 7))),),
        common=(("gmbh", "ltd"),),
        curve=(CurvePoint(threshold_millibits=5_000, precision=0.9, recall=0.5),),
    ),
    dedup.SURVIVORSHIP,
    funnel.CHANNELS,
    funnel.SALES,
    funnel.Pipeline(
        ("open", "won", "lost"),
        (
            funnel.PipelineMove("open", "won", when=F.amount_minor >= 1, requires=("order_id",)),
            funnel.PipelineMove("open", "lost", needs_reason=True),
        ),
        won=("won",),
        lost=("lost",),
    ),
    *funnel.INFORMATION,
    funnel.Rep("ann", team="north", weight=2),
    funnel.AssignmentRule("north", when=F.region == "north", to=("ann",)),
    funnel.FunnelSpec(("signup", "purchase"), months(1, "Asia/Shanghai"), order="any"),
    Vocabulary(fields={"tier": int, "stage": {"new", "silent"}}),
    CustomField(name="size", meaning="how many work there", type="integer", unit="people"),
    Additions(
        fields=(CustomField(name="vip", meaning="whether the owner says so", type="boolean"),),
        statuses=(CustomStatus(name="visa", meaning="how far it is", statuses=(("asked", "a form is in"),)),),
        objects=(
            CustomObject(
                name="car",
                meaning="what they drive",
                fields=(CustomField(name="plate", meaning="its plate"),),
                statuses=(CustomStatus(name="state", meaning="of it", statuses=(("new", "under a year"),)),),
            ),
        ),
        tags=(("regular", "the staff knows them"),),
        kinds=(("test_drive", "they drove one of ours"),),
        props=(CustomField(name="km", meaning="how far", type="integer", unit="km"),),
    ),
    Visibility(
        grants=(
            Grant(to=("sales",), over="team", shows=("name", "phone", "stage"), masks=("phone",)),
            Grant(to=("service",), shows=("name",)),
        )
    ),
    *TONES,
    ColumnMap(
        subject="records",
        recognised=(Recognised("email", "E-Mail", "by name"),),
        custom=(("hue", "Color"),),
    ),
    SlaPolicy(
        name="office",
        calendar=Calendar(
            zone="Asia/Shanghai",
            hours={"mon-fri": ("09:00-12:00", "13:00-18:00")},
            holidays=(dt.date(2026, 10, 1), dt.date(2026, 10, 2)),
            exceptions={dt.date(2026, 10, 10): "09:00-12:00"},
        ),
        answer=days(1),
        by_priority={"high": Target(answer=dt.timedelta(hours=1))},
        ladder=(
            Escalation(name="lead", to="lead", percent=80, quiet=Quiet("22:00", "07:00")),
            Escalation(name="boss", to="boss"),
        ),
    ),
    care.Policy(
        caps=(care.Cap(2, care.rolling(days(7))), care.Cap(1, care.calendar_day(), channels=("email",))),
        exempt=(care.Exempt(purpose="service", counts=True),),
        suppressions=(care.Suppression(name="dnd", when=F.tags.contains("dnd")),),
    ),
    care.Rule(
        name="anniversary",
        when=A("purchase").within(months(3)).count() >= 1,
        channel=("email", "sms"),
        template="x",
        entry=care.each_anniversary("born_on"),
        expires=local_days(3, "Asia/Tokyo"),
        holdout=0.1,
    ),
)


def values_in(value: Any) -> Iterator[Any]:
    """Yield *value* and every value that it is made of, nodes and durations left out."""
    if isinstance(value, tuple):
        for one in value:
            yield from values_in(one)
    elif attrs.has(type(value)) and type(value) not in {*NODE_TYPES, LocalDays, Months}:
        yield value
        for field in attrs.fields(type(value)):
            if field.init:
                yield from values_in(getattr(value, field.name))


def _by_type() -> dict[type, list[Any]]:
    found: dict[type, list[Any]] = {}
    for value in values_in(EXAMPLES):
        attrs.resolve_types(type(value))
        if value not in found.setdefault(type(value), []):
            found[type(value)].append(value)
    return found


BY_TYPE = _by_type()
"""Examples of every definition, and of every value that one is made of."""


def public_values() -> dict[str, type]:
    """Return the value types that any package offers, by package and name."""
    names = [module.name for module in pkgutil.iter_modules(crmkit.__path__)]
    rooms = [f"crmkit.{name}" for name in names if not name.startswith("_")]
    found = {}
    for room in (*rooms, "crmkit.workflows.intake"):
        module = importlib.import_module(room)
        offered = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
        for name in offered:
            one = getattr(module, name)
            if isinstance(one, type) and attrs.has(one):
                found[f"{one.__module__.split('.')[1]}.{name}"] = one
    return found


@st.composite
def varied(draw: st.DrawFn, value: Any, type_: Any = None) -> Any:
    """Return *value*, of a field of *type_*, with something in it changed, if what comes of it is a definition."""
    if isinstance(value, CONDITION_TYPES):
        return draw(conditions())
    if isinstance(value, tuple) and value:
        return draw(_varied_list(value, get_args(type_)))
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + draw(st.integers(-1, 2))
    if isinstance(value, dt.timedelta):
        return draw(st.sampled_from((days(1), days(2))))
    if isinstance(value, LocalDays | Months):
        return attrs.evolve(value, count=draw(st.integers(1, 3)))
    if isinstance(value, str) and type(value) is str:
        return draw(st.sampled_from(("new", "email", "x", value, value + "!")))
    if not attrs.has(type(value)):
        return value
    fields = [field for field in attrs.fields(type(value)) if field.init]
    field = draw(st.sampled_from(fields))
    changed = draw(varied(getattr(value, field.name), field.type))
    try:
        return attrs.evolve(value, **{field.alias: changed})
    except (CrmkitError, TypeError, ValueError, AttributeError):
        return value


@st.composite
def _varied_list(draw: st.DrawFn, items: tuple[Any, ...], types: tuple[Any, ...]) -> tuple[Any, ...]:
    place = draw(st.integers(0, len(items) - 1))
    other = draw(st.integers(0, len(items) - 1))
    any_length = types[-1] is Ellipsis
    type_ = types[0] if any_length else types[place]
    ways = ("drop", "vary", "move", "double", "reverse") if any_length else ("vary",)
    match draw(st.sampled_from(ways)):
        case "drop":
            return items[:place] + items[place + 1 :]
        case "vary":
            return (*items[:place], draw(varied(items[place], type_)), *items[place + 1 :])
        case "move":
            rest = items[:place] + items[place + 1 :]
            return (*rest[:other], items[place], *rest[other:])
        case "double":
            return (*items[:other], draw(varied(items[place], type_)), *items[other:])
        case _:
            return items[::-1]


DRAWN: dict[type, st.SearchStrategy[Any]] = {type(SHIPPED[0].definitions.lifecycle): machines()}


@st.composite
def definitions(draw: st.DrawFn) -> Any:
    """Return a definition of any type: an example, varied up to three times, or drawn."""
    if draw(st.integers(0, len(BY_TYPE))) == 0:
        return draw(conditions())
    type_ = draw(st.sampled_from(list(BY_TYPE)))
    value = draw(st.sampled_from(BY_TYPE[type_]) | DRAWN.get(type_, st.nothing()))
    return draw(variations(value))


@st.composite
def variations(draw: st.DrawFn, value: Any) -> Any:
    """Return *value*, changed up to three times."""
    for _ in range(draw(st.integers(0, 3))):
        value = draw(varied(value))
    return value


def type_of(definition: Any) -> Any:
    """Return the type under which a definition is read."""
    return Condition if isinstance(definition, CONDITION_TYPES) else type(definition)
