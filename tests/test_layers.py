"""The order of the house is held by a check that can fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def _lint(where: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports" + (".exe" if os.name == "nt" else ""))
    environment = {**os.environ, "PYTHONPATH": str(where / "src")}
    return subprocess.run(
        [linter, "--no-cache"], cwd=where, env=environment, capture_output=True, text=True, check=False
    )


def _copy(where: Path) -> Path:
    shutil.copytree(ROOT / "src", where / "src")
    shutil.copy(ROOT / "pyproject.toml", where)
    return where


def test_a_planted_upward_import_fails_the_build(tmp_path: Path) -> None:
    """The model must not know the workflows; someone who tries is told."""
    house = _copy(tmp_path)
    assert _lint(house).returncode == 0

    with (house / "src/crmkit/model/money.py").open("a") as money:
        money.write("\nfrom crmkit import workflows\n")

    broken = _lint(house)
    assert broken.returncode == 1
    assert "crmkit.model.money -> crmkit.workflows" in broken.stdout


def test_numpy_stays_out_of_what_meets_one_customer(tmp_path: Path) -> None:
    """Only bulk modules and those named in the contract import numpy."""
    house = _copy(tmp_path)

    with (house / "src/crmkit/care/plan.py").open("a") as plan:
        plan.write("\nimport numpy\n")

    broken = _lint(house)
    assert broken.returncode == 1
    assert "crmkit.care.plan -> numpy" in broken.stdout
