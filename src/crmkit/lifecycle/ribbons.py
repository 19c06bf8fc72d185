"""Ribbons: how many went from which stage to which, drawn as bands between two columns of bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, final

import attrs

from crmkit.display import PLACE, Picture, shortened, svg, svg_escape, svg_text

_COLOURS: Final = ("#4c6fbf", "#2a7f86", "#5f8f3e", "#b5803a", "#b4547a", "#8a5aa8", "#7a6a58", "#3d8fb8")
_QUIET: Final = "#6b7780"
_WIDTH: Final = 720
_NAMES: Final = 210
"""How much room the names have on either side."""
_BAR: Final = 12
_TOP: Final = 64
_HIGH: Final = 240
"""How high all customers together are."""
_ROOM: Final = 20
"""A bar has at least so much room, that its name can be read."""


@final
@attrs.frozen(kw_only=True)
class _Side:
    """One column of bars.

    Attributes:
        counts: How many stand in each stage, in order; stages without anybody are left out.
        tops: Where each bar begins, from the top.
        bottom: Where the column ends.
    """

    counts: Mapping[str, int]
    tops: Mapping[str, float]
    bottom: float


def ribbons(
    between: Mapping[tuple[str, str], int], stages: Sequence[str], *, title: str, sides: tuple[str, str]
) -> Picture:
    """Return a picture of how many went from which stage, at the left, to which, at the right.

    Args:
        between: How many, each 1 or more, by both stages.
        stages: Every stage, in the order in which they stand from the top; each keeps its colour.
        title: What is drawn.
        sides: What the left column is called, and the right.
    """
    together = sum(between.values())
    moved = sum(count for (source, target), count in between.items() if source != target)
    heading = f"{title}: {moved:,} of {together:,} move" if together else f"{title}: nobody"
    left, right = (_side(between, stages, place, together) for place in (0, 1))
    colours = {stage: _COLOURS[place % len(_COLOURS)] for place, stage in enumerate(stages)}
    parts = [
        svg_text(16, 26, heading, width=_WIDTH - 32, look="font-size='15' font-weight='600'"),
        svg_text(_NAMES + _BAR, 50, sides[0], width=_NAMES, look=f"fill='{_QUIET}' text-anchor='end'"),
        svg_text(_WIDTH - _NAMES - _BAR, 50, sides[1], width=_NAMES, look=f"fill='{_QUIET}'"),
        *_bands(between, (left, right), colours, together),
        *_bars(left, colours, together, x=_NAMES, anchor="end"),
        *_bars(right, colours, together, x=_WIDTH - _NAMES - _BAR, anchor="start"),
    ]
    return Picture(svg=svg(_WIDTH, max(left.bottom, right.bottom) + 12, parts, title=heading))


def _side(between: Mapping[tuple[str, str], int], stages: Sequence[str], place: int, together: int) -> _Side:
    counts = {
        stage: count
        for stage in stages
        if (count := sum(many for both, many in between.items() if both[place] == stage))
    }
    rooms = [max(_ROOM, _high(count, together) + 6) for count in counts.values()]
    ends = list(accumulate(rooms, initial=_TOP))
    return _Side(counts=counts, tops=dict(zip(counts, ends, strict=False)), bottom=ends[-1])


def _bars(side: _Side, colours: Mapping[str, str], together: int, *, x: float, anchor: str) -> Iterator[str]:
    beside = x - 8 if anchor == "end" else x + _BAR + 8
    for stage, count in side.counts.items():
        top, high = side.tops[stage], max(1.0, _high(count, together))
        name = shortened(stage, int((_NAMES - 24) / PLACE) - len(f" {count:,}"))
        yield (
            f"<rect x='{x}' y='{top:.1f}' width='{_BAR}' height='{high:.1f}' fill='{colours[stage]}'>"
            f"<title>{svg_escape(f'{stage}: {count:,}')}</title></rect>"
        )
        yield svg_text(
            beside, top + max(high / 2, 6) + 4, f"{name} {count:,}", look=f"text-anchor='{anchor}'"
        )


def _bands(
    between: Mapping[tuple[str, str], int],
    sides: tuple[_Side, _Side],
    colours: Mapping[str, str],
    together: int,
) -> Iterator[str]:
    """Bands leave a bar, and reach one, in the order of the stages; who stay are paler."""
    starts, ends = (dict(side.tops) for side in sides)
    x0, x1 = _NAMES + _BAR, _WIDTH - _NAMES - _BAR
    middle = (x0 + x1) / 2
    for source in sides[0].counts:
        for target in sides[1].counts:
            count = between.get((source, target), 0)
            if not count:
                continue
            high = _high(count, together)
            y0, y1 = starts[source] + high / 2, ends[target] + high / 2
            starts[source] += high
            ends[target] += high
            told = f"{source} → {target}: {count:,}" if source != target else f"{source} stay: {count:,}"
            yield (
                f"<path d='M{x0} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1} {y1:.1f}' "
                f"fill='none' stroke='{colours[source]}' stroke-width='{max(1.0, high):.1f}' "
                f"opacity='{'.22' if source == target else '.5'}'><title>{svg_escape(told)}</title></path>"
            )


def _high(count: int, together: int) -> float:
    return _HIGH * count / together
