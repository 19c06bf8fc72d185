"""Every Python block of every page runs, in order, in one namespace a page."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    page
    for page in [
        ROOT / "README.md",
        ROOT / "STYLE.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
    if "```python" in page.read_text(encoding="utf-8")
]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who types a page in gets no surprise: its code runs and its tests pass."""
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "page"}

    for block in BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n")
        source = "\n" * line + block.group(1)
        if not re.search(r"^>>> ", block.group(1), re.MULTILINE):
            exec(compile(source, str(page), "exec", dont_inherit=True), namespace)

    for name, value in list(namespace.items()):
        if name.startswith("test_") and inspect.isfunction(inspect.unwrap(value)):
            value()
