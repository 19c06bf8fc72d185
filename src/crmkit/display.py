"""How values show themselves: tables, bars and drawings, as HTML and SVG for notebooks and as text for terminals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final, final

import attrs

_NO_PLACE = frozenset(("Mn", "Me", "Cf"))  # marks over another character, and invisible format signs
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MARKS = re.compile(r"[\\`*_\[\]|~$]")
_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?%?")
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


@final
@attrs.frozen(kw_only=True, repr=False)
class Picture:
    """A drawing; a notebook shows it, ``Path("x.svg").write_text(picture.svg, encoding="utf-8")`` keeps it.

    Attributes:
        svg: The drawing, complete and without scripts.
        notes: What it does not show, in sentences; they stand in the drawing as well.
    """

    svg: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Picture({len(self.svg):,} characters{''.join(f'; {note}' for note in self.notes)})"

    def _repr_svg_(self) -> str:
        return self.svg


PLACE = 7.4
"""How wide one place of a text is in a drawing, at its usual size."""


SPACE: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What is stripped from around a cell: all white space, and the marks that look like none."""


# Source: OWASP, CSV Injection; with whatever a program may trim before, and the small forms.
FORMULA: Final = re.compile(f"[{re.escape(SPACE)}\\x00-\\x1f\\x7f']*[=+\\-@\\t\\r\\n＝＋－＠﹦﹢﹣﹫]")
"""The beginning of a text that a spreadsheet takes for a formula; quotes before it are looked through."""


def inert(text: str) -> str:
    """Return *text* so that no spreadsheet computes it, and without the NULs that no reader takes.

    What a spreadsheet may take for a formula gets a quote before it, which `uninert` takes off.
    """
    if text[:1].isalnum() and "\0" not in text:
        return text  # what begins so, as most of what there is, is no formula
    plain = text.replace("\0", "\ufffd")
    return f"'{plain}" if FORMULA.match(plain.rstrip(SPACE)) else plain


def uninert(text: str) -> str:
    """Return the text of a cell without the quote before a formula; *text* has no space around it."""
    return text[1:].strip(SPACE) if text[:1] == "'" and FORMULA.match(text, 1) else text


def html_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """Return a table as HTML with every text escaped; numbers are right-aligned."""
    head = "".join(f"<th style='text-align:left'>{_escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    title = f"<caption>{_escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return a table as Markdown, in which any text is shown as it is.

    >>> print(markdown_table(("name", "meaning"), [("a|b", "<b>*new*</b>")]))
    | name | meaning |
    | --- | --- |
    | a\|b | &lt;b&gt;\*new\*&lt;/b&gt; |
    """
    told = [[markdown_escape(_text(cell)) for cell in row] for row in (columns, *rows)]
    lines = [told[0], ["---"] * len(columns), *told[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def markdown_escape(text: str) -> str:
    """Return *text* for within a line of Markdown that shows it as it is: no tag, mark or link of its own."""
    plain = _escape(_plain(text), quote=False)
    return (
        _MARKS.sub(lambda mark: f"\\{mark[0]}", plain).replace("://", ":&#47;/").replace("www.", "www&#46;")
    )


def html_bars(bars: Iterable[tuple[str, int]], *, caption: str = "") -> str:
    """Return labelled counts as a small horizontal bar chart in SVG; counts are 0 or more."""
    drawn = list(bars)
    longest = max((count for _, count in drawn), default=0) or 1
    parts = [
        f"<text x='150' y='{22 * line + 15}' text-anchor='end'>{_escape(label)}</text>"
        f"<rect x='156' y='{22 * line + 3}' width='{240 * count / longest:.1f}' height='16' fill='#4c78a8'/>"
        f"<text x='{162 + 240 * count / longest:.1f}' y='{22 * line + 15}'>{count:,}</text>"
        for line, (label, count) in enumerate(drawn)
    ]
    height = 22 * len(drawn) + 4
    return (
        f"<figure style='margin:0'><figcaption>{_escape(caption)}</figcaption>"
        f"<svg xmlns='http://www.w3.org/2000/svg' width='480' height='{height}' "
        f"font-family='sans-serif' font-size='12' role='img'>{''.join(parts)}</svg></figure>"
    )


def svg(width: float, height: float, parts: Iterable[str], *, title: str) -> str:
    """Return a drawing of *parts* on a white ground; *title* is what a reader who cannot see it is told."""
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height:.0f}' "
        f"viewBox='0 0 {width:.0f} {height:.0f}' font-family='system-ui, sans-serif' font-size='12' "
        f"fill='#26323a' role='img' aria-label='{svg_escape(title)}'>"
        f"<rect width='100%' height='100%' fill='#fff'/>{''.join(parts)}</svg>"
    )


def svg_text(x: float, y: float, text: str, *, width: float = 0, look: str = "") -> str:
    """Return *text* at a place of a drawing; what is longer than *width* is cut, and whole when pointed at.

    Args:
        x: Where it begins, from the left.
        y: Where its letters stand, from the top.
        text: Any text.
        width: How far it may reach; 0 for as far as it does.
        look: More attributes of the text, as SVG has them: ``"font-weight='600'"``.
    """
    shown = shortened(text, int(width / PLACE)) if width else text
    whole = f"<title>{svg_escape(text)}</title>" if shown != text else ""
    return f"<text x='{x:.1f}' y='{y:.1f}' {look}>{svg_escape(shown)}{whole}</text>"


def svg_escape(text: str) -> str:
    """Return *text* as a drawing can hold it: escaped, and without what XML has no way to write."""
    return _escape(_NOT_XML.sub("\ufffd", _plain(text)))


def shortened(text: str, places: int) -> str:
    """Return *text* in at most *places* places of a terminal, with an ellipsis where it is cut.

    >>> shortened("Nightingale Trading", 12), shortened("张伟", 4)
    ('Nightingale…', '张伟')
    """
    if display_width(text) <= places:
        return text
    taken, left = "", places - 1
    for one in text:
        left -= display_width(one)
        if left < 0:
            break
        taken += one
    return taken.rstrip() + "…"


def wrapped(text: str, places: int) -> list[str]:
    """Return *text* in lines of at most *places* places, broken between words, and within those that are longer.

    >>> wrapped("all that say so say alike", 12), wrapped("重庆富景软件", 8)
    (['all that say', 'so say alike'], ['重庆富景', '软件'])
    """
    lines = [""]
    for word in text.split():
        whole = f"{lines[-1]} {word}" if lines[-1] else word
        if display_width(whole) <= places:
            lines[-1] = whole
            continue
        lines.append("")
        for one in word:
            if lines[-1] and display_width(lines[-1] + one) > places:
                lines.append("")
            lines[-1] += one
    return [line for line in lines if line]


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
    return f"<td style='text-align:{align}'>{_escape(_text(value))}</td>"


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


def _escape(text: str, *, quote: bool = True) -> str:
    from html import escape  # it brings a table of every entity, which only a notebook or page needs

    return escape(text, quote=quote)
