"""Every notebook runs from top to bottom, shows what it shows, and is kept without outputs."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
SHOWN = ("_repr_html_", "_repr_svg_", "_repr_markdown_")
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)


def cells(notebook: Path) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in kept if cell["cell_type"] == "code"]


def shown(cell: dict[str, Any], name: str, namespace: dict[str, Any]) -> list[str]:
    """Run a cell as a notebook does, and return how its last expression shows itself."""
    body = ast.parse("".join(cell["source"]), filename=name).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), name, "exec", dont_inherit=True), namespace)
    if not isinstance(last, ast.Expr):
        return []
    value = eval(compile(ast.Expression(last.value), name, "eval", dont_inherit=True), namespace)
    ways = [getattr(value, way)() for way in SHOWN if hasattr(value, way)]
    return [] if value is None else [repr(value), *ways]


@each_notebook
def test_a_notebook_runs(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell by cell, in an empty folder, and something is to be seen."""
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "notebook"}

    seen = [shown(cell, f"{notebook.name}[{cell['id']}]", namespace) for cell in cells(notebook)]

    assert all(text for texts in seen for text in texts)
    assert any(len(texts) > 1 for texts in seen)


@each_notebook
def test_a_notebook_is_kept_without_outputs(notebook: Path) -> None:
    """Outputs name the machine they were made on, and change with every run."""
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells(notebook))


def test_there_is_a_notebook() -> None:
    """Or nothing was tested."""
    assert NOTEBOOKS
