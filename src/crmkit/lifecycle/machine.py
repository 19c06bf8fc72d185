"""Machines: which stages there are, and what moves a customer from one to another.

>>> from crmkit.conditions import days
>>> shop = Lifecycle(
...     "corner shop",
...     "stranger",
...     moves=(
...         on("purchase", ANY, "regular"),
...         on("purchase", "regular", "regular"),
...         after(days(90), "regular", "gone"),
...     ),
...     ends=("gone",),
... )
>>> shop.stages
('stranger', 'regular', 'gone')
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final, TypeVar, final

import attrs

from crmkit.calendars import Duration
from crmkit.conditions import Condition, describe
from crmkit.conditions.nodes import check_condition, field_names
from crmkit.conditions.terms import is_positive
from crmkit.conditions.text import duration_text
from crmkit.errors import InvalidValue
from crmkit.model import MEASURES, PROFILE_FIELDS
from crmkit.model.values import meanings_of

ANY: Final = "*"
"""As the source of a move: every other stage of the machine."""

_DERIVED: Final = frozenset(field.name for field in (*PROFILE_FIELDS, *MEASURES)) - {"id"}


T = TypeVar("T")


def _texts(names: str | Iterable[str]) -> tuple[str, ...]:
    listed: object = (names,) if isinstance(names, str) else names
    if not isinstance(listed, Iterable):
        raise InvalidValue(f"a name or several are expected, got {names!r}")
    return tuple(dict.fromkeys(map(_text, listed)))


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise InvalidValue(f"stages and kinds of activity are named by texts, got {name!r}")
    return name


def _several(values: object, type_: type[T], written: str) -> tuple[T, ...]:
    listed = tuple(values) if isinstance(values, Iterable) else (values,)
    rest = [value for value in listed if not isinstance(value, type_)]
    if rest or not isinstance(values, Iterable):
        raise InvalidValue(f"write {written}, got {rest[0] if rest else values}")
    return listed


@final
@attrs.frozen(kw_only=True)
class Move:
    """One way from some stages to another: on an activity, or after a time. `on` and `after` make them.

    Attributes:
        kinds: The kinds of activity that make it; none for a timeout.
        after: How long after the last move into the stage it is due; None for an activity's move.
        sources: The stages it leads out of; `ANY` alone stands for every stage but the target.
        target: The stage it leads to; with the same source and target it only resets the clock.
        when: Only if this is true of the facts up to that activity, itself included.
        priority: Of several moves that could be made, the one with the highest is.
    """

    kinds: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    after: Duration | None = None
    sources: tuple[str, ...] = attrs.field(converter=_texts)
    target: str = attrs.field(converter=_text)
    when: Condition | None = None
    priority: int = 0

    def __attrs_post_init__(self) -> None:
        if bool(self.kinds) is (self.after is not None):
            raise InvalidValue("a move is made on(kind, …) or after(duration, …): exactly one of the two")
        if "" in self.kinds:
            raise InvalidValue("a kind of activity needs a name, such as 'purchase'")
        if self.after is not None and (not is_positive(self.after) or self.when is not None):
            raise InvalidValue("a timeout needs a duration longer than nothing, and has no guard")
        if not self.sources or (ANY in self.sources and len(self.sources) > 1):
            raise InvalidValue("a move needs the stages it leads out of, or lifecycle.ANY alone")
        if isinstance(self.priority, bool) or not isinstance(self.priority, int):
            raise InvalidValue(f"a priority is a whole number, got {self.priority!r}")
        self._check_guard()

    def _check_guard(self) -> None:
        if self.when is None:
            return
        check_condition(self.when)
        derived = sorted(field_names(self.when) & _DERIVED)
        if derived:
            raise InvalidValue(
                f"a guard reads activities and fields of the record, never {', '.join(derived)}, which would "
                "be worked out from them: ask for the facts behind it, as in A('purchase').count() >= 2"
            )

    @cached_property
    def cause(self) -> str:
        """What makes the move, in words: "purchase or renewal", "after 180 days"."""
        return " or ".join(self.kinds) if self.after is None else f"after {duration_text(self.after)}"

    def __str__(self) -> str:
        sources = "any other stage" if self.sources == (ANY,) else " or ".join(self.sources)
        guard = "" if self.when is None else f" when {describe(self.when)}"
        return f"{sources} → {self.target}: {self.cause}{guard}"


def on(
    kind: str | Iterable[str],
    source: str | Iterable[str],
    target: str,
    *,
    when: Condition | None = None,
    priority: int = 0,
) -> Move:
    """Return the move from *source* to *target* that an activity of *kind* makes.

    Without a move for it, an activity changes nothing.  A move from a stage to
    itself keeps the stage and starts the time of its timeouts anew.

    >>> from crmkit.conditions import A, days
    >>> often = A("purchase").within(days(180)).count() >= 3
    >>> print(on("purchase", "guest", "regular", when=often, priority=1))
    guest → regular: purchase when at least 3 'purchase' within 180 days
    >>> print(on(("signup", "purchase"), ANY, "guest"))
    any other stage → guest: signup or purchase

    Args:
        kind: One of `crmkit.model.KINDS` or a kind of your own; or several.
        source: The stage it leads out of, or several, or `ANY` for every stage but *target*.
        target: The stage it leads to.
        when: Only if this is true of the customer as of that activity, which counts; unknown is not true.
            It reads activities and fields of the record, never what follows from them: stage, tier, tags.
        priority: Of several moves that could be made, the one with the highest number is.

    Raises:
        InvalidValue: If a name is no text, or *when* is no condition or reads what it may not.
    """
    return Move(kinds=_texts(kind), sources=_texts(source), target=target, when=when, priority=priority)


def after(duration: Duration, source: str | Iterable[str], target: str, *, priority: int = 0) -> Move:
    """Return the move that time makes, *duration* after the last move into *source*, to *target*.

    A move from *source* to itself is a move too, and starts the time anew.  It is
    due at that very instant; an activity exactly then is applied first.

    >>> from crmkit.conditions import days, months
    >>> print(after(days(60), ("trial", "enrolled"), "lapsed"))
    trial or enrolled → lapsed: after 60 days
    >>> print(after(months(6, "Asia/Shanghai"), "lapsed", "gone"))
    lapsed → gone: after 6 months in Asia/Shanghai

    Args:
        duration: ``days(60)``, ``local_days(60, zone)``, ``months(2)``, ``years(1)`` or a `datetime.timedelta`.
        source: The stage it leads out of, or several, each with a time of its own; or `ANY`.
        target: The stage it leads to.
        priority: Of several timeouts due at one instant, the one with the highest number is made.

    Raises:
        InvalidValue: If *duration* is none, or not longer than nothing, or a name is no text.
    """
    return Move(after=duration, sources=_texts(source), target=target, priority=priority)


@final
@attrs.frozen(kw_only=True)
class Role:
    """What a customer can be beside the stage: a small machine of its own, held or not held.

    Attributes:
        name: What it is called: "fan".
        meaning: What it says of the customer, in a sentence.
        begins: Kinds of activity that begin it, or renew it while it is held.
        ends: Kinds of activity that end it.
        lapses_after: How long after it was begun or last renewed it ends by itself; None for never.
    """

    name: str
    meaning: str = ""
    begins: tuple[str, ...] = attrs.field(converter=_texts)
    ends: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    lapses_after: Duration | None = None

    def __attrs_post_init__(self) -> None:
        if not self.name or not self.begins:
            raise InvalidValue("a role needs a name and the kinds of activity that begin it")
        both = sorted({*self.begins} & {*self.ends})
        if both:
            raise InvalidValue(f"the role {self.name!r} both begins and ends with {', '.join(both)}")
        if self.lapses_after is not None and not is_positive(self.lapses_after):
            raise InvalidValue(f"the role {self.name!r} must last longer than nothing")

    @property
    def end(self) -> str:
        """What ends it, in words; "" if nothing does."""
        lapse = [] if self.lapses_after is None else [f"after {duration_text(self.lapses_after)}"]
        return " or ".join((*self.ends, *lapse))


@final
@attrs.frozen(kw_only=True)
class Invariant:
    """What a stage says of a role: in these stages it is held, or it is not. See `violations`.

    Attributes:
        stages: The stages.
        role: The role.
        held: True if it must be held in them, False if it must not.
    """

    stages: tuple[str, ...] = attrs.field(converter=_texts)
    role: str
    held: bool = True

    def __attrs_post_init__(self) -> None:
        if not self.stages:
            raise InvalidValue(f"an invariant of the role {self.role!r} needs the stages it is about")


def _moves(moves: Iterable[Move]) -> tuple[Move, ...]:
    return _several(moves, Move, "moves=(on('purchase', 'new', 'mature'), …)")


def _roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    return _several(roles, Role, "roles=(Role(name='fan', begins='follow'), …)")


def _invariants(invariants: Iterable[Invariant]) -> tuple[Invariant, ...]:
    return _several(invariants, Invariant, "invariants=(Invariant(stages='new', role='buyer'), …)")


@final
@attrs.frozen(cache_hash=True)
class Lifecycle:
    """What may happen to a customer: exactly one stage at a time, and any roles beside it.

    It is a value: `RETAIL`, `MEMBERSHIP` and `B2B` are such, one each for shops, for
    contracts as in a gym, and for accounts.  ``print(table(RETAIL))`` says what its
    stages mean and what moves them, ``print(diagram(RETAIL))`` draws it, a
    notebook shows it.  To have another, make one, or `attrs.evolve` one of these.

    >>> import datetime as dt
    >>> from crmkit.conditions import days
    >>> from crmkit.lifecycle import RETAIL, stage_at
    >>> print(RETAIL)
    retail: potential, responder, new, mature, silent, churned
    >>> school = Lifecycle(
    ...     "language school",
    ...     "stranger",
    ...     moves=(
    ...         on("signup", "stranger", "trial"),
    ...         on("contract_start", ANY, "enrolled"),
    ...         on("use", "enrolled", "enrolled"),  # a lesson: the 60 days start anew
    ...         after(days(60), ("trial", "enrolled"), "gone"),
    ...     ),
    ...     roles=(Role(name="alumni", begins="contract_end", meaning="has finished a course"),),
    ...     ends="gone",
    ... )
    >>> stage_at(school, [], as_of=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    'stranger'

    A definition that cannot be right is refused when it is built, whether in
    Python, from JSON or from a sheet.  Kinds of activity are open, since hosts have
    their own: `crmkit.profiles.dictionary` and `from_csv` name the misspelt ones.

    Attributes:
        name: What it is called.
        initial: The stage of those of whom nothing is known yet; nobody moved there,
            so no timeout runs in it until a move leads back.
        moves: Every way from stage to stage.
        roles: The roles beside the stage.
        meanings: What each stage means, in order, by name; when given, no other stage may be named.
        ends: Stages at which the relation is over; from every stage one must be reachable.
        lapsed: Stages in which the cause of leaving is asked for.
        invariants: What stages say of roles.

    Raises:
        UnknownName: If a stage is named that `meanings` does not have, or a role that `roles` does not.
        InvalidValue: If a stage cannot be reached or left, leads to no end, a timeout
            never comes or never stops; see `checks`.
        Contradiction: If two moves of equal priority can be made at once.
    """

    name: str
    initial: str = attrs.field(converter=_text)
    moves: tuple[Move, ...] = attrs.field(kw_only=True, converter=_moves)
    roles: tuple[Role, ...] = attrs.field(default=(), kw_only=True, converter=_roles)
    meanings: tuple[tuple[str, str], ...] = attrs.field(default=(), kw_only=True, converter=meanings_of)
    ends: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_texts)
    lapsed: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_texts)
    invariants: tuple[Invariant, ...] = attrs.field(default=(), kw_only=True, converter=_invariants)

    def __attrs_post_init__(self) -> None:
        from crmkit.lifecycle.checks import check

        check(self)

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages: in the order of `meanings`, else as they are first named."""
        if self.meanings:
            return tuple(name for name, _ in self.meanings)
        named = (stage for move in self.moves for stage in (*move.sources, move.target))
        return tuple(stage for stage in dict.fromkeys((self.initial, *named)) if stage != ANY)

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.stages)}"

    def _repr_html_(self) -> str:
        from crmkit.lifecycle.drawing import html

        return html(self)


def sources_of(machine: Lifecycle, move: Move) -> tuple[str, ...]:
    """Return the stages that *move* leads out of, with `ANY` spelt out."""
    if move.sources != (ANY,):
        return move.sources
    return tuple(stage for stage in machine.stages if stage != move.target)
