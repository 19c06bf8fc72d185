"""The page: one HTML file without scripts, fonts or links to elsewhere, every text escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Final, TypeAlias

from crmkit.profiles.masking import masked
from crmkit.report.charts import care_chart, funnel_chart, stage_chart, tier_chart
from crmkit.report.data import IdentityExample, MatchEvidence, ReportData, StageMove
from crmkit.report.style import CSS

Mask: TypeAlias = Callable[[str, str], str]
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html(data: ReportData, *, mask: bool = True) -> str:
    """Return the report as one HTML page that opens offline and runs no script.

    With *mask*, values of records are shown as `masked` has them; ids of
    customers and records are always shown.

    Raises:
        MissingExtra: If altair or vl-convert is not installed.
    """
    hide: Mask = masked if mask else _shown
    parts = (
        _figures(data),
        _section("Funnel", "How far customers came, and how many got stuck.", _funnel(data)),
        _section("Stages", "Where customers stood month by month, and who moved.", _stages(data)),
        _section(
            "Value",
            "How recently and how often customers buy, and the tier most of a cell are in.",
            _tiers(data),
        ),
        _section("Identity", "Records that are one customer, and why.", _identities(data, hide)),
        _section("Care", "Who is due what, when, and why not.", _care(data, hide)),
        _section(
            "Problems", "What was wrong with the data, and what became of the rows.", _problems(data, hide)
        ),
    )
    return _page(data, "".join(parts))


def _page(data: ReportData, body: str) -> str:
    title = escape(data.title)
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{title}</title><style>{CSS}</style></head><body><main>"
        f"<header><h1>{title}</h1><p>as of {data.as_of:%Y-%m-%d %H:%M} UTC</p></header>"
        f"{body}<footer>Made by crmkit. This page loads nothing and runs no script.</footer>"
        "</main></body></html>\n"
    )


def _shown(_: str, text: str) -> str:
    return text


def _section(title: str, line: str, body: str) -> str:
    inside = body or "<p class='empty'>Nothing to show.</p>"
    return f"<section><h2>{escape(title)}</h2><p class='lead'>{escape(line)}</p>{inside}</section>"


def _figures(data: ReportData) -> str:
    cards = "".join(
        f"<div class='figure'><span class='label'>{escape(one.label)}</span>"
        f"<strong>{escape(one.value)}</strong><span class='note'>{escape(one.note)}</span></div>"
        for one in data.figures
    )
    return f"<div class='figures'>{cards}</div>" if cards else ""


def _funnel(data: ReportData) -> str:
    return _chart(funnel_chart(data.funnel), "Customers by funnel step") if data.funnel else ""


def _stages(data: ReportData) -> str:
    chart = _chart(stage_chart(data), "Customers by month and stage") if data.stage_months else ""
    return chart + (_moves(data.stages, data.stage_moves) if data.stage_moves else "")


def _moves(stages: Sequence[str], moves: Iterable[StageMove]) -> str:
    """Return who moved as a table, from the stage in the row to the stage in the column."""
    count: Counter[tuple[str, str]] = Counter()
    for move in moves:
        count[move.start, move.end] += move.customers
    most = max((n for (start, end), n in count.items() if start != end), default=1)
    head = "".join(f"<th>{escape(stage)}</th>" for stage in stages)
    rows = "".join(
        f"<tr><th>{escape(start)}</th>{''.join(_move(start, end, count, most) for end in stages)}</tr>"
        for start in stages
    )
    return (
        f"<h3>Who moved</h3><div class='wide'><table class='moves'><thead><tr><th>from ↓ to →</th>{head}</tr>"
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _move(start: str, end: str, count: Counter[tuple[str, str]], most: int) -> str:
    customers = count[start, end]
    if start == end:
        return f"<td class='stayed'>{customers:,}</td>"
    strength = 0.6 * customers / max(most, 1)
    shown = f"{customers:,}" if customers else "·"
    return f"<td style='background:rgba(31,111,120,{strength:.2f})'>{shown}</td>"


def _tiers(data: ReportData) -> str:
    return (
        _chart(tier_chart(data.tier_cells), "Customers by recency and frequency") if data.tier_cells else ""
    )


def _identities(data: ReportData, hide: Mask) -> str:
    return "".join(_identity(example, hide) for example in data.identities)


def _identity(example: IdentityExample, hide: Mask) -> str:
    """Return one customer: the records side by side, a line a field, then the evidence pair by pair."""
    names = dict.fromkeys(name for record in example.records for name, _ in record.fields)
    head = "".join(
        f"<th>{escape(record.record_id)}<small>{escape(record.source)}</small></th>"
        for record in example.records
    )
    fields = [dict(record.fields) for record in example.records]
    lines = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(_cell(name, one, hide) for one in fields)}</tr>"
        for name in names
    )
    pairs = "".join(_evidence(pair, hide) for pair in example.evidence)
    return (
        f"<article><h3>{escape(example.customer_id)}</h3><p>{escape(hide('', example.headline))}</p>"
        f"<div class='wide'><table class='records'><thead><tr><th></th>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>{pairs}</article>"
    )


def _cell(name: str, fields: Mapping[str, str], hide: Mask) -> str:
    """Return the cell of the field *name*, empty if the record does not have it."""
    return f"<td>{escape(hide(name, fields[name])) if name in fields else ''}</td>"


def _evidence(pair: MatchEvidence, hide: Mask) -> str:
    """Return what each field says about a pair, as a row of small bars; what speaks against is grey."""
    longest = max((abs(part.weight) for part in pair.parts), default=1) or 1
    parts = "".join(
        f"<li><span>{escape(part.field)}</span><i class='{'for' if part.weight >= 0 else 'against'}' "
        f"style='width:{90 * abs(part.weight) / longest:.0f}px'></i>"
        f"<b>{part.weight / 10:+.1f}</b> {escape(hide('', part.verdict))}</li>"
        for part in pair.parts
    )
    return (
        f"<div class='pair'><p>{escape(pair.left)} and {escape(pair.right)}: "
        f"<b>{pair.weight / 10:+.1f} bits</b></p><ul>{parts}</ul></div>"
    )


def _care(data: ReportData, hide: Mask) -> str:
    planned = any(row.decisions for row in data.care_days)
    chart = _chart(care_chart(data.care_days), "Decisions by day and rule") if planned else ""
    rows = [
        (one.customer_id, one.rule, one.outcome, one.channel, hide("", "; ".join(one.reasons)))
        for one in data.care_examples
    ]
    return chart + _table(("customer", "rule", "outcome", "channel", "reasons"), rows)


def _problems(data: ReportData, hide: Mask) -> str:
    rows = [
        (
            one.source,
            one.field,
            hide("", one.reason),
            f"{one.rows:,}",
            "kept without the field" if one.kept else "left out",
        )
        for one in data.problems
    ]
    return _table(("source", "field", "what is wrong", "rows", "they were"), rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _chart(svg: str, label: str) -> str:
    return f"<figure role='img' aria-label='{escape(label)}'>{svg}</figure>"
