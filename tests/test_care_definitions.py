"""Rules, entry policies, policies and templates: what they refuse, their JSON, what they say."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import care
from crmkit.calendars import Duration, days, local_days, months
from crmkit.care import Cap, Entry, Exempt, Policy, Quiet, Rule, Suppression, Template, check_rules, rolling
from crmkit.conditions import A, F, digest, from_json, to_json
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import Contact, ContactPoint, Customer, Profile

AS_OF = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
DURATIONS = st.sampled_from((days(1), days(90), local_days(3, "Asia/Shanghai"), months(1)))
ENTRIES = st.one_of(
    st.builds(care.once, uses=st.sampled_from(("entered", "planned", "delivered"))),
    st.builds(care.after_exit, DURATIONS),
    st.builds(care.every_rematch, DURATIONS),
    st.builds(care.every, DURATIONS),
    st.builds(
        care.each_anniversary,
        st.just("born_on"),
        leap_day=st.sampled_from(("feb28", "mar1", "leap_years_only")),
    ),
)
RULES = st.builds(
    Rule,
    name=st.sampled_from(("winback", "welcome")),
    when=st.sampled_from(
        (F.stage == "silent", (F.tier >= 3) & (A("purchase").within(days(30)).count() >= 1))
    ),
    channel=st.sampled_from(("email", ("wecom", "email"))),
    template=st.just("hello"),
    purpose=st.sampled_from(("marketing", "service")),
    entry=ENTRIES,
    priority=st.integers(-1, 1),
    expires=st.none() | DURATIONS,
    holdout=st.sampled_from((0, 0.1, 1)),
)
POLICIES = st.builds(
    Policy,
    caps=st.lists(st.sampled_from((Cap(2, rolling(days(7))), Cap(1, care.calendar_day()))), max_size=2),
    quiet=st.none() | st.just(Quiet("21:00", "09:00")),
    min_gap=st.sampled_from((days(0), days(1))),
    exempt=st.just((Exempt(purpose="service", counts=True),)),
    suppressions=st.just((Suppression(name="dnd", when=F.tags.contains("dnd"), purposes=("marketing",)),)),
    default_zone=st.none() | st.just("Asia/Shanghai"),
)


def rule(**changes: object) -> Rule:
    values: dict[str, object] = {
        "name": "winback",
        "when": F.stage == "silent",
        "channel": "email",
        "template": "hello",
        **changes,
    }
    return Rule(**values)  # type: ignore[arg-type]


@given(RULES)
def test_a_rule_survives_json(given_: Rule) -> None:
    """The JSON round trip is identity, and equal rules have equal digests."""
    again = from_json(to_json(given_), Rule)

    assert again == given_
    assert digest(again) == digest(given_)


@given(POLICIES)
def test_a_policy_survives_json(policy: Policy) -> None:
    """The JSON round trip is identity."""
    assert from_json(to_json(policy), Policy) == policy


@pytest.mark.parametrize("gap", [days(0), days(2), local_days(0, "UTC"), months(1)])
def test_gaps_of_every_kind_are_allowed(gap: Duration) -> None:
    """Elapsed, calendar and no time at all, except where a period is needed."""
    assert care.every_rematch(gap).gap == gap
    if gap in (days(0), local_days(0, "UTC")):
        with pytest.raises(InvalidValue, match="needs a period"):
            care.every(gap)
    else:
        assert care.every(gap).kind == "every"


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: rule(name=""), InvalidValue, "needs a name"),
        (lambda: rule(when=F.stage), InvalidValue, "when is a condition"),
        (lambda: rule(when=True), InvalidValue, "when is a condition"),
        (lambda: rule(channel=()), InvalidValue, "one or more channels"),
        (lambda: rule(channel=("email", "email")), InvalidValue, "each once"),
        (lambda: rule(expires=days(0)), InvalidValue, "longer than nothing"),
        (lambda: rule(holdout=1.5), InvalidValue, "from 0 to 1"),
        (lambda: Entry(kind="evry"), UnknownName, "Did you mean 'every'"),
        (lambda: Entry(kind="once", field="born_on"), InvalidValue, "anniversary, and only that"),
        (lambda: care.each_anniversary(""), InvalidValue, "anniversary, and only that"),
        (lambda: care.each_anniversary("born_on", leap_day="feb 28"), UnknownName, "Did you mean 'feb28'"),
        (lambda: care.once(uses="plannd"), UnknownName, "Did you mean 'planned'"),
        (lambda: care.after_exit(days(-1)), InvalidValue, "cannot be negative"),
        (lambda: Policy(min_gap=days(-1)), InvalidValue, "0 or more"),
        (lambda: Policy(default_zone="Asia/Shanghia"), UnknownName, "Asia/Shanghai"),
        (lambda: Policy(consent={"marketing": "needs yes"}), UnknownName, "Did you mean 'needs_yes'"),
        (lambda: Policy(exempt=[Exempt(purpose="servce")]), UnknownName, "Did you mean 'service'"),
        (
            lambda: Policy(exempt=[Exempt(purpose="service"), Exempt(purpose="service", counts=True)]),
            Contradiction,
            "exempt twice",
        ),
        (
            lambda: Policy(caps=[Cap(1, rolling(days(1)), purposes=["markting"])]),
            UnknownName,
            "Did you mean 'marketing'",
        ),
        (
            lambda: Policy(caps=[Cap(1, rolling(days(1)), channels=["emial"])]),
            UnknownName,
            "Did you mean 'email'",
        ),
        (
            lambda: Policy(suppressions=[Suppression(name="x", when=F.tier == 1, purposes=["markting"])]),
            UnknownName,
            "Did you mean 'marketing'",
        ),
        (lambda: check_rules([rule(), rule(priority=2)], Policy()), Contradiction, "two rules are called"),
        (lambda: check_rules([rule(purpose="markting")], Policy()), UnknownName, "Did you mean 'marketing'"),
        (lambda: check_rules([rule(channel="emial")], Policy()), UnknownName, "Did you mean 'email'"),
    ],
)
def test_bad_definitions_are_refused(make: object, error: type[Exception], says: str) -> None:
    """Each message says what to do."""
    assert callable(make)
    with pytest.raises(error, match=says):
        make()


def test_rules_are_ordered_by_priority_then_name() -> None:
    """The larger goes first."""
    rules = [rule(name="b"), rule(name="a"), rule(name="z", priority=9)]

    assert [one.name for one in check_rules(rules, Policy())] == ["z", "a", "b"]


def test_definitions_read_aloud() -> None:
    """A rule and its entry print as people say them."""
    assert str(rule(channel=("wecom", "email"), entry=care.every_rematch(days(90)))) == (
        "winback: when stage is 'silent', 'hello' by wecom or email for marketing, every rematch(90 days)"
    )
    assert str(care.each_anniversary("born_on")) == "each anniversary of born_on"


GUEST = Profile(
    customer=Customer(
        id="c1",
        name="李小明",
        party=Contact(given_name="小明", born_on=dt.date(1990, 2, 28)),
        contact_points=(
            ContactPoint(kind="email", value="a@x.cn"),
            ContactPoint(kind="email", value="b@x.cn"),
        ),
        fields={"生日礼物": "tea", "points": 7},
    ),
    as_of=AS_OF,
    roles=("member", "fan"),
)


def test_a_template_speaks_of_the_customer() -> None:
    """Places are filled in subject and body; names of any language go in braces; $$ is a dollar."""
    template = Template(
        name="hello",
        subject="For $given_name",
        body="$name ${生日礼物} $points $$ $email $born_on ($roles) $language",
        fallbacks={"language": "zh"},
    )
    content = care.render(template, GUEST)

    assert content.subject == "For 小明"
    assert content.body == "李小明 tea 7 $ a@x.cn 1990-02-28 (fan, member) zh"
    assert template.fields == (
        "born_on",
        "email",
        "given_name",
        "language",
        "name",
        "points",
        "roles",
        "生日礼物",
    )
    assert "小明" not in repr(content)


def test_a_field_in_braces_is_not_a_format() -> None:
    """Nothing is evaluated: no attributes, no indexes, no format codes."""
    assert care.render(Template(name="x", body="{name.__class__} %s"), GUEST).body == "{name.__class__} %s"


def test_a_field_nobody_has_is_an_error_with_the_closest_name() -> None:
    """A misspelt place is found before anyone reads it."""
    with pytest.raises(UnknownName, match="Did you mean 'given_name'"):
        care.render(Template(name="hello", body="Dear $givn_name"), GUEST)


def test_a_field_this_customer_lacks_needs_a_fallback() -> None:
    """The message names the field and the customer's id, and nothing personal."""
    with pytest.raises(
        InvalidValue, match="'city', which is not known of 'c1'; give the template a fallback"
    ):
        care.render(Template(name="hello", body="Greetings to $city"), GUEST)
    kind = Template(name="hello", body="$city", fallbacks={"city": ""})
    assert care.render(kind, GUEST).body == ""


