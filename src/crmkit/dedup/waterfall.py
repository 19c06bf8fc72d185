"""Waterfalls: the parts of an explanation as bars, each beginning where the one before it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from crmkit.dedup.plain import likelier, odds
from crmkit.display import PLACE, Picture, display_width, svg, svg_text

if TYPE_CHECKING:
    from crmkit.dedup.explanation import Explanation

FOR: Final = "#2a7f86"
AGAINST: Final = "#c8673a"
SUM: Final = "#26323a"
_QUIET: Final = "#6b7780"
_LINE: Final = "#e3e7ea"
_ROW: Final = 26
_TOP: Final = 64
_BARS: Final = 330
_WORDS: Final = 540
_TICKS: Final = (1, 2, 5, 10, 20, 50, 100)


class Step(NamedTuple):
    """One bar of a waterfall.

    Attributes:
        name: What it stands for.
        start: Where it begins, in bits.
        end: Where it ends: where the next one begins.
        finding: What was found.
        words: What that is worth in plain words, where two values were compared.
    """

    name: str
    start: float
    end: float
    finding: str
    words: str = ""


def steps(explained: Explanation) -> tuple[Step, ...]:
    """Return the bars of *explained*: one for each part, then one from 0 to the weight, which the last part reaches."""
    found: list[Step] = []
    end = 0.0
    for part in explained.parts:
        start, end = end, end + part.weight
        found.append(
            Step(part.name, start, end, part.finding, likelier(part.weight) if part.compared else "")
        )
    return (*found, Step("sum", 0.0, explained.weight, explained.verdict))


def waterfall(explained: Explanation) -> Picture:
    """Return *explained* as a drawing; it names the findings and shows no values."""
    bars = steps(explained)
    names = max(80.0, PLACE * max(display_width(bar.name) for bar in bars)) + 16
    scale = _Scale(
        names, [edge for bar in bars for edge in (bar.start, bar.end)] + [0.0, explained.threshold]
    )
    bottom = _TOP + _ROW * len(bars)
    width = names + _BARS + 62 + _WORDS
    parts = [_heading(explained, width), *scale.grid(bottom)]
    for line, bar in enumerate(bars):
        parts += _bar(bar, scale, _TOP + _ROW * line, last=line == len(bars) - 1)
    parts += _threshold(explained.threshold, scale, bottom)
    title = f"{explained.a} and {explained.b}: {explained.verdict}"
    return Picture(svg=svg(width, bottom + 58, parts, title=title))


class _Scale:
    """Where bits are in the drawing."""

    def __init__(self, left: float, edges: Sequence[float]) -> None:
        self.low, self.high = min(edges), max(edges)
        span = self.high - self.low or 1.0
        self.step = next((one for one in _TICKS if span / one <= 6), _TICKS[-1])
        self._left, self._unit = left, _BARS / span

    def at(self, bits: float) -> float:
        """Return how far from the left *bits* are."""
        return self._left + (bits - self.low) * self._unit

    def grid(self, bottom: float) -> list[str]:
        """Return lines at round bits, with what they mean as odds."""
        first, last = math.ceil(self.low / self.step), math.floor(self.high / self.step)
        drawn = []
        for bits in (self.step * tick for tick in range(first, last + 1)):
            x = self.at(bits)
            drawn += [
                f"<line x1='{x:.1f}' y1='{_TOP - 6}' x2='{x:.1f}' y2='{bottom:.1f}' "
                f"stroke='{_LINE if bits else '#aab3b9'}'/>",
                svg_text(
                    x,
                    bottom + 14,
                    f"{bits:+d}" if bits else "0",
                    look=f"text-anchor='middle' fill='{_QUIET}'",
                ),
            ]
        drawn.append(
            svg_text(
                self.at(self.low),
                bottom + 46,
                f"bits: each one doubles the odds; 0 is even odds, {self.step:+d} is {odds(self.step)}",
                look=f"fill='{_QUIET}' font-size='11'",
            )
        )
        return drawn


def _heading(explained: Explanation, width: float) -> str:
    return svg_text(
        12, 24, f"{explained.a} and {explained.b}", width=width - 24, look="font-size='15' font-weight='600'"
    ) + svg_text(
        12,
        43,
        f"{explained.weight:+.2f} bits: {explained.verdict}",
        width=width - 24,
        look=f"fill='{_QUIET}'",
    )


def _bar(bar: Step, scale: _Scale, y: float, *, last: bool) -> list[str]:
    """Return one line: the name, the bar, the bits, and what they mean."""
    bits = bar.end - bar.start
    low, high = sorted((scale.at(bar.start), scale.at(bar.end)))
    colour = SUM if last else FOR if bits >= 0 else AGAINST
    weight = "font-weight='600'" if last else ""
    words = " · ".join(one for one in (bar.finding, bar.words) if one)
    edge = scale.at(scale.high)
    return [
        svg_text(12, y + 16, bar.name, look=weight),
        f"<rect x='{low:.2f}' y='{y + 4}' width='{max(high - low, 0.5):.2f}' height='16' rx='2' fill='{colour}'/>",
        ""
        if last
        else f"<line x1='{scale.at(bar.end):.2f}' y1='{y + 20}' x2='{scale.at(bar.end):.2f}' "
        f"y2='{y + _ROW + 4}' stroke='#8a949b'/>",
        svg_text(edge + 50, y + 16, f"{bits:+.2f}", look=f"text-anchor='end' {weight}"),
        svg_text(
            edge + 62, y + 16, words, width=_WORDS - 12, look=f"{weight} fill='{SUM if last else _QUIET}'"
        ),
    ]


def _threshold(bits: float, scale: _Scale, bottom: float) -> list[str]:
    x = scale.at(bits)
    return [
        f"<line x1='{x:.1f}' y1='{_TOP - 6}' x2='{x:.1f}' y2='{bottom + 20:.1f}' "
        f"stroke='{SUM}' stroke-dasharray='4 3'/>",
        svg_text(x, bottom + 31, f"threshold {bits:+.2f}", look="text-anchor='middle' font-size='11'"),
    ]
