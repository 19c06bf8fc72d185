"""Reading a model of Splink."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, final

import attrs

from crmkit.dedup.kinds import LEVELS, Kind
from crmkit.dedup.model import SCRIPTS, FacetFit, Model, Population
from crmkit.dedup.plain import listed
from crmkit.dedup.policy import Block, Comparison, Policy
from crmkit.dedup.splink.levels import is_exactly, kind_of, known_level, level_of
from crmkit.dedup.splink.sql import read_condition, read_rule
from crmkit.dedup.weights import MILLI, MOST, log_ratio
from crmkit.errors import InvalidValue, Problem
from crmkit.model import ORGANISATION, PERSON

_ELSE: Final = "ELSE"
_ALL: Final = 99

_Shares = tuple[float, float]


@final
@attrs.frozen(kw_only=True)
class _Level:
    """A level of Splink: its label, what it tests, and how often pairs of one party and of two show it."""

    label: str
    test: str
    same: float | None
    chance: float | None

    @property
    def is_trained(self) -> bool:
        return self.same is not None and self.chance is not None

    @property
    def shares(self) -> _Shares:
        """Return both shares; equal ones, which weigh nothing, if it was not trained."""
        if self.same is not None and self.chance is not None:
            return self.same, self.chance
        known = self.same or self.chance or 0.0
        return known, known


@final
@attrs.frozen(kw_only=True)
class _Compared:
    """A comparison of Splink: its name, the columns it compares, its levels, and whether rare values count for more."""

    name: str
    columns: tuple[str, ...]
    levels: tuple[_Level, ...]
    by_rarity: bool


def from_splink(
    model: Mapping[str, Any] | str, *, threshold: float = 0.0
) -> tuple[Model, tuple[Problem, ...]]:
    """Return what *model* says as a `Model`, and a problem for all that could not be carried over.

    A level weighs what it weighs in Splink, to a thousandth of a bit.  Levels
    that only we have weigh what such a pair would weigh in Splink.  Blocking
    rules are read where they want columns, or parts of them, to be equal.

    Args:
        model: What Splink's ``save_model_to_json`` gives: a mapping, or its JSON.
        threshold: Splink's match weight from which on a pair speaks for one
            party, in bits; Splink does not keep it in a model.

    Raises:
        InvalidValue: If it is no model of Splink, or no comparison of it can be carried over.
        MissingExtra: Without sqlglot, which reads the SQL.
    """
    settings = _settings(model)
    dialect = str(settings.get("sql_dialect") or "duckdb")
    odds = float(settings.get("probability_two_random_records_match") or 0.0)
    problems: list[Problem] = []
    read: dict[str, tuple[Comparison, FacetFit]] = {}
    for one in (_compared(one, dialect) for one in settings["comparisons"]):
        lost = _why_left_out(one, read)
        if lost:
            problems.append(_problem(one.name, lost, kept=False))
        else:
            comparison, fit, remarks = _comparison(one, odds)
            read[comparison.field] = comparison, fit
            problems += [_problem(one.name, remark) for remark in remarks]
    if not read:
        raise InvalidValue(
            "no comparison of this model can be carried over; make a policy with propose(table)"
        )
    blocks, left_out = _blocks(settings, dialect, list(read))
    policy = Policy(
        comparisons=[comparison for comparison, _ in read.values()],
        blocking=blocks,
        id=str(settings.get("unique_id_column_name") or "unique_id"),
        source=str(settings.get("source_dataset_column_name") or "source_dataset"),
    )
    found = Model(
        policy=policy,
        populations=_populations([fit for _, fit in read.values()], odds),
        terms=(),
        threshold_millibits=round(threshold * MILLI),
    )
    return found, (*problems, *left_out)


def _settings(model: Mapping[str, Any] | str) -> Mapping[str, Any]:
    try:
        settings: Mapping[str, Any] = json.loads(model) if isinstance(model, str) else model
        settings.get("link_type")
        levels = [level for one in settings["comparisons"] for level in one["comparison_levels"]]
        conditions = [level["sql_condition"] for level in levels]
    except (ValueError, KeyError, TypeError, AttributeError):
        conditions = []
    if not conditions:
        raise InvalidValue(
            "this is no model of Splink; it has 'comparisons', each with 'comparison_levels' that have a "
            "'sql_condition', as linker.misc.save_model_to_json() gives them"
        )
    return settings


def _compared(one: Mapping[str, Any], dialect: str) -> _Compared:
    levels: list[_Level] = []
    columns: set[str] = set()
    for level in one["comparison_levels"]:
        condition = str(level["sql_condition"]).strip()
        compared, test = (
            (frozenset[str](), _ELSE) if condition.upper() == _ELSE else read_condition(condition, dialect)
        )
        columns |= compared
        if not level.get("is_null_level"):
            levels.append(
                _Level(
                    label=str(level.get("label_for_charts") or condition),
                    test=test,
                    same=level.get("m_probability"),
                    chance=level.get("u_probability"),
                )
            )
    return _Compared(
        name=str(one.get("output_column_name") or ", ".join(sorted(columns))),
        columns=tuple(sorted(columns)),
        levels=tuple(levels),
        by_rarity=any(level.get("tf_adjustment_column") for level in one["comparison_levels"]),
    )


def _why_left_out(one: _Compared, read: Mapping[str, object]) -> str:
    if len(one.columns) != 1:
        many = f"it compares {listed(list(one.columns))} together" if one.columns else "it names no column"
        return f"is left out: {many}, and a comparison here is of one field"
    if one.columns[0] in read:
        return "is left out: its column is compared already, and each field is compared once"
    return ""


def _comparison(one: _Compared, odds: float) -> tuple[Comparison, FacetFit, list[str]]:
    """Return a comparison, how often its levels occur, and what is not quite the same."""
    (column,) = one.columns
    kind = kind_of([level.test for level in one.levels], column)
    shares = _by_level(kind, one.levels)
    comparison = Comparison(column, kind, term_frequency=one.by_rarity, hub_limit=None)
    return comparison, _fit(kind, shares, odds), list(_remarks(one, kind, shares))


def _place(kind: Kind, level: _Level) -> int | None:
    return 0 if level.test == _ELSE else level_of(kind, level.test)


def _by_level(kind: Kind, levels: Sequence[_Level]) -> dict[int, _Shares]:
    """Return the shares of our levels that Splink tells apart; a level that we lack is part of its next lower one."""
    found: dict[int, _Shares] = {}
    pending: list[_Shares] = []
    for level in levels:
        pending.append(level.shares)
        place = _place(kind, level)
        if place is not None:
            found[place] = _summed([found.get(place, (0.0, 0.0)), *pending])
            pending = []
    found[0] = _summed([found.get(0, (0.0, 0.0)), *pending])
    return found


def _summed(shares: Sequence[_Shares]) -> _Shares:
    return sum(same for same, _ in shares), sum(chance for _, chance in shares)


def _fit(kind: Kind, shares: Mapping[int, _Shares], odds: float) -> FacetFit:
    """Return how often each level occurs; levels that Splink does not tell apart are equal parts of what it tells."""
    stands_for = [known_level(kind, level, shares) for level in range(len(LEVELS[kind]))]
    same, chance = (
        tuple(shares[known][side] / stands_for.count(known) for known in stands_for) for side in (0, 1)
    )
    seen = tuple(odds * one + (1 - odds) * other for one, other in zip(same, chance, strict=True))
    return FacetFit(same=same, chance=chance, related=chance, seen=seen)


def _remarks(one: _Compared, kind: Kind, shares: Mapping[int, _Shares]) -> Iterator[str]:
    """Yield what is not quite the same as in Splink."""
    places = [(level, _place(kind, level)) for level in one.levels]
    lost = [level.label for level, place in places if place is None]
    if lost:
        yield f"has no such level here: {listed(lost, most=_ALL)}; each is part of the next lower one"
    other = [
        f"{level.label!r} as {LEVELS[kind][place]!r}"
        for level, place in places
        if place is not None and level.test != _ELSE and not is_exactly(kind, place, level.test)
    ]
    if other:
        yield f"reads {listed(other, most=_ALL)}, which is not quite the same"
    untrained = [level.label for level in one.levels if not level.is_trained]
    if untrained:
        yield f"was not trained in {listed(untrained, most=_ALL)}: that weighs nothing"
    if any(abs(log_ratio(*pair)) == MOST for pair in shares.values()):
        yield f"weighs more than {MOST // MILLI} bits in a level; here no level does"
    if one.by_rarity:
        yield "counts rare values for more, but how many hold each is not in the model: train() learns it"


def _blocks(
    settings: Mapping[str, Any], dialect: str, columns: Sequence[str]
) -> tuple[list[Block], list[Problem]]:
    """Return the blocking rules that can be carried over, and what was lost."""
    blocks: dict[Block, None] = {}
    problems = []
    for number, one in enumerate(settings.get("blocking_rules_to_generate_predictions") or (), 1):
        rule = one if isinstance(one, Mapping) else {"blocking_rule": one, "sql_dialect": dialect}
        keys = read_rule(str(rule.get("blocking_rule")), str(rule.get("sql_dialect") or dialect))
        if keys is None or rule.get("arrays_to_explode"):
            reason = f"blocking rule {number} wants something else than equal columns, and is left out"
            problems.append(_problem("blocking", reason, kept=False))
        else:
            blocks[Block(*keys)] = None
    if not blocks:
        problems.append(
            _problem(
                "blocking", "no rule could be carried over: records that agree in any field are compared"
            )
        )
        blocks = {Block(column): None for column in columns}
    if settings.get("link_type") == "link_only":
        reason = "pairs within one table are compared too; name the sources that hold each party once in clean_sources"
        problems.append(_problem("link_type", reason))
    return list(blocks), problems


def _populations(fits: Sequence[FacetFit], odds: float) -> tuple[Population, ...]:
    """Return one set of odds, which is what Splink has, for every sort of pair."""
    return tuple(
        Population(
            party=party,
            script=script,
            pairs=0,
            same=odds,
            related=0.0,
            known=(0,) * len(fits),
            fits=tuple(fits),
        )
        for party in (PERSON, ORGANISATION)
        for script in SCRIPTS
    )


def _problem(field: str, reason: str, *, kept: bool = True) -> Problem:
    return Problem(source="splink", field=field, reason=reason, kept=kept)
