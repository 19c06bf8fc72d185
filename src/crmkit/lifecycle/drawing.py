"""Drawing: a lifecycle as a diagram and as a table, from the definition alone; flows through it likewise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from crmkit.conditions import describe
from crmkit.display import Picture, html_table
from crmkit.lifecycle.flow import Flows, days_of, matrix
from crmkit.lifecycle.machine import Lifecycle, Move, sources_of
from crmkit.lifecycle.questions import Comparison
from crmkit.lifecycle.ribbons import ribbons

# Words that Mermaid reads as syntax.
_RESERVED: Final = frozenset(
    {"as", "class", "classdef", "default", "direction", "end", "note", "scale", "state", "style"}
)


def diagram(machine: Lifecycle | Flows) -> str:
    """Return a lifecycle as a Mermaid state diagram, or flows as a Mermaid Sankey diagram.

    GitHub, GitLab and many editors draw it in a Markdown block that begins with
    three backticks and ``mermaid``.  ``(if …)`` stands for a guard, which `table` has in full.

    >>> from crmkit.conditions import days
    >>> from crmkit.lifecycle import Lifecycle, after, on
    >>> moves = (on("purchase", "stranger", "guest"), after(days(90), "guest", "gone"))
    >>> print(diagram(Lifecycle("kiosk", "stranger", moves=moves, ends="gone")))
    stateDiagram-v2
        [*] --> stranger
        stranger --> guest: purchase
        guest --> gone: after 90 days
        gone --> [*]
    """
    if isinstance(machine, Flows):
        return _sankey(machine)
    ids = {
        stage: stage if _is_plain(stage) else f"stage{place}" for place, stage in enumerate(machine.stages)
    }
    lines = [f'state "{_label(stage)}" as {ids[stage]}' for stage in machine.stages if ids[stage] != stage]
    lines.append(f"[*] --> {ids[machine.initial]}")
    for (source, target), moves in _arrows(machine).items():
        label = ", ".join(_label(_cause(move)) for move in moves)
        lines.append(f"{ids[source]} --> {ids[target]}: {label}")
    lines += [f"{ids[stage]} --> [*]" for stage in machine.ends]
    return "\n".join(("stateDiagram-v2", *(f"    {line}" for line in lines)))


def table(machine: Lifecycle | Flows) -> str:
    """Return as Markdown what a lifecycle's stages mean, how they change and which roles there are.

    Flows are one table: from which stage, to which.

    >>> from crmkit.conditions import days
    >>> from crmkit.lifecycle import Lifecycle, after, on
    >>> moves = (on("purchase", "stranger", "guest"), after(days(90), "guest", "gone"))
    >>> print(table(Lifecycle("kiosk", "stranger", moves=moves, ends="gone")).splitlines()[-1])
    | guest | after 90 days |  | gone |  |
    """
    if isinstance(machine, Flows):
        return _markdown(*matrix(machine)) + "\n"
    parts = [f"# {_cell(machine.name)}", _markdown(("stage", "meaning"), _meanings(machine))]
    parts.append(_markdown(("from", "what happens", "only if", "to", "priority"), _rows(machine)))
    if machine.roles:
        parts.append(_markdown(("role", "meaning", "begins with", "ends with"), _roles(machine)))
    return "\n\n".join(parts) + "\n"


def picture(found: Flows | Comparison) -> Picture:
    """Return flows, or who moves under another definition, as a drawing; a notebook shows it, offline too.

    Each stage is a bar as high as the customers in it, at the left before and at the
    right after; bands between them show who went where, and those who stay are paler.
    ``Path("flows.svg").write_text(picture(found).svg, encoding="utf-8")`` keeps it.

    >>> import datetime as dt
    >>> from crmkit.lifecycle import RETAIL, flows
    >>> from crmkit.model import Activity
    >>> january, june = (dt.datetime(2024, month, 1, tzinfo=dt.UTC) for month in (1, 6))
    >>> bought = Activity("1", "ann", "purchase", january), Activity("2", "ann", "purchase", june)
    >>> drawn = picture(flows(RETAIL, bought, since=january, as_of=june))
    >>> "retail: 1 of 1 move" in drawn.svg, "new → mature: 1" in drawn.svg
    (True, True)
    """
    if isinstance(found, Flows):
        return ribbons(found.between, found.stages, title=found.machine, sides=days_of(found))
    between = {(old, new): count for old, new, count in found.flows}
    return ribbons(between, found.stages, title="who moves", sides=("old definition", "new definition"))


def html(machine: Lifecycle) -> str:
    """Return *machine* as HTML tables, as notebooks show it."""
    return html_table(("stage", "meaning"), _meanings(machine), caption=machine.name) + html_table(
        ("from", "what happens", "only if", "to", "priority"), _rows(machine)
    )


def _sankey(found: Flows) -> str:
    """Each stage stands on both sides, so it is named with its day."""
    since, as_of = days_of(found)
    lines = [
        f"{_quoted(f'{source}, {since}')},{_quoted(f'{target}, {as_of}')},{count}"
        for (source, target), count in found.between.items()
    ]
    return "\n".join(("sankey-beta", "", *lines))


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace('"', '""') + '"'


def _arrows(machine: Lifecycle) -> dict[tuple[str, str], list[Move]]:
    arrows: dict[tuple[str, str], list[Move]] = {}
    for move in machine.moves:
        for source in sources_of(machine, move):
            arrows.setdefault((source, move.target), []).append(move)
    return arrows


def _meanings(machine: Lifecycle) -> list[tuple[str, str]]:
    meanings = dict(machine.meanings)
    return [(stage, meanings.get(stage, "")) for stage in machine.stages]


def _rows(machine: Lifecycle) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            ", ".join(sources_of(machine, move)),
            ", ".join(move.kinds) or move.cause,
            "" if move.when is None else describe(move.when),
            move.target,
            str(move.priority) if move.priority else "",
        )
        for move in machine.moves
    ]


def _roles(machine: Lifecycle) -> list[tuple[str, str, str, str]]:
    return [(role.name, role.meaning, ", ".join(role.begins), role.end) for role in machine.roles]


def _cause(move: Move) -> str:
    return ", ".join(move.kinds) + (" (if …)" if move.when is not None else "") if move.kinds else move.cause


def _is_plain(stage: str) -> bool:
    return stage.isidentifier() and stage.isascii() and stage.lower() not in _RESERVED


def _label(text: str) -> str:
    """Return *text* with the characters that Mermaid reads as syntax written as entities."""
    return "".join(f"#{ord(one)};" if one in '#;:"<>\n' else one for one in text)


def _markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