@pytest.mark.parametrize("body", ["$ 5", "${name", "100$", "${na me}"])
def test_a_dollar_that_names_nothing_is_refused(body: str) -> None:
    """When the template is made, not when it is sent."""
    with pytest.raises(InvalidValue, match="names no field"):
        Template(name="x", body=body)


def test_a_fallback_for_no_place_is_refused() -> None:
    """It would be a misspelling."""
    with pytest.raises(UnknownName, match="Did you mean 'name'"):
        Template(name="x", body="$name", fallbacks={"nme": "friend"})


def test_a_template_survives_json() -> None:
    """The JSON round trip is identity."""
    template = Template(name="x", body="$name $city", fallbacks={"name": "friend"})

    assert from_json(to_json(template), Template) == template


@pytest.mark.parametrize(
    ("fields", "policy", "zone"),
    [
        ({"zone": "Asia/Shanghai"}, Policy(default_zone="UTC"), "Asia/Shanghai"),
        ({"zone": "Asia/Shanghia"}, Policy(default_zone="UTC"), "UTC"),
        ({"zone": ["nowhere", "Europe/Berlin"]}, Policy(), "Europe/Berlin"),
        ({}, Policy(), None),
        ({"shop_zone": "Asia/Tokyo"}, Policy(zone_fields=["zone", "shop_zone"]), "Asia/Tokyo"),
        ({"zone": "UTC", "shop_zone": "Asia/Tokyo"}, Policy(zone_fields=["zone", "shop_zone"]), "UTC"),
        ({"zone": 7}, Policy(default_zone="UTC"), "UTC"),
    ],
)
def test_where_a_customer_lives(fields: dict[str, object], policy: Policy, zone: str | None) -> None:
    """The fields in their order, then the default, and never a guess."""
    profile = attrs.evolve(GUEST, customer=Customer(id="c1", fields=fields))

    assert care.zone_of(profile, policy) == zone


def test_care_answers_for_its_names_only() -> None:
    """Planning comes on first use; a misspelt name is an AttributeError."""
    assert callable(care.plan)
    assert callable(care.why_not)
    with pytest.raises(AttributeError, match="has no attribute 'pla'"):
        care.pla  # noqa: B018
