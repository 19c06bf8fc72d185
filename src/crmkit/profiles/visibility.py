"""Visibility: what an employee may see of a customer, by whose customer it is and by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, final

import attrs

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import (
    RELATION_KINDS,
    Account,
    Activity,
    Contact,
    ContactRole,
    Customer,
    CustomerId,
    Fields,
    FieldValue,
    Profile,
    Relation,
    Tag,
)
from crmkit.model.period import holds_at
from crmkit.model.relation import CUSTOMER, EMPLOYEE
from crmkit.profiles.masking import masked

ANY: Final = "*"
"""In a grant: every role, or everything there is to see."""

OWN: Final = "own"
TEAM: Final = "team"
POOL: Final = "pool"
ALL: Final = "all"
REACHES: Final = (OWN, TEAM, POOL, ALL)
"""Whose customers a grant is for: one's own, those of one's team, nobody's, everybody's."""

MASKABLE: Final = ("email", "phone")
"""What can be shown in part; everything else is shown or not."""

SHOWN_BESIDE_FIELDS: Final = (
    "stage_cause",
    "scores",
    "tag_reasons",
    "consents",
    "contact_roles",
    "relations",
    "record_ids",
    "aliases",
    "provenance",
    "activities",
)
"""What can be shown and is no field that a condition may ask about."""

OF_ACTIVITIES: Final = "activities."
"""What the name of an attribute or prop of activities begins with."""

_WHOSE: Final = {OWN: "their own", TEAM: "their team", POOL: "the pool", ALL: "others"}
_Shown: TypeAlias = frozenset[str]


def _names(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


@final
@attrs.frozen(kw_only=True)
class Viewer:
    """Somebody who looks at customers.

    Attributes:
        id: Id of the employee.
        roles: What they are: "sales", "service".
        team: Ids of the employees whose customers they share.
    """

    id: str
    roles: tuple[str, ...] = attrs.field(default=(), converter=_names)
    team: tuple[str, ...] = attrs.field(default=(), converter=_names)


@final
@attrs.frozen(kw_only=True)
class Grant:
    """What some may see of some customers.

    Attributes:
        to: The roles that may; `ANY` for whoever looks.
        over: Whose customers, one of `REACHES`.
        shows: Names of what is shown: fields of the profile and of the customer, measures,
            and those of `SHOWN_BESIDE_FIELDS`.  Of activities these are their id, kind
            and time, told as the customer's own; with "activities.channel" or
            "activities.order_id" also that attribute or prop, with "activities.*" all.
            `ANY` is everything.  `strange_names` finds those that nothing is called.
        masks: Those of `MASKABLE` that are shown in part, as `masked` has them.

    Raises:
        UnknownName: If there is no such reach.
        InvalidValue: If something is masked that cannot be.
    """

    to: tuple[str, ...] = attrs.field(converter=_names)
    over: str = attrs.field(default=OWN)
    shows: tuple[str, ...] = attrs.field(default=(), converter=_names)
    masks: tuple[str, ...] = attrs.field(default=(), converter=_names)

    def __attrs_post_init__(self) -> None:
        if self.over not in REACHES:
            raise UnknownName("reach of a grant", self.over, REACHES)
        for name in self.masks:
            if name not in MASKABLE:
                raise InvalidValue(
                    f"{name!r} cannot be masked, only {', '.join(MASKABLE)}: show it or leave it out"
                )


@final
@attrs.frozen(kw_only=True)
class Visibility:
    """Who may see what; what is not granted is not seen.

    Attributes:
        grants: What is granted; grants add up, and none takes anything away.
    """

    grants: tuple[Grant, ...] = attrs.field(default=(), converter=tuple[Grant, ...])


@final
@attrs.frozen(kw_only=True)
class View:
    """A profile as a viewer may see it.

    Attributes:
        profile: What they may see, or None if they may see nothing.
        reason: Why they may, or why they may not.
    """

    profile: Profile | None
    reason: str

    def __str__(self) -> str:
        return self.reason if self.profile is None else str(self.profile)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.reason)}</p>" if self.profile is None else self.profile._repr_html_()


def visible(profile: Profile, viewer: Viewer, policy: Visibility) -> View:
    """Return what *viewer* may see of *profile* by *policy*.

    Those who may see anything see the customer's id and kind, and who owns and
    serves them, as the policy decides by these.  Whatever else is not granted is
    left out wherever it stands: a value's provenance, a tag's evidence and a score
    go with the value, the facts and the measure, and former ids become the present one.

    >>> import datetime as dt
    >>> from crmkit.model import ContactPoint, Customer
    >>> mailbox = ContactPoint(kind="email", value="ann@x.example")
    >>> ann = Customer(id="c1", name="Ann", contact_points=(mailbox,))
    >>> seen = Profile(customer=ann, as_of=dt.datetime(2024, 5, 1, tzinfo=dt.UTC), stage="new")
    >>> policy = Visibility(grants=[Grant(to="sales", over="pool", shows="stage", masks="email")])
    >>> view = visible(seen, Viewer(id="e1", roles="sales"), policy)
    >>> view.profile["stage"], view.profile["email"], view.profile["name"]
    ('new', ('a•••@x.example',), None)
    >>> print(visible(seen, Viewer(id="e2", roles="service"), policy))
    nothing of 'c1' may be seen: no grant to service reaches a customer of the pool; ask for a grant over pool or all
    """
    ties = employee_ties(profile)
    reaches = _reaches({tie.from_id for tie in ties}, viewer)
    grants = [grant for grant in policy.grants if grant.over in reaches and _is_for(grant, viewer)]
    if not grants:
        return View(profile=None, reason=_refusal(profile, viewer, reaches))
    shown = frozenset(name for grant in grants for name in grant.shows)
    masks = frozenset(name for grant in grants for name in grant.masks)
    via = ", ".join(reach for reach in REACHES if any(grant.over == reach for grant in grants))
    return View(
        profile=_uncovered(profile, ties, shown, masks), reason=f"granted over {via} to {_roles(viewer)}"
    )


def _is_for(grant: Grant, viewer: Viewer) -> bool:
    return ANY in grant.to or not {*grant.to}.isdisjoint(viewer.roles)


def _roles(viewer: Viewer) -> str:
    return ", ".join(viewer.roles) or "anybody"


def _refusal(profile: Profile, viewer: Viewer, reaches: Iterable[str]) -> str:
    nearest = next(reach for reach in REACHES if reach in reaches)
    return (
        f"nothing of {profile.customer.id!r} may be seen: no grant to {_roles(viewer)} reaches "
        f"a customer of {_WHOSE[nearest]}; ask for a grant over {' or '.join(dict.fromkeys((nearest, ALL)))}"
    )


def _reaches(employees: set[str], viewer: Viewer) -> frozenset[str]:
    """Return how *viewer* stands to a customer of these employees."""
    if not employees:
        return frozenset((POOL, ALL))
    own = [OWN] if viewer.id in employees else []
    team = [] if employees.isdisjoint((viewer.id, *viewer.team)) else [TEAM]
    return frozenset((*own, *team, ALL))


def employee_ties(profile: Profile) -> tuple[Relation, ...]:
    """Return who owns or serves the customer at the instant of the profile, by the customer's present id."""
    ids = customer_ids(profile.customer)
    return tuple(
        attrs.evolve(tie, to_id=profile.customer.id)
        for tie in profile.relations
        if RELATION_KINDS[tie.kind] == (EMPLOYEE, CUSTOMER)
        and tie.to_id in ids
        and tie.from_id not in ids
        and holds_at(tie.since, tie.until, profile.as_of)
    )


