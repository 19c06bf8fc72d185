"""Visibility: never more than is granted, however one looks."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import InvalidValue, UnknownName
from crmkit.model import (
    Account,
    Activity,
    ActivityId,
    Consent,
    Contact,
    ContactPoint,
    ContactRole,
    Customer,
    CustomField,
    Profile,
    Provenance,
    RecordId,
    Relation,
    Tag,
    from_json,
    to_json,
)
from crmkit.playbook import RETAIL
from crmkit.profiles import Additions, Grant, Viewer, Visibility, strange_names, visible, vocabulary
from crmkit.profiles.masking import DOTS, masked
from crmkit.profiles.visibility import ALL, ANY, MASKABLE, REACHES, SHOWN_BESIDE_FIELDS
from model_values import PROFILES

AT = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)


def _secret(name: str) -> str:
    """Return a value that says which name it stands under, and nothing else does."""
    return f"«{name}»"


PARTS = (
    "name", "given_name", "family_name", "gender", "language", "job_title", "wechat", "device", "address",
    "born_on", "needs", "city", "custom", "stage", "stage_cause", "lapse_cause", "roles", "tier_name", "tags",
    "tag_reasons", "consents", "contact_roles", "relations", "record_ids", "aliases", "activities",
    "activities.channel", "activities.account_id", "activities.source", "activities.order_id",
    "activities.customer_id", "email", "phone",
)  # fmt: skip
"""Names that can be granted, each with a secret of its own in `SEEN`."""

NEEDS = {
    **{name: {name, "activities"} for name in PARTS if name.startswith("activities.")},
    "tag_reasons": {"tags", "tag_reasons"},
}
"""What must be granted for a secret to be seen, where it is more than its own name."""

VALUES = {
    "born_on": "1977-03-04",
    "email": "secret.mailbox@post.example",
    "phone": "+8613800138000",
}


def _points() -> list[ContactPoint]:
    kinds = ("wechat", "device", "address")
    return [
        *(ContactPoint(kind=kind, value=_secret(kind)) for kind in kinds),
        *(ContactPoint(kind=kind, value=value) for kind, value in VALUES.items() if kind in MASKABLE),
    ]


CUSTOMER = Customer(
    id="c1",
    name=_secret("name"),
    party=Contact(
        given_name=_secret("given_name"),
        family_name=_secret("family_name"),
        born_on=dt.date.fromisoformat(VALUES["born_on"]),
        gender=_secret("gender"),
        language=_secret("language"),
        job_title=_secret("job_title"),
    ),
    contact_points=tuple(_points()),
    needs=(_secret("needs"),),
    fields={
        "city": _secret("city"),
        "custom": _secret("custom"),
        "phone": VALUES["phone"],
        "email": [VALUES["email"]],
    },
    record_ids=[_secret("record_ids")],
    aliases=[_secret("aliases")],
    provenance=tuple(
        Provenance(field=name, value=value, record_ids=(RecordId(_secret("record_ids")),), rule="latest")
        for name, value in (
            *((name, _secret(name)) for name in ("name", "city", "custom", "given_name")),
            ("email", VALUES["email"]),
        )
    ),
)
SEEN = Profile(
    customer=CUSTOMER,
    as_of=AT,
    activities=(
        Activity(
            _secret("id of an activity"),
            _secret("aliases"),
            "purchase",
            AT,
            channel=_secret("activities.channel"),
            account_id=_secret("activities.account_id"),
            source=_secret("activities.source"),
            props={"order_id": _secret("activities.order_id")},
        ),
        Activity("a2", _secret("activities.customer_id"), _secret("activities"), AT, currency="XTS"),
    ),
    stage=_secret("stage"),
    stage_since=AT,
    stage_cause=_secret("stage_cause"),
    lapse_cause=_secret("lapse_cause"),
    roles=(_secret("roles"),),
    tier=3,
    tier_name=_secret("tier_name"),
    measures=(("frequency", 31337), ("recency_days", 31338)),
    scores=(("frequency", 41337),),
    tags=(
        Tag(
            name=_secret("tags"),
            since=AT,
            rule=_secret("tag_reasons"),
            reason=_secret("tag_reasons"),
            evidence=(ActivityId(_secret("id of an activity")),),
        ),
    ),
    consents=(Consent(purpose=_secret("consents"), granted=True, at=AT),),
    contact_roles=(
        ContactRole(
            contact_id=_secret("record_ids"),
            account_id=_secret("contact_roles"),
            job_title=_secret("job_title"),
        ),
    ),
    relations=(
        Relation(kind="friend", from_id=_secret("aliases"), to_id=_secret("relations")),
        Relation(kind="friend", from_id=_secret("aliases"), to_id="c1"),
        Relation(kind="owns", from_id="e1", to_id=_secret("aliases")),
        Relation(kind="serves", from_id=_secret("relations"), to_id="c1", until=AT),
    ),
)

ROLES = ("sales", "service")
NAMES = st.lists(
    st.sampled_from(
        (*PARTS, "activities.*", "activities.currency", "frequency", "scores", "provenance", ANY)
    ),
    max_size=5,
)
GRANTS = st.builds(
    Grant,
    to=st.sampled_from((*ROLES, ANY)),
    over=st.sampled_from(REACHES),
    shows=NAMES,
    masks=st.lists(st.sampled_from(MASKABLE), max_size=2),
)
POLICIES = st.builds(Visibility, grants=st.lists(GRANTS, max_size=4))
VIEWERS = st.builds(
    Viewer,
    id=st.sampled_from(("e1", "e2", "e3", "c1", "c2")),
    roles=st.lists(st.sampled_from(ROLES), max_size=2),
    team=st.lists(st.sampled_from(("e1", "e2", "c1")), max_size=2),
)


def test_the_profile_that_is_looked_at_leaves_nothing_empty() -> None:
    """What is added to a profile or a customer must be given a secret above, and is hidden until it is granted."""
    for value in (SEEN, SEEN.customer, SEEN.customer.party):
        for one in attrs.fields(type(value)):
            assert getattr(value, one.name) not in (None, (), ""), one.name


def _reaching(viewer: Viewer, policy: Visibility) -> list[Grant]:
    """Return the grants that reach a customer of employee e1, worked out anew."""
    whose = {
        ALL,
        *({"own"} if viewer.id == "e1" else ()),
        *({"team"} if "e1" in (viewer.id, *viewer.team) else ()),
    }
    return [
        one for one in policy.grants if one.over in whose and (ANY in one.to or {*one.to} & {*viewer.roles})
    ]


def _told(profile: Profile, viewer: Viewer, policy: Visibility) -> str:
    """Return everything that a view says by any way of looking at it."""
    view = visible(profile, viewer, policy)
    inside = (
        ""
        if view.profile is None
        else "".join(
            (
                to_json(view.profile),
                str(view.profile),
                view.profile._repr_html_(),
                view.profile.customer._repr_html_(),
            )
        )
    )
    return "".join((repr(view), str(view), view._repr_html_(), inside)).replace("&lt;", "<")


@given(VIEWERS, POLICIES)
def test_a_view_shows_what_is_granted_and_nothing_more(viewer: Viewer, policy: Visibility) -> None:
    """Each secret is seen if and only if a grant that reaches the customer shows it, in any form of the view."""
    grants = _reaching(viewer, policy)
    shown = {name for grant in grants for name in grant.shows}
    masks = {name for grant in grants for name in grant.masks}
    if "activities.*" in shown:
        shown |= {"activities.currency", *(name for name in PARTS if name.startswith("activities."))}
    told = _told(SEEN, viewer, policy)
    for name in PARTS:
        wanted = ANY in shown or NEEDS.get(name, {name}) <= shown
        assert (VALUES.get(name, _secret(name)) in told) is wanted, name
    for name, value in VALUES.items():
        partly = name in masks and not {name, ANY} & shown
        assert (masked(name, value) in told) is partly
    assert (_secret("id of an activity") in told) is not {"activities", ANY}.isdisjoint(shown)
    for number, needs in (
        ("31337", {"frequency"}),
        ("31338", {"recency_days"}),
        ("41337", {"frequency", "scores"}),
        ("XTS", {"activities", "activities.currency"}),
    ):
        assert (number in told) is (ANY in shown or needs <= shown)


@pytest.mark.parametrize("hidden", PARTS)
def test_one_name_that_is_not_granted_stays_hidden_though_all_others_are_shown(hidden: str) -> None:
    """A value does not come out by its provenance, its tag's evidence, a fact or a tie that is shown."""
    others = [name for name in (*PARTS, "scores", "provenance", "frequency") if name != hidden]
    told = _told(SEEN, Viewer(id="e1"), Visibility(grants=[Grant(to=ANY, shows=others)]))
    assert VALUES.get(hidden, _secret(hidden)) not in told
    assert (_secret("id of an activity") in told) is (hidden != "activities")
    for name in others:
        if name in PARTS:
            assert (VALUES.get(name, _secret(name)) in told) is (hidden not in NEEDS.get(name, {name}))


