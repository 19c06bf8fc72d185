"""Other state machines with the shop's lifecycle; they keep no time, so the caller fires what is due before each fact.

Each needs its library, and no crmkit.
"""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from beside import Watch

LIBRARIES = {"transitions": "transitions", "statemachine": "python-statemachine", "sismic": "sismic"}
VERSIONS = tuple(name for module, name in LIBRARIES.items() if find_spec(module))
STAGES = ("potential", "responder", "new", "mature", "silent", "churned")
MOVES = {
    "interest": (("potential", "responder"),),
    "purchase": (
        *((one, "new") for one in ("potential", "responder")),
        *((one, "mature") for one in ("new", "mature", "silent", "churned")),
    ),
    "lapse": (("new", "silent"), ("mature", "silent"), ("silent", "churned")),
}
DUE = {"new": 180, "mature": 180, "silent": 185}
"""After so many days in a stage the customer lapses."""
MEASURED = 1_000
"""The memory of so many machines is measured."""


def with_transitions(watch: Watch, *, file: str) -> dict[str, Any]:
    from transitions import Machine

    machine = Machine(
        model=None,
        states=list(STAGES),
        initial="potential",
        transitions=[
            {"trigger": event, "source": source, "dest": target}
            for event, moves in MOVES.items()
            for source, target in moves
        ],
        ignore_invalid_triggers=True,
        auto_transitions=False,
    )

    class Customer:
        state: str

    def make() -> Any:
        one: Any = Customer()
        machine.add_model(one)
        return one

    def stage(one: Any) -> str:
        return str(one.state)

    return replayed(watch, file, make, lambda one, event: getattr(one, event)(), stage)


def with_statemachine(watch: Watch, *, file: str) -> dict[str, Any]:
    from statemachine import State, StateMachine

    states = {name: State(name, initial=name == "potential") for name in STAGES}
    events: dict[str, Any] = {}
    for event, moves in MOVES.items():
        for source, target in moves:
            move = states[source].to(states[target])
            events[event] = events[event] | move if event in events else move
    retail = type("Retail", (StateMachine,), {**states, **events, "allow_event_without_transition": True})

    return replayed(watch, file, retail, lambda one, event: one.send(event), lambda one: one.current_state.id)


def with_sismic(watch: Watch, *, file: str) -> dict[str, Any]:
    from sismic.interpreter import Interpreter
    from sismic.model import BasicState, CompoundState, Statechart, Transition

    retail = Statechart("retail")
    retail.add_state(CompoundState("customer", initial="potential"), None)
    for name in STAGES:
        retail.add_state(BasicState(name), "customer")
    for event, moves in MOVES.items():
        for source, target in moves:
            retail.add_transition(Transition(source, target, event=event))

    def make() -> Any:
        one = Interpreter(retail)
        one.execute()  # enters the initial stage
        return one

    def send(one: Any, event: str) -> object:
        return one.queue(event).execute()

    return replayed(watch, file, make, send, lambda one: one.configuration[-1])


def replayed(
    watch: Watch,
    file: str,
    make: Callable[[], Any],
    send: Callable[[Any, str], object],
    stage: Callable[[Any], str],
) -> dict[str, Any]:
    """Replay every history of *file*, and say the stages in the end and what a machine weighs."""
    told = json.loads(Path(file).read_text(encoding="utf-8"))
    with watch.step("replay"):
        ends = [_end(history, told["as_of"], make(), send, stage) for history in told["histories"]]
    tracemalloc.start()
    kept = [make() for _ in range(MEASURED)]
    size, _ = tracemalloc.get_traced_memory()
    return {"ends": ends, "bytes": size / len(kept)}


def _end(
    history: Iterable[tuple[str, float]],
    as_of: float,
    machine: Any,
    send: Callable[[Any, str], object],
    stage: Callable[[Any], str],
) -> str:
    since = 0.0
    for kind, at in (*history, ("", as_of)):
        now = stage(machine)
        while now in DUE and since + DUE[now] < at + (not kind) * 1e-9:
            since += DUE[now]
            send(machine, "lapse")
            now = stage(machine)
        if kind:
            send(machine, kind)
            if stage(machine) != now or (kind == "purchase" and now == "mature"):
                since = at
    return stage(machine)