def customer_ids(customer: Customer) -> frozenset[str]:
    """Return every id that leads to *customer*: its own, former ones, and those of its records."""
    return frozenset((customer.id, *customer.aliases, *customer.record_ids))


def _shows(shown: _Shown, *names: str) -> bool:
    return ANY in shown or shown.issuperset(names)


def _uncovered(profile: Profile, ties: tuple[Relation, ...], shown: _Shown, masks: _Shown) -> Profile:
    """Return a new profile of what is shown; what is added to `Profile` later is hidden until it is added here."""
    own = customer_ids(profile.customer)
    return Profile(
        customer=_customer(profile.customer, shown, masks),
        as_of=profile.as_of,
        activities=tuple(_fact(fact, own, profile.customer.id, shown) for fact in profile.activities)
        if _shows(shown, "activities")
        else (),
        stage=profile.stage if _shows(shown, "stage") else None,
        stage_since=profile.stage_since if _shows(shown, "stage_since") else None,
        stage_cause=profile.stage_cause if _shows(shown, "stage_cause") else None,
        lapse_cause=profile.lapse_cause if _shows(shown, "lapse_cause") else None,
        roles=profile.roles if _shows(shown, "roles") else (),
        tier=profile.tier if _shows(shown, "tier") else None,
        tier_name=profile.tier_name if _shows(shown, "tier_name") else None,
        measures=tuple((name, number) for name, number in profile.measures if _shows(shown, name)),
        scores=tuple((name, score) for name, score in profile.scores if _shows(shown, "scores", name)),
        tags=tuple(_tag(tag, shown) for tag in profile.tags) if _shows(shown, "tags") else (),
        consents=profile.consents if _shows(shown, "consents") else (),
        contact_roles=tuple(
            _contact_role(one, own, profile.customer.id, shown) for one in profile.contact_roles
        )
        if _shows(shown, "contact_roles")
        else (),
        relations=_relations(profile, own) if _shows(shown, "relations") else ties,
    )


