"""Pictures of one customer: its records line by line, what holds them together, and what was refused.

Each record is a line with what tells it apart; an arc joins two that speak for
one customer, as thick as they do and in the colour of what they agree in most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, final

import attrs

from crmkit.dedup.network import Network
from crmkit.dedup.sayings import Column
from crmkit.dedup.scene import AGAINST, FOR, SAID, Barred, Scene, Thread, scene_of
from crmkit.dedup.table import RecordKey
from crmkit.display import PLACE, Picture, display_width, svg, svg_escape, svg_text, wrapped

_COLOURS: Final = (
    "#2a7f86",
    "#4c6fbf",
    "#b5803a",
    "#8a5aa8",
    "#5f8f3e",
    "#b4547a",
    "#7a6a58",
    "#3d8fb8",
)
_INK: Final = "#26323a"
_QUIET: Final = "#6b7780"
_NO: Final = "#b3261e"
_SAID_LOOK: Final = f"stroke='{_INK}' stroke-width='3'"
_AGAINST_LOOK: Final = f"stroke='{_NO}' stroke-width='1.1' stroke-dasharray='1 3' opacity='.6'"
_REFUSED_LOOK: Final = f"stroke='{_NO}' stroke-width='1.6' stroke-dasharray='6 4'"
_ROW: Final = 24
_EDGE: Final = 16
_REACH: Final = 150
"""How far the widest arc reaches to the left."""
_LEAST: Final = 760
"""No drawing is narrower."""
_WIDEST: Final = 28
"""So many places of a value are shown."""
_STRONG: Final = 30
"""From so many bits on an arc is as thick as it gets."""
_FEW: Final = 60
"""Of so many arcs each can be told from the others."""


@final
@attrs.frozen(kw_only=True, repr=False)
class _Frame:
    """Where everything is in a drawing, in its units.

    Attributes:
        scene: What is drawn.
        heading: Texts at the top, with their looks.
        top: Where the first line begins.
        barred_top: Where the first refused customer's line begins.
        dots: Where the records' dots are, from the left.
        left: Where the values begin.
        columns: The columns, each with where it begins and how wide it is.
        width: How wide the drawing is.
        colours: The colour of each thing that records agree in.
    """

    scene: Scene
    heading: tuple[tuple[str, str], ...]
    top: float
    barred_top: float
    dots: float
    left: float
    columns: tuple[tuple[float, float, Column], ...]
    width: float
    colours: Mapping[str, str]

    def y(self, line: float) -> float:
        """Return the middle of a line."""
        return self.top + _ROW * (line + 0.5)


def picture(network: Network, customer: RecordKey) -> Picture:
    """Return a drawing of *customer*, one line for each record; `scene.MOST` of them at most, the rest are counted.

    Raises:
        InvalidValue: If the network does not know what the customer's records say.
    """
    scene = scene_of(network, customer)
    frame = _frame(scene)
    legend, height = _legend(frame)
    texts = [
        svg_text(_EDGE, 28 + 17 * line, text, look=look) for line, (text, look) in enumerate(frame.heading)
    ]
    parts = [*texts, *_values(frame), *_threads(frame), *_barred(frame), *_records(frame), *legend]
    title = " ".join(text for text, _ in frame.heading)
    return Picture(svg=svg(frame.width, height, parts, title=title), notes=scene.notes)


def _frame(scene: Scene) -> _Frame:
    ids = [str(record) for record in (*scene.records, *(one.customer for one in scene.barred))]
    dots = _EDGE + min(_REACH, 30 + 12 * len(scene.records)) + 10
    left = dots + 30 + _width(ids, 10, 34)
    columns: list[tuple[float, float, Column]] = []
    right = left
    for column in scene.sayings.columns:
        width = _width((column.name, *column.texts), 5, _WIDEST) + 12
        columns.append((right, width, column))
        right += width + 4
    reasons = _width((one.reason for one in scene.barred), 0, 90)
    width = max(right + _EDGE, left + reasons + 110, _LEAST)
    heading = tuple(_heading(scene, int((width - 2 * _EDGE) / PLACE)))
    top = 52 + 17 * len(heading)
    return _Frame(
        scene=scene,
        heading=heading,
        top=top,
        barred_top=top + _ROW * len(scene.records) + (34 if scene.barred else 0),
        dots=dots,
        left=left,
        columns=tuple(columns),
        width=width,
        colours=_colours(scene),
    )


def _heading(scene: Scene, places: int) -> Iterator[tuple[str, str]]:
    """Yield the lines at the top: what the picture is of, and what its lines do not say."""
    yield f"Customer {scene.customer}: {_records_of(scene.size)}", "font-size='15' font-weight='600'"
    common = "; ".join(f"{name} {text}" for name, text in scene.sayings.common)
    lone = "; ".join(
        f"{name} {text}" + (f" ({record})" if scene.size > 1 else "")
        for name, text, record in scene.sayings.lone
    )
    for text in (
        scene.holding,
        f"All that say so say alike: {common}" if common else "",
        f"Said by one {'record only' if scene.size > 1 else 'record'}: {lone}" if lone else "",
    ):
        for line in wrapped(text, places):
            yield line, f"fill='{_QUIET}'"


def _colours(scene: Scene) -> dict[str, str]:
    """Return a colour for each thing that records agree in most, that of the strongest threads first."""
    names = dict.fromkeys(one.agree[0] for one in reversed(scene.threads) if one.sort == FOR and one.agree)
    return {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}


def _values(frame: _Frame) -> Iterator[str]:
    """Yield what the records say, values that several say on one tint."""
    for x, width, column in frame.columns:
        small = f"fill='{_QUIET}' font-size='11'"
        yield svg_text(x + 6, frame.top - 7, column.name, width=width, look=small)
        for line, (text, alike) in enumerate(zip(column.texts, column.alike, strict=True)):
            y = frame.y(line)
            if alike and line not in column.unheard:
                yield (
                    f"<rect x='{x:.1f}' y='{y - 10:.1f}' width='{width:.1f}' height='20' rx='4' "
                    f"fill='{_tint(alike)}'/>"
                )
            look = f"fill='{_QUIET}' font-style='italic'" if line in column.unheard else ""
            yield svg_text(x + 6, y + 4, text, width=width - 10, look=look)


def _records(frame: _Frame) -> Iterator[str]:
    """Yield a dot and the id of each record; the one that holds most of them together has a ring."""
    for line, record in enumerate(frame.scene.records):
        y = frame.y(line)
        if record == frame.scene.holder:
            yield f"<circle cx='{frame.dots}' cy='{y}' r='8' fill='none' stroke='{_INK}'/>"
        yield f"<circle cx='{frame.dots}' cy='{y}' r='4.5' fill='{_INK}' stroke='#fff'/>"
        bold = "font-weight='600'" if record == frame.scene.customer else ""
        yield svg_text(frame.dots + 16, y + 4, str(record), width=_id_width(frame), look=bold)


def _threads(frame: _Frame) -> Iterator[str]:
    """Yield an arc for each thread, with what it is made of when pointed at."""
    faint = min(1.0, _FEW / max(len(frame.scene.threads), 1))
    for one in frame.scene.threads:
        yield _arc(frame, one.a, one.b, _look(one, frame.colours, faint), _told(frame.scene, one))


def _look(one: Thread, colours: Mapping[str, str], faint: float) -> str:
    """Return how an arc looks; those not needed to join the records are fainter the more there are."""
    if one.sort != FOR:
        return _SAID_LOOK if one.sort == SAID else _AGAINST_LOOK
    colour = colours[one.agree[0]] if one.agree else _QUIET
    strength = min(one.bits, _STRONG) / _STRONG
    if one.holds:
        return f"stroke='{colour}' stroke-width='{1.5 + 4.5 * strength:.1f}'"
    return f"stroke='{colour}' stroke-width='{1 + 2 * strength * faint:.1f}' opacity='{0.3 * faint:.3f}'"


def _told(scene: Scene, one: Thread) -> str:
    agree = f"; agree in {', '.join(one.agree)}" if one.agree else ""
    differ = f"; differ in {', '.join(one.differ)}" if one.differ else ""
    weight = one.said or f"{one.bits:+.2f} bits over the threshold"
    return f"{scene.records[one.a]} and {scene.records[one.b]}: {weight}{agree}{differ}"


def _arc(frame: _Frame, a: float, b: float, look: str, told: str) -> str:
    """Return an arc between two lines, to the left of their dots; the further apart, the wider."""
    lines = len(frame.scene.records) - 1 + (1.5 if frame.scene.barred else 0)
    share = min((b - a) / max(lines, 1), 1.0)
    far = frame.dots - (18 + (frame.dots - _EDGE - 18) * share**0.8) * 4 / 3
    top, bottom = frame.y(a), frame.y(b)
    return (
        f"<path d='M{frame.dots:.1f} {top:.1f}C{far:.1f} {top:.1f} {far:.1f} {bottom:.1f} "
        f"{frame.dots:.1f} {bottom:.1f}' fill='none' {look}><title>{svg_escape(told)}</title></path>"
    )


def _barred(frame: _Frame) -> Iterator[str]:
    """Yield a line for each customer that was refused: a dashed arc, its id, and why."""
    first = (frame.barred_top - frame.top) / _ROW
    for line, one in enumerate(frame.scene.barred):
        yield from _barred_line(frame, first + line, one)


def _barred_line(frame: _Frame, line: float, one: Barred) -> Iterator[str]:
    y = frame.y(line)
    pair = f"{frame.scene.records[one.line]} and {one.customer}"
    told = f"{pair}: {one.bits:+.2f} bits over the threshold; {one.reason}"
    yield _arc(frame, one.line, line, _REFUSED_LOOK, told)
    yield (
        f"<rect x='{frame.dots - 4.5}' y='{y - 4.5}' width='9' height='9' fill='#fff' "
        f"stroke='{_NO}' stroke-width='1.6'/>"
    )
    yield svg_text(frame.dots + 16, y + 4, str(one.customer), width=_id_width(frame), look=f"fill='{_NO}'")
    yield svg_text(frame.left + 6, y + 4, _records_of(one.records), look=f"fill='{_QUIET}'")
    room = frame.width - frame.left - 86
    yield svg_text(frame.left + 86, y + 4, one.reason, width=room, look=f"fill='{_NO}'")


def _legend(frame: _Frame) -> tuple[list[str], float]:
    """Return what the lines mean, then what is not shown, and where the drawing ends."""
    small = f"fill='{_QUIET}' font-size='11'"
    x, y = float(_EDGE), frame.barred_top + _ROW * len(frame.scene.barred) + 28
    drawn = []
    for look, text in _meanings(frame):
        width = 42 + _width([text], 0, 99)
        if x + width > frame.width and x > _EDGE:
            x, y = float(_EDGE), y + 18
        drawn.append(f"<path d='M{x:.1f} {y - 4:.1f}h20' {look}/>{svg_text(x + 26, y, text, look=small)}")
        x += width
    how = "Thicker arcs are stronger evidence; a value that records share is on one tint."
    for note in (*([how] if drawn else []), *frame.scene.notes):
        for line in wrapped(note, int((frame.width - 2 * _EDGE) / PLACE)):
            y += 18
            drawn.append(svg_text(_EDGE, y, line, look=small))
    return drawn, y + 16


def _meanings(frame: _Frame) -> Iterator[tuple[str, str]]:
    """Yield the look of each sort of line that is there, and what it means."""
    threads = frame.scene.threads
    for name, colour in frame.colours.items():
        yield f"stroke='{colour}' stroke-width='4'", f"agree most in {name}"
    if any(one.sort == FOR and not one.holds for one in threads):
        yield f"stroke='{_QUIET}' stroke-width='2' opacity='.35'", "faint: more evidence, not needed to join"
    if any(one.sort == SAID for one in threads):
        yield _SAID_LOOK, "a person says so"
    if any(one.sort == AGAINST for one in threads):
        yield _AGAINST_LOOK, "speaks against"
    if frame.scene.barred:
        yield _REFUSED_LOOK, "refused"


def _id_width(frame: _Frame) -> float:
    return frame.left - frame.dots - 24


def _records_of(count: int) -> str:
    return f"{count:,} record{'s' * (count != 1)}"


def _width(texts: Iterable[str], least: int, most: int) -> float:
    widest = max((display_width(text) for text in texts), default=0)
    return PLACE * min(max(widest, least), most)


def _tint(alike: int) -> str:
    """Return a pale colour for each number; the golden angle keeps those that follow each other apart."""
    return f"hsl({(182 + 137.5 * (alike - 1)) % 360:.0f},50%,92%)"
