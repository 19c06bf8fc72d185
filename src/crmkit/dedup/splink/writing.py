"""Writing a model for Splink."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from crmkit.dedup.kinds import EXACT, FULL_NAME, LEVELS, NUMBER, PHONE, Kind
from crmkit.dedup.model import SCRIPTS, FacetFit, Model, Population
from crmkit.dedup.plain import listed
from crmkit.dedup.policy import Block, Blocking, Facet, Policy, facet_of_field, facets, split_key
from crmkit.dedup.splink.levels import TESTS, known_level
from crmkit.errors import Problem, UnknownName
from crmkit.model import ORGANISATION, PERSON

_LEAST: Final = 1e-12
"""Splink takes no share of 0."""
_ALL: Final = 99

_Key: TypeAlias = tuple[str, slice]
"""A field, and the part of it that counts."""


def to_splink(
    model: Model, *, party: str = PERSON, script: str = SCRIPTS[0]
) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return *model* as settings that Splink loads, and a problem for all that could not be carried over.

    The SQL is DuckDB's.  Its columns are those of the table, and of a full name
    those of its parts.  Splink compares values as they stand, and the weights
    hold for normalised ones: one of the problems says how to make them.

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
        keys = _keys(block)
        lost = _why_left_out(keys, named)
        if lost:
            problems.append(_problem(str(block), lost, kept=False))
        else:
            rules.append({"blocking_rule": _rule(keys, named), "sql_dialect": "duckdb"})
    return {
        "link_type": "dedupe_only",
        "sql_dialect": "duckdb",
        "unique_id_column_name": model.policy.id,
        **({"source_dataset_column_name": model.policy.source} if model.policy.source else {}),
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


def _columns(field: str, named: Sequence[Facet]) -> dict[str, Kind]:
    """Return the columns that hold what a block calls *field*, and what they hold; of a name in parts both."""
    of_name = [facet for facet in named if facet.part and facet.comparison.field == field]
    if of_name:
        parts = {_column(facet): facet.kind for facet in of_name}
        return parts if of_name[0].comparison.parts else {field: FULL_NAME}
    place = facet_of_field(field, named)
    return {field: EXACT} if place is None else {_column(named[place]): named[place].kind}


def _keys(block: Blocking) -> list[_Key]:
    """Return the keys that *block* wants to be equal; none of rare words."""
    return [split_key(key) for key in block.keys] if isinstance(block, Block) else []


def _why_left_out(keys: Sequence[_Key], named: Sequence[Facet]) -> str:
    """Return why *keys* make no blocking rule of Splink, or "" if they make one."""
    if not keys or any(_is_from_the_end(part) for _, part in keys):
        return "wants something else than equal columns or their beginnings, and is left out"
    for field, part in keys:
        columns = list(_columns(field, named))
        if part != slice(None) and len(columns) > 1:
            return (
                f"wants letters of a name that Splink has in {listed(columns)}, and is left out; "
                f"block on letters of one of them, as in {columns[0] + '[:3]'!r}"
            )
    return ""


def _is_from_the_end(part: slice) -> bool:
    """Return whether *part* counts from the end, or takes nothing."""
    start = part.start or 0
    return start < 0 or (part.stop is not None and part.stop <= start)


def _rule(keys: Sequence[_Key], named: Sequence[Facet]) -> str:
    """Return the blocking rule that wants *keys* to be equal."""
    equal: dict[str, None] = {}
    for field, part in keys:
        start = part.start or 0
        length = "" if part.stop is None else f", {part.stop - start}"
        for column in _columns(field, named):
            sides = [f"{side}.{_quoted(column)}" for side in "lr"]
            if part != slice(None):
                sides = [f"substring({side}, {start + 1}{length})" for side in sides]
            equal[" = ".join(sides)] = None
    return " AND ".join(equal)


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
    yield _problem("values", _how_to_normalise(policy))
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


def _how_to_normalise(policy: Policy) -> str:
    """Return what has to be done to the columns of a table before Splink compares them as the model does."""
    named = facets(policy)
    held = {
        column: kind
        for block in policy.blocking
        for field, _ in _keys(block)
        for column, kind in _columns(field, named).items()
    }
    held |= {_column(facet): facet.kind for facet in named}
    by_kind = {kind: [column for column in held if held[column] is kind] for kind in held.values()}
    kinds = [f"{kind.name} for {listed(columns, most=_ALL)}" for kind, columns in by_kind.items()]
    region = f", region={policy.region!r}" if PHONE in by_kind else ""
    numbers = by_kind.get(NUMBER, [])
    subtracted = f"; make numbers of the texts of {listed(numbers, most=_ALL)}" if numbers else ""
    return (
        "Splink compares values as they stand, and the weights hold for normalised texts: replace each value by "
        f"the text of the first form of dedup.normalise([value], kind{region}), or by None if it has none; "
        f"kind is {'; '.join(kinds)}{subtracted}"
    )


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _problem(field: str, reason: str, *, kept: bool = True) -> Problem:
    return Problem(source="model", field=field, reason=reason, kept=kept)
