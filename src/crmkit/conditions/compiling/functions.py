"""Conditions as functions: of a customer, with or without a trace, and of one activity."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Final, Protocol, TypeAlias

from crmkit.conditions.compiling.asking import asking
from crmkit.conditions.compiling.pieces import assign, code_of, name, several
from crmkit.conditions.compiling.reading import Draft, opening_of_fields, opening_of_profile
from crmkit.conditions.compiling.ways import returning
from crmkit.conditions.nodes import Condition, check_condition
from crmkit.model import Profile

NOT_ASKED: Final = "not asked"
"""What a trace says of a part that the answer did not need."""

Trace: TypeAlias = tuple[bool | None, tuple[bool | str | None, ...]]


class Compiled(Protocol):
    """A compiled condition: called with one customer, it says what `evaluate` says."""

    def __call__(
        self, profile: Profile | Mapping[str, object], *, as_of: dt.datetime | None = None
    ) -> bool | None:
        """Return True, False, or None for unknown, or raise, as `evaluate`."""


def compiled(condition: Condition) -> Compiled:
    """Return *condition* as a function that says of every customer what `evaluate` says, only sooner.

    What compares one term with a constant, and what joins such comparisons,
    becomes Python code; everything else, such as arithmetic, is asked of
    `evaluate`'s own functions.  Compiling takes about as long as a hundred
    evaluations and nothing is remembered, so keep the function.

    >>> from crmkit.conditions import F
    >>> worth_a_call = compiled((F.stage == "silent") & (F.tier >= 3))
    >>> worth_a_call({"stage": "silent", "tier": 4}), worth_a_call({"stage": "new"})
    (True, False)
    >>> worth_a_call({"stage": "silent"}) is None
    True

    Raises:
        InvalidValue: If *condition* is none; the function raises as `evaluate`.
    """
    check_condition(condition)
    return _of_customer(condition)[0]


def traced(condition: Condition) -> tuple[Callable[..., Trace], tuple[Condition, ...]]:
    """Return *condition* compiled so that it says its parts' verdicts too, and those parts, in the order asked.

    The function returns the verdict, and for each part True, False, None for
    unknown, or `NOT_ASKED` if the answer was decided before.  Parts are the
    conditions without parts; what stands more than twelve deep is one.
    `explain` says of the same customer what was read.

    >>> from crmkit.conditions import F
    >>> ask, parts = traced((F.stage == "silent") & (F.tier >= 3) & ~F.tags.contains("vip"))
    >>> ask({"stage": "silent", "tier": 2})
    (False, (True, False, 'not asked'))
    >>> print(parts[1])
    tier is at least 3

    Raises:
        InvalidValue: As `compiled`.
    """
    check_condition(condition)
    return _of_customer(condition, traces=True)


def _of_customer(condition: Condition, *, traces: bool = False) -> tuple[FunctionType, tuple[Condition, ...]]:
    """Return the function of any subject, and the parts that it traces; profiles have code of their own."""
    draft = Draft("profile", traces=traces)
    body = _body(condition, draft)
    code = code_of(("profile",), [*opening_of_profile(draft), *body])
    of_profile = FunctionType(code, draft.names, "compiled")
    draft = Draft("fields", traces=traces)
    body = _body(condition, draft)
    code = code_of(("profile", "as_of"), [*opening_of_fields(draft, of_profile), *body])
    # Python calls it sooner so than if the instant could be given by its name only
    return FunctionType(code, draft.names, "compiled", (None,)), tuple(draft.parts)


def _body(condition: Condition, draft: Draft) -> list[ast.stmt]:
    """Return the statements that ask *condition* and return its verdict, with those of its parts if wanted."""
    if not draft.traces:
        return asking(condition, draft, returning())
    verdicts: list[ast.expr] = []
    body = asking(condition, draft, returning(several(verdicts)))
    names = [f"part_{place}" for place in range(len(draft.parts))]
    verdicts += [name(one) for one in names]
    return [*(assign(one, draft.given(NOT_ASKED)) for one in names), *body]