def _customer(customer: Customer, shown: _Shown, masks: _Shown) -> Customer:
    shows_records = _shows(shown, "record_ids")
    return Customer(
        id=customer.id,
        name=customer.name if _shows(shown, "name") else None,
        party=_party(customer.party, shown),
        contact_points=tuple(
            attrs.evolve(
                point, value=point.value if _shows(shown, point.kind) else masked(point.kind, point.value)
            )
            for point in customer.contact_points
            if _shows(shown, point.kind) or point.kind in masks
        ),
        needs=customer.needs if _shows(shown, "needs") else (),
        fields=_fields(customer.fields, shown, masks),
        record_ids=customer.record_ids if shows_records else (),
        aliases=customer.aliases if _shows(shown, "aliases") else (),
        provenance=tuple(
            attrs.evolve(one, record_ids=one.record_ids if shows_records else ())
            for one in customer.provenance
            if _shows(shown, "provenance", one.field)
        ),
    )


def _party(party: Contact | Account, shown: _Shown) -> Contact | Account:
    fields = attrs.fields(type(party))
    return attrs.evolve(party, **{one.name: one.default for one in fields if not _shows(shown, one.name)})


def _fields(fields: Fields, shown: _Shown, masks: _Shown) -> Fields:
    return tuple(
        (name, value if _shows(shown, name) else _masked(name, value))
        for name, value in fields
        if _shows(shown, name) or name in masks
    )


def _masked(name: str, value: FieldValue) -> FieldValue:
    if isinstance(value, tuple):
        return tuple(masked(name, str(one)) for one in value)
    return masked(name, str(value))


def _fact(fact: Activity, own: frozenset[str], customer_id: CustomerId, shown: _Shown) -> Activity:
    def is_shown(name: str) -> bool:
        return _shows(shown, OF_ACTIVITIES + name) or OF_ACTIVITIES + ANY in shown

    money = is_shown("amount_minor")
    return Activity(
        fact.id,
        fact.customer_id if is_shown("customer_id") and fact.customer_id not in own else customer_id,
        fact.kind,
        fact.at,
        amount_minor=fact.amount_minor if money else None,
        currency=fact.currency if money or is_shown("currency") else None,
        channel=fact.channel if is_shown("channel") else None,
        account_id=fact.account_id if is_shown("account_id") else None,
        source=fact.source if is_shown("source") else None,
        sequence=fact.sequence,
        recorded_at=fact.recorded_at if is_shown("recorded_at") else None,
        props=tuple((name, value) for name, value in fact.props if is_shown(name)),
    )


def _tag(tag: Tag, shown: _Shown) -> Tag:
    why = _shows(shown, "tag_reasons")
    return Tag(
        name=tag.name,
        since=tag.since,
        until=tag.until,
        rule=tag.rule if why else "",
        reason=tag.reason if why else "",
        evidence=tag.evidence if _shows(shown, "tag_reasons", "activities") else (),
    )


def _contact_role(
    role: ContactRole, own: frozenset[str], customer_id: CustomerId, shown: _Shown
) -> ContactRole:
    return attrs.evolve(
        role,
        contact_id=customer_id if role.contact_id in own else role.contact_id,
        account_id=customer_id if role.account_id in own else role.account_id,
        job_title=role.job_title if _shows(shown, "job_title") else None,
    )


def _relations(profile: Profile, own: frozenset[str]) -> tuple[Relation, ...]:
    """Return every relation by the customer's present id; one that led from them to themselves is none."""
    present = profile.customer.id
    ends: Mapping[str, str] = dict.fromkeys(own, present)
    return tuple(
        attrs.evolve(one, from_id=ends.get(one.from_id, one.from_id), to_id=ends.get(one.to_id, one.to_id))
        for one in profile.relations
        if not own.issuperset((one.from_id, one.to_id))
    )
