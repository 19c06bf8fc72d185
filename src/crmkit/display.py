"""How values show themselves: tables and bars, as HTML for notebooks and as text for terminals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

_NO_PLACE = frozenset(("Mn", "Me", "Cf"))  # marks over another character, and invisible format signs
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?%?")


def html_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """Return a table as HTML with every text escaped; numbers are right-aligned."""
    head = "".join(f"<th style='text-align:left'>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_bars(bars: Iterable[tuple[str, int]], *, caption: str = "") -> str:
    """Return labelled counts as a small horizontal bar chart in SVG; counts are 0 or more."""
    drawn = list(bars)
    longest = max((count for _, count in drawn), default=0) or 1
    parts = [
        f"<text x='150' y='{22 * line + 15}' text-anchor='end'>{escape(label)}</text>"
        f"<rect x='156' y='{22 * line + 3}' width='{240 * count / longest:.1f}' height='16' fill='#4c78a8'/>"
        f"<text x='{162 + 240 * count / longest:.1f}' y='{22 * line + 15}'>{count:,}</text>"
        for line, (label, count) in enumerate(drawn)
    ]
    height = 22 * len(drawn) + 4
    return (
        f"<figure style='margin:0'><figcaption>{escape(caption)}</figcaption>"
        f"<svg xmlns='http://www.w3.org/2000/svg' width='480' height='{height}' "
        f"font-family='sans-serif' font-size='12' role='img'>{''.join(parts)}</svg></figure>"
    )


def text_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as aligned text; wide (Chinese) characters take two places, numbers go right.

    A column of numbers stays one where some are unknown.  Line breaks and
    other control characters become spaces, so that data cannot steer a terminal.
    """
    cells = [[_plain(_text(value)) for value in row] for row in rows]
    lines = [[_plain(column) for column in columns], *cells]
    widths = [max(display_width(line[place]) for line in lines) for place in range(len(columns))]
    numeric = [_is_numeric([row[place] for row in cells]) for place in range(len(columns))]
    drawn = [
        "  ".join(
            _padded(text, width, right) for text, width, right in zip(line, widths, numeric, strict=True)
        )
        for line in lines
    ]
    return "\n".join(
        line.rstrip() for line in [drawn[0], "  ".join("─" * width for width in widths), *drawn[1:]]
    )


def text_bar(count: int, longest: int, *, width: int = 24) -> str:
    """Return a bar of block characters, *width* places for a count of *longest*."""
    return "█" * (round(width * count / longest) if longest else 0)


def display_width(text: str) -> int:
    """Return how many places *text* takes in a terminal."""
    return sum(
        0 if unicodedata.category(one) in _NO_PLACE else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def _cell(value: object) -> str:
    align = "right" if isinstance(value, (int, float)) and not isinstance(value, bool) else "left"
    return f"<td style='text-align:{align}'>{escape(_text(value))}</td>"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _padded(text: str, width: int, right: bool) -> str:  # noqa: FBT001
    gap = " " * (width - display_width(text))
    return gap + text if right else text + gap


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text)


def _is_numeric(column: Sequence[str]) -> bool:
    """Return whether every text that is there is a number, and there is one."""
    return any(column) and all(_NUMBER.fullmatch(text) for text in column if text)
