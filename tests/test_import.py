"""Importing crmkit is quick and loads nothing heavy: each import in a process of its own."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

import pytest

HEAVY = ("numpy", "networkx", "pandas", "polars", "narwhals", "pyarrow")
LAZY = (*HEAVY, "cattrs", "phonenumbers", "opencc", "pypinyin", "sqlalchemy", "altair", "click", "rapidfuzz")
ROOMS = ("conditions", "lifecycle", "care")

_CACHE = tempfile.TemporaryDirectory(prefix="crmkit-import-")
"""Where the fresh Pythons keep what they compiled, as an installation does."""

_PROGRAM = """
import sys, time
begun = time.process_time()
{statement}
took = time.process_time() - begun
print(took, *sorted({{name.split(".")[0] for name in sys.modules}}))
"""


def imported(statement: str) -> tuple[float, set[str]]:
    """Run *statement* in a fresh Python; return its seconds of work and the top-level modules then loaded.

    On an idle machine seconds of work are seconds; on a busy one they do not fail the build.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = _CACHE.name
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(statement=statement)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    took, *modules = run.stdout.split()
    return float(took), set(modules)


def median_seconds(statement: str) -> float:
    """Return the median of seven runs after one that compiles."""
    imported(statement)
    return statistics.median(imported(statement)[0] for _ in range(7))


def test_import_is_quick() -> None:
    """`import crmkit` takes at most 100 ms."""
    assert median_seconds("import crmkit") <= 0.100


def test_import_loads_nothing_heavy() -> None:
    """`import crmkit` pulls in no arrays, no graphs, no data frames, no optional library."""
    _, modules = imported("import crmkit")

    assert "crmkit" in modules
    assert modules.isdisjoint(LAZY)


def test_the_model_loads_nothing_heavy() -> None:
    """Values of the model need no arrays; activity columns do, on first use."""
    _, modules = imported("import crmkit.model, crmkit.errors, crmkit.display, crmkit.calendars")
    _, columnar = imported("from crmkit.model import ActivityColumns")

    assert modules.isdisjoint(LAZY)
    assert {"numpy", "narwhals"} <= columnar


def test_the_rooms_for_one_customer_are_light() -> None:
    """Conditions, lifecycle and care meet one customer: at most 150 ms, and no arrays."""
    statement = f"from crmkit import {', '.join(ROOMS)}"

    assert median_seconds(statement) <= 0.150
    assert imported(statement)[1].isdisjoint((*HEAVY, "cattrs"))


def test_conditions_open_what_asks_many_customers_on_first_use() -> None:
    """`from crmkit import conditions` is enough for columns, frames and SQL, and loads none of them."""
    light, columns, frames = (
        imported(f"from crmkit import conditions; {asked}")[1]
        for asked in (
            "assert 'bulk' in dir(conditions)",
            "assert conditions.bulk.matches(conditions.F.tier >= 3, {'tier': [4, 2]}).tolist() == [True, False]",
            "conditions.frames.matching; conditions.sql.select",
        )
    )

    assert light.isdisjoint(LAZY)
    assert {"numpy", "narwhals"} <= columns
    assert frames.isdisjoint({"numpy", "pandas", "polars", "sqlglot"})


def test_importing_changes_nothing() -> None:
    """No file is opened, no warning filter, logger, locale or signal is touched."""
    check = (
        "import warnings, logging, signal, locale\n"
        "def state():\n"
        "    return (list(warnings.filters), list(logging.root.handlers), logging.root.level,\n"
        "            signal.getsignal(signal.SIGINT), locale.setlocale(locale.LC_ALL))\n"
        "before = state()\n"
        "import crmkit, crmkit.model\n"
        "assert state() == before"
    )
    assert "crmkit" in imported(check)[1]


def test_packages_are_loaded_on_first_use() -> None:
    """The front door names every package, and opens it when asked."""
    _, modules = imported("import crmkit; assert 'model' in dir(crmkit); crmkit.calendars.days(1)")

    assert "crmkit" in modules


def test_an_unknown_package_is_an_ordinary_error() -> None:
    """A name the front door does not know raises AttributeError."""
    import crmkit

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = crmkit.nothing