@given(VIEWERS, POLICIES, st.lists(GRANTS, max_size=2), VIEWERS)
def test_more_grants_never_show_less(
    viewer: Viewer, policy: Visibility, more: list[Grant], other: Viewer
) -> None:
    """What is seen grows with the grants, with the roles and with the team."""
    wider = Visibility(grants=(*policy.grants, *more))
    broader = attrs.evolve(viewer, roles=(*viewer.roles, *other.roles), team=(*viewer.team, *other.team))
    told = _told(SEEN, viewer, policy)
    told_more = _told(SEEN, broader, wider)
    for name in PARTS:
        secret = VALUES.get(name, _secret(name))
        assert secret not in told or secret in told_more


@given(st.just(SEEN) | PROFILES, VIEWERS, POLICIES)
def test_looking_at_a_view_changes_nothing(profile: Profile, viewer: Viewer, policy: Visibility) -> None:
    """A view seen by the same eyes is the same view."""
    view = visible(profile, viewer, policy)
    if view.profile is not None:
        assert visible(view.profile, viewer, policy) == view


@given(st.just(SEEN) | PROFILES, VIEWERS, POLICIES)
def test_the_order_of_grants_does_not_matter(profile: Profile, viewer: Viewer, policy: Visibility) -> None:
    """Grants add up; said twice or backwards they say the same."""
    again = Visibility(grants=(*reversed(policy.grants), *policy.grants))
    assert visible(profile, viewer, again) == visible(profile, viewer, policy)


