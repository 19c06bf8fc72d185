"""Contestants beside each other: each in a process of its own, taking turns, in one table.

A contestant is a function of a module in this folder, called by an interpreter
that has what it needs.  Its first argument is a `Watch`; it measures the steps
that count, and then says how good the result is.  This module is the child's
program as well, so it needs nothing but the standard library; and the parent
loads no data, because a child begins with the peak memory of its parent.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "shared" / "data"
"""Where data that the project does not commit are looked for, beside the project's own folder."""
WIDTHS = ("what", "who", "s", "CPU s", "peak MB", "pairs", "precision", "recall", "F1")


@dataclass
class Watch:
    """What a contestant's steps took.

    Attributes:
        steps: Seconds by step.
        cpu: Seconds of work in all steps, on all processors: a busy machine hardly changes them.
        peak_mb: The most memory the process held, up to the last step.
    """

    steps: dict[str, float] = field(default_factory=dict)
    cpu: float = 0.0
    peak_mb: float = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.steps[name] = self.steps.get(name, 0.0) + time.perf_counter() - wall
        self.cpu += time.process_time() - cpu
        self.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """Who takes part.

    Attributes:
        what: The task, as the table calls it.
        who: The library and its way.
        call: ``"module:function"`` in this folder.
        given: Its keyword arguments, as JSON has them.
        python: The interpreter that runs it.
    """

    what: str
    who: str
    call: str
    given: Mapping[str, Any] = field(default_factory=dict)
    python: str = sys.executable


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came of a contestant's runs.

    Attributes:
        contestant: Who ran.
        seconds: The median time of a whole run.
        cpu: The median of its CPU seconds.
        peak_mb: The most memory of any run.
        steps: The median time of each step.
        said: What it said of the result: "pairs", "quality", anything else.
        failed: Why there is no result, or "".
    """

    contestant: Contestant
    seconds: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0
    steps: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    failed: str = ""


def race(contestants: Sequence[Contestant], *, repeats: int) -> list[Run]:
    """Return what came of each contestant, in their order; they take turns, so that all meet the same noise."""
    told: dict[int, list[dict[str, Any]]] = {}
    for turn in range(repeats):
        for place, one in enumerate(contestants):
            so_far = told.setdefault(place, [])
            if turn == len(so_far):  # not after a failure
                _say(f"{one.what}: {one.who}, {turn + 1} of {repeats}")
                answer = ask(one)
                if "failed" not in answer or not so_far:
                    so_far.append(answer)
    _say("")
    return [_run(one, told[place]) for place, one in enumerate(contestants)]


def _say(what: str) -> None:
    """Say who is running, to whoever watches."""
    if sys.stderr.isatty():
        print(f"\r{what:70}\r{what}", end="", file=sys.stderr, flush=True)


def ask(one: Contestant) -> dict[str, Any]:
    """Return what one run of a contestant says, or what it failed of."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        done = subprocess.run(
            [one.python, __file__, one.call, json.dumps(one.given), str(answer)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode or not answer.exists():
            why = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
            return {"failed": why[-1]}
        said: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return said


def prepare(call: str, given: Mapping[str, Any], python: str = sys.executable) -> None:
    """Let a child make what the contestants need, or stop with what it failed of."""
    said = ask(Contestant(what="prepare", who="", call=call, given=given, python=python))
    if "failed" in said:
        raise SystemExit(f"{call} failed: {said['failed']}")


def _run(one: Contestant, told: Sequence[Mapping[str, Any]]) -> Run:
    if "failed" in told[0]:
        return Run(contestant=one, failed=told[0]["failed"])
    steps = [answer["steps"] for answer in told]
    return Run(
        contestant=one,
        seconds=statistics.median(sum(each.values()) for each in steps),
        cpu=statistics.median(answer["cpu"] for answer in told),
        peak_mb=max(answer["peak_mb"] for answer in told),
        steps={name: statistics.median(each[name] for each in steps) for name in steps[0]},
        said=told[0]["said"] | {"versions": told[0]["versions"]},
    )


def show(runs: Sequence[Run], *, repeats: int) -> None:
    """Print the one table, the steps of each, and the versions of everything."""
    rows = []
    for run in runs:
        said = run.said
        quality = [f"{share:.4f}" for share in said.get("quality", ())] or ["", "", ""]
        pairs = f"{said['pairs']:,}" if "pairs" in said else ""
        measures = (
            ["failed"] * 3 if run.failed else [f"{run.seconds:.2f}", f"{run.cpu:.2f}", f"{run.peak_mb:,.0f}"]
        )
        rows.append([run.contestant.what, run.contestant.who, *measures, pairs, *quality])
    print(table(WIDTHS, rows))
    print(f"median of {repeats}, in turn, each in a process of its own; the peak is the highest")
    for run in runs:
        name = f"{run.contestant.what}, {run.contestant.who}"
        if run.failed:
            print(f"{name} failed: {run.failed}")
        else:
            parts = [f"{step} {seconds:.2f}" for step, seconds in run.steps.items()]
            print(f"{name}: {', '.join([*parts, *run.said.get('notes', ())])}")
    versions: dict[str, str] = {}
    for run in runs:
        versions |= run.said.get("versions", {})
    print(", ".join(f"{name} {number}" for name, number in versions.items()))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (columns, ["-" * width for width in widths], *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)


def bar(what: str, value: float, *, most: float | None = None, least: float | None = None) -> None:
    """Print whether a bar holds; it is for people to read, and nothing fails of it."""
    holds = (most is None or value <= most) and (least is None or value >= least)
    bound = f"at most {most:g}" if most is not None else f"at least {least:g}"
    print(f"{'holds ' if holds else 'MISSED'}  {what}: {value:.4g}, {bound}")


def quality(clusters: Mapping[Any, Hashable], truth: Mapping[Any, Hashable]) -> tuple[float, float, float]:
    """Return precision, recall and F1 over the pairs of records that *clusters* names."""
    both = _pairs((customer, truth[record]) for record, customer in clusters.items())
    found, real = _pairs(clusters.values()), _pairs(truth[record] for record in clusters)
    return both / max(found, 1), both / max(real, 1), 2 * both / max(found + real, 1)


def _pairs(labels: Iterable[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(labels).values())


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return what every benchmark with rivals takes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rivals", metavar="PYTHON", default=sys.executable, help="an interpreter that has the rivals"
    )
    parser.add_argument("--data", metavar="FOLDER", type=Path, default=DATA)
    parser.add_argument("--repeats", type=int, default=3)
    return parser


def present(python: str, *modules: str) -> frozenset[str]:
    """Return which rivals *python* can import; what is missing is said, with what to do."""
    program = "import importlib.util, sys; print(*[name for name in sys.argv[1:] if importlib.util.find_spec(name)])"
    asked = subprocess.run([python, "-c", program, *modules], check=True, capture_output=True, text=True)
    found = frozenset(asked.stdout.split())
    missing = [name for name in modules if name not in found]
    if missing:
        print(
            f"Not beside: {', '.join(missing)}. Install them into an environment of their own with\n"
            f"    pip install {' '.join(missing)} pyarrow polars\n"
            "and name its interpreter with --rivals; their rows are left out."
        )
    return found


def need(path: Path) -> Path:
    """Return *path*, or stop with what is missing."""
    if not path.exists():
        raise SystemExit(f"{path.name} is not in {path.parent}; name the folder of the data with --data")
    return path


def child(call: str, given: str, answer: str) -> None:
    """Run one contestant and write down what it says."""
    module_name, function = call.split(":")
    module = importlib.import_module(module_name)
    watch = Watch()
    said = getattr(module, function)(watch, **json.loads(given))
    numbers = {"Python": platform.python_version()} | {name: version(name) for name in module.VERSIONS}
    whole = {
        "steps": watch.steps,
        "cpu": watch.cpu,
        "peak_mb": watch.peak_mb,
        "said": said,
        "versions": numbers,
    }
    Path(answer).write_text(json.dumps(whole), encoding="utf-8")


if __name__ == "__main__":
    sys.modules["beside"] = sys.modules["__main__"]
    child(*sys.argv[1:4])
