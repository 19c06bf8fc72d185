"""Charts: the report's pictures, drawn with altair and turned into SVG, so that they need no script."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from crmkit.errors import MissingExtra
from crmkit.report.data import OUTCOMES, CareDay, FunnelStep, ReportData, TierCell

if TYPE_CHECKING:
    from types import ModuleType

    import altair as alt

ACCENT: Final = "#1f6f78"
INK: Final = "#26323a"
QUIET: Final = "#6b7780"
_TINTS: Final = ("#d7e8e8", "#a9cfcf", "#72b1b3", "#3d8f95", "#1f6f78", "#12525b")
_GREYS: Final = ("#c9cfd3", "#a3acb3", "#7f8a92")
_OUTCOME_COLOURS: Final = {"SEND": ACCENT, "WAIT": "#9ccbcb", "HOLDOUT": "#c9cfd3", "DROP": "#eceff1"}
_FONT: Final = (
    "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', sans-serif"
)
_WIDTH: Final = 760
_PADDING: Final = {"left": 28, "right": 28, "top": 4, "bottom": 4}
_OWN_ID: Final = re.compile(r'(\bid="|url\(#)((?:clip|gradient)_?\d+)')


def funnel_chart(steps: Sequence[FunnelStep]) -> str:
    """Return one bar a step, with its count, its share of the first step, and how many are pending."""
    alt = _altair()
    rows = [_funnel_row(step, steps[0].reached or 1) for step in steps]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("step:N", sort=None, title=None, axis=alt.Axis(labelFontSize=13, labelLimit=180))
    )
    track = base.mark_bar(color="#f0f3f4", height=26, cornerRadius=3).encode(x=alt.X("whole:Q", axis=None))
    bars = base.mark_bar(color=ACCENT, height=26, cornerRadius=3).encode(x="reached:Q")
    label = base.mark_text(align="left", dx=8, fontSize=12, color=QUIET).encode(x="whole:Q", text="label:N")
    return _svg((track + bars + label).properties(width=520, height=38 * len(rows)), "funnel")


def stage_chart(data: ReportData) -> str:
    """Return the number of customers in each stage, month by month, stacked; lapsed stages are grey."""
    alt = _altair()
    order = {stage: place for place, stage in enumerate(data.stages)}
    rows = [
        {
            "month": row.month.isoformat(),
            "stage": row.stage,
            "customers": row.customers,
            "order": order[row.stage],
        }
        for row in data.stage_months
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(width={"band": 0.86})
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelExpr="slice(datum.label, 0, 7)", labelAngle=0)),
            y=alt.Y("customers:Q", title=None, axis=alt.Axis(format=",d", tickCount=5)),
            color=alt.Color(
                "stage:N",
                sort=list(data.stages),
                scale=_scale(stage_colours(data.stages, data.lapsed)),
                legend=alt.Legend(title=None, orient="top", symbolType="square"),
            ),
            order=alt.Order("order:Q"),
        )
    )
    return _svg(chart.properties(width=_WIDTH, height=300), "stages")


def tier_chart(cells: Sequence[TierCell]) -> str:
    """Return the grid of recency and frequency: the more customers, the darker; each cell names its tier."""
    alt = _altair()
    most = max(cell.customers for cell in cells) or 1
    rows = [
        {
            "recency": cell.recency,
            "frequency": cell.frequency,
            "customers": cell.customers,
            "count": f"{cell.customers:,}",
            "tier": cell.tier_name,
            "dark": cell.customers > 0.6 * most,
        }
        for cell in cells
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("frequency:O", title="frequency score  →  more often", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("recency:O", sort="descending", title="recency score  →  more recent"),
    )
    ink = alt.condition("datum.dark", alt.value("white"), alt.value(INK))
    boxes = base.mark_rect(cornerRadius=4, stroke="white", strokeWidth=3).encode(
        color=alt.Color(
            "customers:Q", scale=alt.Scale(range=["#f0f5f5", ACCENT], domain=[0, most]), legend=None
        )
    )
    counts = base.mark_text(fontSize=15, dy=-7).encode(text="count:N", color=ink)
    tiers = base.mark_text(fontSize=11, dy=11).encode(text="tier:N", color=ink)
    return _svg((boxes + counts + tiers).properties(width=560, height=320), "tiers")


def care_chart(days: Sequence[CareDay]) -> str:
    """Return a calendar: for each day and rule, how many decisions of each outcome there are."""
    alt = _altair()
    rows = [
        {
            "day": row.day.isoformat(),
            "rule": row.rule,
            "outcome": row.outcome,
            "count": f"{row.decisions:,}",
        }
        for row in days
        if row.decisions
    ]
    outcomes = [one for one in OUTCOMES if any(row["outcome"] == one for row in rows)]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("day:O", title=None, axis=alt.Axis(labelExpr="slice(datum.label, 5)", labelAngle=0)),
        y=alt.Y("rule:N", title=None, axis=alt.Axis(labelFontSize=13, labelLimit=180)),
        yOffset=alt.YOffset("outcome:N", sort=outcomes),
    )
    boxes = base.mark_rect(cornerRadius=4, stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "outcome:N",
            sort=outcomes,
            scale=_scale({one: _OUTCOME_COLOURS[one] for one in outcomes}),
            legend=alt.Legend(title=None, orient="top", symbolType="square"),
        ),
    )
    ink = alt.condition("datum.outcome == 'SEND'", alt.value("white"), alt.value(INK))
    counts = base.mark_text(fontSize=11).encode(text="count:N", color=ink)
    height = 26 * len(outcomes) * len({row["rule"] for row in rows})
    return _svg((boxes + counts).properties(width=_WIDTH - 140, height=height), "care")


def stage_colours(stages: Sequence[str], lapsed: Sequence[str]) -> dict[str, str]:
    """Return a colour for each stage: tints of the accent that deepen, greys for the lapsed ones."""
    alive = [stage for stage in stages if stage not in lapsed]
    step = (len(_TINTS) - 1) / max(len(alive) - 1, 1)
    tints = {stage: _TINTS[round(place * step)] for place, stage in enumerate(alive)}
    greys = {stage: _GREYS[min(place, len(_GREYS) - 1)] for place, stage in enumerate(lapsed)}
    return {stage: (greys | tints)[stage] for stage in stages}


def _funnel_row(step: FunnelStep, first: int) -> dict[str, object]:
    pending = f"  ·  {step.pending:,} pending" if step.pending else ""
    return {
        "step": step.name,
        "reached": step.reached,
        "whole": first,
        "label": f"{step.reached:,}  ·  {step.reached / first:.0%}{pending}",
    }


def _scale(colours: Mapping[str, str]) -> alt.Scale:
    scale: alt.Scale = _altair().Scale(domain=list(colours), range=list(colours.values()))
    return scale


def _svg(chart: alt.Chart | alt.LayerChart, name: str) -> str:
    """Return *chart* as SVG; ids in it begin with *name*."""
    styled = (
        chart.configure(font=_FONT, background="transparent", padding=_PADDING)
        .configure_view(strokeWidth=0)
        .configure_axis(
            labelColor=QUIET,
            titleColor=QUIET,
            titleFontWeight="normal",
            domain=False,
            ticks=False,
            gridColor="#eef1f2",
            labelPadding=8,
            titlePadding=12,
        )
        .configure_legend(labelColor=INK, labelFontSize=12)
    )
    page = io.StringIO()
    styled.save(page, format="svg")
    return _with_own_ids(page.getvalue(), name)


def _with_own_ids(svg: str, name: str) -> str:
    """Return *svg* with ids that begin with *name* and count from 0.

    Several charts can then share a page, and the same chart is the same text:
    the renderer numbers its ids across all it has drawn.
    """
    places: dict[str, int] = {}
    return _OWN_ID.sub(lambda found: f"{found[1]}{name}-{places.setdefault(found[2], len(places))}", svg)


def _altair() -> ModuleType:
    try:
        importlib.import_module("vl_convert")
        return importlib.import_module("altair")
    except ImportError:
        raise MissingExtra("report", "the HTML report") from None