def _without_others(profile: Profile) -> Profile:
    return attrs.evolve(profile, relations=(), contact_roles=(), activities=())


@given(PROFILES)
def test_whoever_may_see_everything_sees_everything(profile: Profile) -> None:
    """Only former ids are told by the present one, and a tie from a customer to themselves is none."""
    boss = Visibility(grants=[Grant(to=ANY, over=ALL, shows=ANY)])
    seen = visible(profile, Viewer(id="boss"), boss).profile
    assert seen is not None
    assert _without_others(seen) == _without_others(profile)
    assert [fact.id for fact in seen.activities] == [fact.id for fact in profile.activities]


ADDED = Additions(
    fields=[CustomField(name="custom", meaning="one of ours")],
    props=[CustomField(name="machine", meaning="where it was")],
)


def _strange(*shown: str, added: Additions | None = None) -> list[str]:
    policy = Visibility(grants=[Grant(to="sales", over="team", shows=shown)])
    return [str(one) for one in strange_names(policy, vocabulary(RETAIL.definitions, added))]


def test_whatever_can_be_shown_is_known_by_its_name() -> None:
    """A name that shows something of a profile is never called strange."""
    assert {"custom"} == {name for name in PARTS if _strange(name)}
    assert (
        _strange(*PARTS, *SHOWN_BESIDE_FIELDS, ANY, "activities.*", "activities.amount_minor", added=ADDED)
        == []
    )


@given(st.sampled_from((*PARTS, "frequency", "provenance", "activities.*")), st.integers(0, 20))
def test_a_strange_name_shows_nothing(name: str, place: int) -> None:
    """And the closest name is offered, with whose grant it stands in."""
    misspelt = name[:place] + "q" + name[place:]
    [problem] = _strange(misspelt, added=ADDED)
    assert problem.startswith(f"grant to sales over team, {misspelt}: nothing that can be shown is called")
    if len(name) > 4:
        assert "Did you mean" in problem

    hollow, empty = (
        visible(SEEN, Viewer(id="e1"), Visibility(grants=[Grant(to=ANY, shows=("activities", *shown))]))
        for shown in ((misspelt,), ())
    )
    assert hollow == empty


