"""The vocabulary of a business: what its definitions let a condition name."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import InvalidValue, model
from crmkit import segmentation as seg
from crmkit.conditions import A, Condition, F, lint
from crmkit.model import (
    ACTIVITY_FIELDS,
    CUSTOMER_FIELDS,
    FIELDS,
    MEASURES,
    PROFILE_FIELDS,
    Activity,
    Customer,
    CustomField,
    Profile,
    check_fields,
)
from crmkit.playbook import B2B, MEMBERSHIP, RETAIL, Playbook
from crmkit.profiles import Additions, Definitions, fitted, portray, vocabulary
from crmkit.testing import histories, instants
from model_values import CUSTOMERS, PROFILES

PLAYBOOKS = (RETAIL, MEMBERSHIP, B2B)
ADDED = Additions(
    fields=(CustomField(name="shoe_size", type="integer", meaning="European size", least=16, most=52),),
    tags={"do-not-disturb": "asked to be left alone"},
    props=(CustomField(name="campaign", meaning="campaign of a touch"),),
)
WORDS = vocabulary(RETAIL.definitions, ADDED)
VALUES = sorted({"", "nothing", *(choice for field in WORDS.fields for choice in field.choices)})


def _texts(condition: Condition) -> list[str]:
    return [str(finding) for finding in lint(condition, WORDS)]


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.name)
def test_shipped_rules_fit_the_vocabulary_of_their_definitions(playbook: Playbook) -> None:
    """No shipped rule, tag rule, segment or suppression names what its own business does not have."""
    definitions = playbook.definitions
    words = vocabulary(definitions, ADDED)
    asked = [
        *(rule.when for rule in playbook.rules),
        *(suppression.when for suppression in playbook.policy.suppressions),
        *(rule.when for rule in definitions.tag_rules),
        *(segment.when for segment in definitions.segments),
    ]
    found = [str(flaw) for when in asked for flaw in lint(when, words)]
    assert found == []


@given(st.sampled_from(PLAYBOOKS), histories(customers=("c1",)), instants())
def test_what_a_profile_holds_fits_the_vocabulary(
    playbook: Playbook, facts: list[Activity], as_of: dt.datetime
) -> None:
    """Every value that portraying gives is one that the vocabulary lets a condition ask for."""
    definitions = fitted(playbook.definitions, facts, as_of=as_of)
    seen = portray(Customer(id="c1"), facts, definitions, as_of=as_of)
    schema = [
        field for field in vocabulary(definitions).fields if field.name not in {one.name for one in FIELDS}
    ]
    values = {field.name: seen[field.name] for field in schema}
    assert check_fields(values, schema, source="profile")[1] == []


@given(PROFILES)
def test_declared_names_are_those_that_can_be_read(profile: Profile) -> None:
    """A declared field holds several values only where it says so."""
    for field in (*PROFILE_FIELDS, *MEASURES):
        assert field.many or not isinstance(profile[field.name], (tuple, frozenset))


@given(CUSTOMERS)
def test_a_customer_answers_in_the_declared_types(customer: Customer) -> None:
    """Kind and customers are what they are said to be."""
    schema = list(CUSTOMER_FIELDS)
    assert check_fields({one.name: customer[one.name] for one in schema}, schema, source="customer")[1] == []


@given(st.sampled_from([field for field in WORDS.fields if field.choices]), st.sampled_from(VALUES))
def test_a_value_is_found_if_and_only_if_it_is_not_declared(field: CustomField, value: str) -> None:
    """Lint refuses exactly the values that the field does not have."""
    condition = F[field.name].contains(value) if field.many else F[field.name] == value
    assert bool(lint(condition, WORDS)) is (value not in field.choices)


def test_every_name_is_declared_once_with_a_meaning() -> None:
    """One name for one thing: no two declarations share a name, and each says what it means."""
    for declared in (
        (*PROFILE_FIELDS, *MEASURES, *CUSTOMER_FIELDS, *FIELDS),
        (*ACTIVITY_FIELDS, *model.PROPS),
    ):
        names = [field.name for field in declared]
        assert len(names) == len(set(names))
        assert all(field.meaning for field in declared)
    own = {attribute.name for attribute in attrs.fields(Activity)}
    assert {field.name for field in ACTIVITY_FIELDS} == own - {"customer_id", "props"}


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (F.stage == "silnet", "'silnet' is no value of 'stage'. Did you mean 'silent'?"),
        (F.tier_name == "glod", "'glod' is no value of 'tier_name'. Did you mean 'gold'?"),
        (F.tier == 9, "9 is no value of 'tier', which goes from 1 to 5"),
        (F.tier > 9, "9 is no value of 'tier', which goes from 1 to 5"),
        (F.tier.is_in((1, 6)), "6 is no value of 'tier', which goes from 1 to 5"),
        (F.shoe_size > 60, "60 is no value of 'shoe_size', which goes from 16 to 52"),
        (F.roles.contains("buier"), "'buier' is no value of 'roles'. Did you mean 'buyer'?"),
        (
            F.tags.contains("do-not-distrub"),
            "'do-not-distrub' is no value of 'tags'. Did you mean 'do-not-disturb'?",
        ),
        (
            F.lapse_cause == "competitors",
            "'competitors' is no value of 'lapse_cause'. Did you mean 'competitor'?",
        ),
        (F.kind == "persn", "'persn' is no value of 'kind'. Did you mean 'person'?"),
        (F.recency_day > 3, "no field is called 'recency_day'. Did you mean 'recency_days'?"),
        (A("purchse").count() >= 1, "no kind of activity is called 'purchse'. Did you mean 'purchase'?"),
        (
            A("complaint").where(F.topc == "delivery").count() >= 1,
            "no field or prop of an activity is called 'topc'. Did you mean 'topic'?",
        ),
        (
            A().where(F.kind == "purchse").count() >= 1,
            "'purchse' is no value of 'kind'. Did you mean 'purchase'?",
        ),
        (
            A("purchase").sum("cost_mnor") >= 1,
            "no field or prop of an activity is called 'cost_mnor'. Did you mean 'cost_minor'?",
        ),
        (
            A("purchase").sum("order_id") >= 1,
            "only whole numbers have a sum, and 'order_id' is a text: use .count() or .distinct()",
        ),
    ],
)
def test_what_is_misspelt_is_found_with_the_closest_name(condition: Condition, reason: str) -> None:
    """Stages, tiers, tags, fields, props and kinds alike."""
    assert _texts(condition) == [reason]


@pytest.mark.parametrize(
    "condition",
    [
        (F.stage == "silent") & (F.tier >= 1) & (F.tier <= 5) & F.tags.contains("do-not-disturb"),
        (F.shoe_size < 52) & (F.stage_since < dt.datetime(2024, 1, 1, tzinfo=dt.UTC)),
        A("purchase").where(F.amount_minor >= 100, channel="store").sum() >= 100,
        A("purchase").distinct("product_id") >= 2,
    ],
)
def test_what_fits_raises_no_finding(condition: Condition) -> None:
    """Declared names with declared values."""
    assert _texts(condition) == []


def test_props_that_are_not_declared_may_have_any_name() -> None:
    """Without props only an activity's own fields are held to their types."""
    words = vocabulary(RETAIL.definitions)
    assert lint(A("use").where(F.shop == "north").count() >= 1, words) == ()
    [finding] = lint(A("use").where(F.amount_minor == "much").count() >= 1, words)
    assert finding.kind == "misfit"


def test_a_name_is_declared_once() -> None:
    """A host's field cannot take the name of one there is, nor a prop that of an activity's own field."""
    with pytest.raises(InvalidValue, match="'stage' stands twice"):
        vocabulary(
            RETAIL.definitions, Additions(fields=[CustomField(name="stage", meaning="on which they play")])
        )
    with pytest.raises(InvalidValue, match="'channel' is a field of every activity"):
        vocabulary(
            RETAIL.definitions, Additions(props=[CustomField(name="channel", meaning="of television")])
        )


def test_a_business_without_tags_leaves_tags_open() -> None:
    """Where no tag is declared, none is refused."""
    plain = Definitions(lifecycle=RETAIL.definitions.lifecycle, tiers=seg.TIERS)
    assert lint(F.tags.contains("anything"), vocabulary(plain)) == ()
