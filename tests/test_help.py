"""What `help()` says of the names that other code is written against is enough to use them."""

from __future__ import annotations

import doctest
import inspect
import pydoc
from typing import Any

import pytest

from crmkit import conditions, lifecycle
from crmkit.conditions import bulk as conditions_bulk
from crmkit.lifecycle import bulk as lifecycle_bulk
from crmkit.model import Activity

CONDITIONS = "F A days local_days months years matches evaluate explain to_json from_json digest"
LIFECYCLE = (
    "RETAIL MEMBERSHIP B2B Lifecycle on after stage_at fold Timeline step next_deadline why_not "
    "diagram table compare"
)
FIXED: dict[str, Any] = {
    **{f"conditions.{name}": getattr(conditions, name) for name in CONDITIONS.split()},
    **{f"lifecycle.{name}": getattr(lifecycle, name) for name in LIFECYCLE.split()},
    "conditions.bulk.matches": conditions_bulk.matches,
    "lifecycle.bulk.stages": lifecycle_bulk.stages,
    "model.Activity": Activity,
}


def documented(value: Any) -> Any:
    """Return what `help()` shows of *value*: of a value without a docstring of its own, its class."""
    return value if inspect.isclass(value) or inspect.isroutine(value) else type(value)


@pytest.mark.parametrize("name", FIXED)
def test_help_has_an_example_that_runs(name: str) -> None:
    """As it is printed: nothing but the module it stands in is needed."""
    value = documented(FIXED[name])
    text = inspect.getdoc(value) or ""
    names = dict(vars(inspect.getmodule(value)))
    example = doctest.DocTestParser().get_doctest(text, names, name, None, None)

    assert example.examples, f"{name} has no example"
    assert any(one.want for one in example.examples), f"{name} shows no answer"
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(example, out=said.append).failed == 0, "".join(said)
    assert text.splitlines()[0] in pydoc.plain(pydoc.render_doc(FIXED[name]))


@pytest.mark.parametrize("name", [name for name, value in FIXED.items() if inspect.isroutine(value)])
def test_help_says_what_is_raised(name: str) -> None:
    """Whatever can be refused is said to be."""
    if name not in {"lifecycle.diagram", "lifecycle.table", "lifecycle.next_deadline"}:
        assert "Raises:" in (inspect.getdoc(FIXED[name]) or "")