def test_props_of_activities_may_have_any_name_until_they_are_declared() -> None:
    assert _strange("activities.machien") == []
    [problem] = _strange("activities.machien", "activities.machine", added=ADDED)
    assert "Did you mean 'activities.machine'?" in problem


@given(POLICIES, VIEWERS)
def test_a_policy_is_data(policy: Visibility, viewer: Viewer) -> None:
    """Written and read, it is the same."""
    assert from_json(to_json(policy), Visibility) == policy
    assert from_json(to_json(viewer), Viewer) == viewer


@given(PROFILES, VIEWERS)
def test_nothing_is_granted_unless_it_is_said(profile: Profile, viewer: Viewer) -> None:
    """The reason names the customer, the roles and what to ask for."""
    view = visible(profile, viewer, Visibility())
    assert view.profile is None
    assert view.reason.startswith(f"nothing of {profile.customer.id!r} may be seen: no grant to ")
    assert "ask for a grant over" in view.reason
    assert str(view) == view.reason


@given(
    st.sampled_from(MASKABLE),
    st.text(st.sampled_from("a.@•1234567890+ 王"))
    | st.sampled_from(("ann@x.example", "+8613800138000", "•••@x")),
)
def test_masking_again_changes_nothing(field: str, text: str) -> None:
    """What is masked stays as it is, and shows at most a letter before the last @, or four digits."""
    once = masked(field, text)
    assert masked(field, once) == once
    assert DOTS in once
    if field == "email":
        assert len(once.rpartition("@")[0].replace(DOTS, "")) <= 1


@pytest.mark.parametrize(
    ("viewer", "owner", "reach"),
    [
        (Viewer(id="e1", roles="sales"), "e1", "own"),
        (Viewer(id="e2", roles="sales", team="e1"), "e1", "team"),
        (Viewer(id="e2", roles="sales"), None, "pool"),
        (Viewer(id="e2", roles="sales"), "e1", "all"),
    ],
)
@pytest.mark.parametrize("over", REACHES)
def test_a_grant_reaches_its_own_customers(viewer: Viewer, owner: str | None, reach: str, over: str) -> None:
    """One's own customers are also the team's, and everybody's are all."""
    ties = () if owner is None else (Relation(kind="owns", from_id=owner, to_id="c1"),)
    profile = Profile(customer=Customer(id="c1"), as_of=AT, stage="new", relations=ties)
    view = visible(profile, viewer, Visibility(grants=[Grant(to="sales", over=over, shows="stage")]))
    assert (view.profile is not None) is (over in {reach, "all", *(("team",) if reach == "own" else ())})


def test_a_former_owner_sees_no_more() -> None:
    """What counts is who owns the customer at the instant of the profile; nobody's is the pool's."""
    left = Relation(kind="owns", from_id="e1", to_id="c1", until=AT)
    profile = Profile(customer=Customer(id="c1", party=Account(ceo="x")), as_of=AT, relations=(left,))
    policy = Visibility(grants=[Grant(to="sales", over="own", shows=ANY)])
    view = visible(profile, Viewer(id="e1", roles="sales"), policy)
    assert view.reason == (
        "nothing of 'c1' may be seen: no grant to sales reaches a customer of the pool; "
        "ask for a grant over pool or all"
    )


def test_the_kind_of_a_party_is_always_told() -> None:
    """An organisation whose fields are all hidden is still one."""
    profile = Profile(customer=Customer(id="c1", party=Account(ceo="x", size=7)), as_of=AT)
    seen = visible(
        profile, Viewer(id="e"), Visibility(grants=[Grant(to=ANY, over="pool", shows="size")])
    ).profile
    assert seen is not None
    assert seen.customer.party == Account(size=7)


def test_a_grant_that_cannot_be_is_refused() -> None:
    """No such reach, and nothing is masked that has no masked form."""
    with pytest.raises(UnknownName, match="Did you mean 'team'"):
        Grant(to=ANY, over="teams")
    with pytest.raises(InvalidValue, match="'name' cannot be masked, only email, phone"):
        Grant(to=ANY, masks="name")
