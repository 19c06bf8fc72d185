"""Diagrams and tables, from the definition alone."""

from __future__ import annotations

import pytest
from hypothesis import given

from crmkit import lifecycle
from crmkit.conditions import F, days
from crmkit.lifecycle import B2B, MEMBERSHIP, RETAIL, Lifecycle, Role
from crmkit.lifecycle.machine import sources_of
from lifecycle_pools import machines


@given(machines())
def test_every_move_is_one_arrow_and_every_arrow_a_move(machine: Lifecycle) -> None:
    """A pair of stages has one arrow, whatever the number of moves between them."""
    lines = [line.strip() for line in lifecycle.diagram(machine).splitlines()]
    arrows = {tuple(line.split(": ")[0].split(" --> ")) for line in lines if ": " in line}
    moves = {(source, move.target) for move in machine.moves for source in sources_of(machine, move)}

    assert arrows == moves
    assert sum(": " in line for line in lines) == len(moves)
    assert lines[:2] == ["stateDiagram-v2", f"[*] --> {machine.initial}"]
    assert lines[-4:] == [f"{stage} --> [*]" for stage in machine.ends]


def test_the_diagram_of_retail() -> None:
    """As it is drawn in the documentation."""
    assert lifecycle.diagram(RETAIL).splitlines()[3:] == [
        "    potential --> new: purchase",
        "    responder --> new: purchase",
        "    new --> mature: purchase",
        "    mature --> mature: purchase",
        "    silent --> mature: purchase",
        "    churned --> mature: purchase",
        "    new --> silent: after 180 days",
        "    mature --> silent: after 180 days",
        "    silent --> churned: after 185 days",
        "    churned --> [*]",
    ]
    assert "silent --> new: use (if …)" in lifecycle.diagram(MEMBERSHIP)
    assert "silent --> mature: renewal, use (if …), contract_start" in lifecycle.diagram(MEMBERSHIP)


ODD = Lifecycle(
    "odd | names",
    "first stage",
    moves=(
        lifecycle.on("a:b", "first stage", "新", when=F.x == "p|q", priority=3),
        lifecycle.after(days(1), "新", 'quo"te'),
        lifecycle.on(("x", "y"), lifecycle.ANY, "end"),
    ),
    roles=(Role(name="fan", meaning="likes us", begins=("follow", "z"), ends="unfollow"),),
    meanings={"first stage": "a\\b | c", "新": "new\nline", 'quo"te': "", "end": ""},
    ends=("end",),
)


def test_names_that_mermaid_would_misread_are_told_apart_and_escaped() -> None:
    """Spaces, quotes, colons and other scripts."""
    assert lifecycle.diagram(ODD).splitlines() == [
        "stateDiagram-v2",
        '    state "first stage" as stage0',
        '    state "新" as stage1',
        '    state "quo#34;te" as stage2',
        '    state "end" as stage3',
        "    [*] --> stage0",
        "    stage0 --> stage1: a#58;b (if …)",
        "    stage1 --> stage2: after 1 day",
        "    stage0 --> stage3: x, y",
        "    stage1 --> stage3: x, y",
        "    stage2 --> stage3: x, y",
        "    stage3 --> [*]",
    ]


def test_the_table() -> None:
    """Stages with their meanings, moves, roles; pipes and line ends escaped."""
    assert lifecycle.table(ODD).splitlines() == [
        "# odd \\| names",
        "",
        "| stage | meaning |",
        "| --- | --- |",
        "| first stage | a\\\\b \\| c |",
        "| 新 | new line |",
        '| quo"te |  |',
        "| end |  |",
        "",
        "| from | what happens | only if | to | priority |",
        "| --- | --- | --- | --- | --- |",
        "| first stage | a:b | x is 'p\\|q' | 新 | 3 |",
        '| 新 | after 1 day |  | quo"te |  |',
        '| first stage, 新, quo"te | x, y |  | end |  |',
        "",
        "| role | meaning | begins with | ends with |",
        "| --- | --- | --- | --- |",
        "| fan | likes us | follow, z | unfollow |",
    ]


@pytest.mark.parametrize("machine", [RETAIL, MEMBERSHIP, B2B], ids=lambda one: one.name)
def test_every_stage_and_role_stands_in_the_table(machine: Lifecycle) -> None:
    """With its meaning."""
    text = lifecycle.table(machine)

    for name, meaning in (*machine.meanings, *((role.name, role.meaning) for role in machine.roles)):
        assert f"| {name} | {meaning} |" in text


def test_a_machine_without_roles_or_meanings_has_a_table_too() -> None:
    """Without the part on roles, and with empty meanings."""
    plain = Lifecycle("plain", "a", moves=(lifecycle.on("x", "a", "b"),), ends=("b",))

    assert "role" not in lifecycle.table(plain)
    assert "| a |  |" in lifecycle.table(plain)


def test_html_is_escaped() -> None:
    """A notebook shows text as text."""
    html = Lifecycle("<b>", "a", moves=(lifecycle.on("<i>", "a", "b"),), ends=("b",))._repr_html_()

    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
