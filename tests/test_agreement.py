"""One definition, two interpreters: every bulk function has a scalar twin, and a law that binds the two."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import crmkit

SOURCE = Path(crmkit.__file__).parent

# bulk function -> (its scalar twin, the law that holds them to the same answer)
MIRROR = {
    "crmkit.conditions.bulk.evaluate": (
        "crmkit.conditions.evaluate",
        "test_conditions_bulk.test_bulk_verdicts_are_the_scalar_verdicts",
    ),
    "crmkit.conditions.bulk.matches": (
        "crmkit.conditions.matches",
        "test_conditions_bulk.test_bulk_verdicts_are_the_scalar_verdicts",
    ),
    "crmkit.dedup.bulk.likenesses": (
        "crmkit.dedup.compare.likenesses",
        "test_dedup_laws.test_one_pair_of_records_compares_as_it_does_among_many",
    ),
    "crmkit.dedup.bulk.column_likenesses": (
        "crmkit.dedup.compare.likeness",
        "test_dedup_laws.test_one_pair_of_texts_compares_as_it_does_among_many",
    ),
    "crmkit.funnel.bulk.levels": (
        "crmkit.funnel.levels",
        "test_funnel_bulk.test_bulk_levels_are_levels_customer_by_customer",
    ),
    "crmkit.lifecycle.bulk.flows": (
        "crmkit.lifecycle.flows",
        "test_lifecycle_flows.test_bulk_flows_are_the_scalar_flows",
    ),
    "crmkit.lifecycle.bulk.stages": (
        "crmkit.lifecycle.stage_at",
        "test_lifecycle_bulk.test_bulk_stages_are_the_scalar_stages",
    ),
    "crmkit.lifecycle.bulk.stage_history": (
        "crmkit.lifecycle.stage_at",
        "test_lifecycle_bulk.test_a_stage_history_is_the_stage_at_each_instant",
    ),
    "crmkit.segmentation.bulk.rfm": (
        "crmkit.segmentation.summarize",
        "test_segmentation_bulk.test_rfm_is_summarize_row_by_row",
    ),
    "crmkit.segmentation.bulk.fit_scale": (
        "crmkit.segmentation.fit_scale",
        "test_segmentation_bulk.test_fit_scale_and_score_agree",
    ),
    "crmkit.segmentation.bulk.score": (
        "crmkit.segmentation.score",
        "test_segmentation_bulk.test_fit_scale_and_score_agree",
    ),
    "crmkit.segmentation.bulk.tier_of": (
        "crmkit.segmentation.tier_of",
        "test_segmentation_bulk.test_tiers_and_grids_agree",
    ),
    "crmkit.segmentation.bulk.tier_grid": (
        "crmkit.segmentation.tier_grid",
        "test_segmentation_bulk.test_tiers_and_grids_agree",
    ),
}


def _named(path: str) -> Callable[..., Any]:
    module, _, name = path.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def _bulk_functions() -> set[str]:
    modules = [
        ".".join(("crmkit", *path.relative_to(SOURCE).with_suffix("").parts))
        for path in SOURCE.rglob("bulk.py")
    ]
    return {
        f"{module}.{name}"
        for module in modules
        for name, value in vars(importlib.import_module(module)).items()
        if inspect.isfunction(value)
        and not name.startswith("_")
        and value.__module__.startswith(module.rpartition(".")[0])
        and name in _public(module)
    }


def _public(module: str) -> set[str]:
    loaded = importlib.import_module(module)
    exported = getattr(loaded, "__all__", None)
    own = {name for name, value in vars(loaded).items() if getattr(value, "__module__", None) == module}
    return set(exported) if exported is not None else own


def test_no_bulk_function_is_missing_from_the_mirror() -> None:
    """Whoever adds a bulk function names its twin, and whoever removes one cleans up."""
    assert _bulk_functions() == set(MIRROR)


@pytest.mark.parametrize("bulk", sorted(MIRROR))
def test_twins_take_the_same_words(bulk: str) -> None:
    """What tunes the scalar function tunes the bulk one: keyword-only parameters are equal, defaults included."""

    def tuned(function: Callable[..., Any]) -> dict[str, Any]:
        parameters = inspect.signature(function).parameters.values()
        return {one.name: one.default for one in parameters if one.kind is one.KEYWORD_ONLY}

    scalar, _ = MIRROR[bulk]
    assert tuned(_named(bulk)) == tuned(_named(scalar))


@pytest.mark.parametrize("bulk", sorted(MIRROR))
def test_a_law_binds_the_twins(bulk: str) -> None:
    """The agreement test that the mirror names exists, draws its cases, and stands where both are named."""
    scalar, law = MIRROR[bulk]
    test = _named(law)
    assert getattr(test, "is_hypothesis_test", False), f"{law} draws nothing"
    words = set(re.findall(r"\w+", inspect.getsource(inspect.getmodule(test) or crmkit)))
    assert {bulk.rpartition(".")[2], scalar.rpartition(".")[2]} <= words
