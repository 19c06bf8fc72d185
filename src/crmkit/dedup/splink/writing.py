"""Writing a model for Splink."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from crmkit.dedup.kinds import LEVELS
from crmkit.dedup.model import SCRIPTS, FacetFit, Model, Population
from crmkit.dedup.plain import listed
from crmkit.dedup.policy import Block, Blocking, Facet, facets, split_key
from crmkit.dedup.splink.levels import TESTS, known_level
from crmkit.errors import Problem, UnknownName
from crmkit.model import ORGANISATION, PERSON

_LEAST: Final = 1e-12
"""Splink takes no share of 0."""
_ALL: Final = 99


def to_splink(
    model: Model, *, party: str = PERSON, script: str = SCRIPTS[0]
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return *model* as settings that Splink loads, and a problem for all that could not be carried over.

    The SQL is DuckDB's.  Splink compares values as they stand: hand it
    normalised ones.

    Args:
        model: What `train` learnt.
        party: "person" or "organisation": Splink has one set of odds, and it is that of these pairs.
        script: How the names of these pairs are written: "latin", "mixed" or "chinese".

    Raises:
        UnknownName: If there are no such pairs; the closest name is offered.
    """
    population = _population(model, party, script)
    named = facets(model.policy)
    frequent = {terms.facet for terms in model.terms}
    problems = list(_lost(model, population))
    comparisons = []
    for facet, fit in zip(named, population.fits, strict=True):
        comparisons.append(_comparison(facet, fit, by_rarity=facet.name in frequent))
        problems += [_problem(facet.name, remark) for remark in _remarks(facet)]
    rules = []
    for block in model.policy.blocking:
        rule = _rule(block)
        if rule:
            rules.append({"blocking_rule": rule, "sql_dialect": "duckdb"})
        else:
            reason = "wants something else than equal columns or their beginnings, and is left out"
            problems.append(_problem(str(block), reason, kept=False))
    return {
        "link_type": "dedupe_only",
        "sql_dialect": "duckdb",
        "unique_id_column_name": model.policy.id,
        "source_dataset_column_name": model.policy.source or "source_dataset",
        "probability_two_random_records_match": population.same / max(1 - population.related, _LEAST),
        "blocking_rules_to_generate_predictions": rules,
        "comparisons": comparisons,
    }, tuple(problems)


def _population(model: Model, party: str, script: str) -> Population:
    for what, name, known in (("party", party, (PERSON, ORGANISATION)), ("script", script, SCRIPTS)):
        if name not in known:
            raise UnknownName(what, name, known)
    return next(one for one in model.populations if (one.party, one.script) == (party, script))


def _comparison(facet: Facet, fit: FacetFit, *, by_rarity: bool) -> dict[str, Any]:
    """Return a comparison of Splink; what it cannot tell apart is added up."""
    column = _column(facet)
    sides = {side: _quoted(f"{column}_{side}") for side in "lr"}
    tests = TESTS[facet.kind]
    known = {level for level, _ in tests}
    same, chance = [0.0] * len(LEVELS[facet.kind]), [0.0] * len(LEVELS[facet.kind])
    for level, (one, other) in enumerate(zip(fit.same, fit.chance, strict=True)):
        place = known_level(facet.kind, level, known)
        same[place] += one
        chance[place] += other
    top = len(same) - 1
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": f"{sides['l']} IS NULL OR {sides['r']} IS NULL",
            "label_for_charts": "unknown",
            "is_null_level": True,
        }
    ]
    for level, test in (*tests, (0, "ELSE")):
        rarity = {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0}
        levels.append(
            {
                "sql_condition": test.format(**sides),
                "label_for_charts": LEVELS[facet.kind][level],
                "m_probability": max(same[level], _LEAST),
                "u_probability": max(chance[level], _LEAST),
                **(rarity if by_rarity and level == top else {}),
            }
        )
    return {"output_column_name": column, "comparison_levels": levels}


def _column(facet: Facet) -> str:
    """Return the column that holds *facet*: of a part of a full name its own, or one to be made."""
    if not facet.part:
        return facet.comparison.field
    parts = dict(zip(("given", "family"), facet.comparison.parts, strict=False))
    return parts.get(facet.part, f"{facet.comparison.field}_{facet.part}")


def _rule(block: Blocking) -> str:
    """Return *block* as a blocking rule, or "" if Splink has none like it."""
    if not isinstance(block, Block):
        return ""
    sides = []
    for key in block.keys:
        field, part = split_key(key)
        start, stop = part.start or 0, part.stop
        if start < 0 or (stop is not None and stop <= start):
            return ""
        length = "" if stop is None else f", {stop - start}"
        whole = "{side}." + _quoted(field).replace("{", "{{").replace("}", "}}")
        taken = whole if not start and stop is None else f"substring({whole}, {start + 1}{length})"
        sides.append(" = ".join(taken.format(side=side) for side in "lr"))
    return " AND ".join(sides)


def _remarks(facet: Facet) -> Iterator[str]:
    """Yield what Splink cannot tell of *facet*."""
    if facet.part and not facet.comparison.parts:
        yield f"is a part of {facet.comparison.field!r}: give Splink's table a column {_column(facet)!r}"
    known = {level for level, _ in TESTS[facet.kind]}
    lost = [
        f"{name!r} as {LEVELS[facet.kind][known_level(facet.kind, level, known)]!r}"
        for level, name in enumerate(LEVELS[facet.kind])
        if level and level not in known
    ]
    if lost:
        yield f"counts {listed(lost, most=_ALL)}, which Splink cannot tell apart"


def _lost(model: Model, population: Population) -> Iterator[Problem]:
    """Yield what the model has and Splink's settings have not."""
    policy = model.policy
    yield _problem(
        "populations",
        f"Splink has one set of odds, and it is that of {population.party} pairs in {population.script} script",
    )
    yield _problem(
        "threshold",
        f"is not part of Splink's settings: predict with threshold_match_weight={model.threshold_millibits / 1000:g}",
    )
    if model.terms:
        yield _problem("terms", "Splink counts how frequent values are in the table that it is given")
    for name, is_there, what in (
        ("ties", bool(population.ties), "that some fields agree together among strangers takes nothing off"),
        ("namesakes", population.namesakes < 1, "that others are called the same takes nothing off"),
        ("surroundings", population.related > 0, "that people share surroundings takes nothing off"),
        ("limits", bool(policy.limits), "nothing limits what one party may hold"),
        ("clean_sources", bool(policy.clean_sources), "no source is known to hold each party once"),
        ("hub_limit", any(one.hub_limit is not None for one in policy.comparisons), "hubs go on linking"),
    ):
        if is_there:
            yield _problem(name, f"is not known to Splink: there {what}", kept=False)


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _problem(field: str, reason: str, *, kept: bool = True) -> Problem:
    return Problem(source="model", field=field, reason=reason, kept=kept)
