"""Golden records: every value has survived by a rule, and it is known who said it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.dedup import EMAIL, PHONE, Block, Comparison, Policy, Survivorship, golden, prepare
from crmkit.dedup.survivorship import RULES
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Account, Contact, Record, RecordId

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RECORDS = st.lists(
    st.builds(
        lambda number, source, fields, day: Record(
            f"r{number}", source, fields, recorded_at=None if day is None else DAY + dt.timedelta(days=day)
        ),
        st.integers(0, 9),
        st.sampled_from(("shop", "web")),
        st.fixed_dictionaries(
            {
                "email": st.sampled_from((None, "ana@x.pt", "ANA@x.pt ", "bo@x.pt", "test@test.com")),
                "name": st.sampled_from((None, "Ana Lopez", "ana lopez", "A. Lopez", "n/a")),
                "city": st.sampled_from((None, "York", "Leeds")),
                "shoe": st.sampled_from((None, 42, 43)),
                "needs": st.sampled_from((None, "tea", ("tea", "cups"))),
            }
        ),
        st.one_of(st.none(), st.integers(0, 2)),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda record: record.id,
)


def record(
    number: int, source: str = "shop", *, day: int | None = 0, kind: str | None = None, **fields: object
) -> Record:
    at = None if day is None else DAY + dt.timedelta(days=day)
    return Record(f"r{number}", source, fields, kind=kind, recorded_at=at)


REACHED = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from(
                (None, "Ana@x.pt", "info@x.pt", "a.long+t@x.pt; b@x.pt", "noreply@x.pt")
            ),
            "phone": st.sampled_from(
                (
                    None,
                    "13812345678",
                    "020 7946 0018",
                    "+44 20 7946 0018",
                    "12",
                    ("13812345678", "13912345678"),
                )
            ),
            "country": st.sampled_from((None, "GB", "gb", "CN", "England", "??")),
        }
    ),
    min_size=1,
    max_size=4,
)


@given(REACHED, st.sampled_from((None, 1)))
def test_what_was_read_already_is_what_golden_would_read(
    rows: list[dict[str, object]], hub_limit: int | None
) -> None:
    """Keys that preparing has read, under each record's own country, change nothing, hubs or not."""
    policy = Policy(
        comparisons=(
            Comparison("email", EMAIL, hub_limit=hub_limit),
            Comparison("phone", PHONE, hub_limit=hub_limit),
        ),
        blocking=(Block("email"),),
        country="country",
    )
    records = [Record(f"r{number}", "shop", fields) for number, fields in enumerate(rows)]

    assert golden(records, read=prepare(records, policy).keys()) == golden(records)


@given(RECORDS, st.permutations(range(5)))
def test_the_order_of_records_does_not_matter(records: list[Record], order: list[int]) -> None:
    """The same records make the same golden record."""
    assert golden([records[place] for place in order if place < len(records)]) == golden(records)


@given(RECORDS)
def test_nothing_is_made_up_and_every_value_has_its_sources(records: list[Record]) -> None:
    """What survives was said, normalised or not, by exactly the records that are named."""
    customer = golden(records)
    by_id = {one.id: one for one in records}

    assert customer.record_ids == tuple(sorted(by_id))
    assert str(customer.id) == min(by_id)
    for kept in customer.provenance:
        said = {text.strip().lower() for key in kept.record_ids for text in by_id[key].texts(kept.field)}
        assert str(kept.value).strip().lower() in said
        assert kept.rule in RULES
        assert customer[kept.field] is not None
    assert [kept.field for kept in customer.provenance] == sorted(kept.field for kept in customer.provenance)


@given(RECORDS)
def test_a_record_said_twice_adds_nothing(records: list[Record]) -> None:
    """One record alone survives as itself."""
    one = records[0]
    customer = golden([one])

    assert customer["city"] == one["city"]
    assert customer["shoe"] == one["shoe"]


def test_values_that_normalise_to_the_same_are_one() -> None:
    """An address in capitals, a number with and without its country."""
    customer = golden(
        [
            record(1, email="ANA@x.pt ", phone="138 1234 5678"),
            record(2, email=("ana@x.pt", "b@x.pt"), phone="+8613812345678"),
        ]
    )

    assert customer["email"] == ("ana@x.pt", "b@x.pt")
    assert customer["phone"] == ("+8613812345678",)
    assert customer.provenance[0].record_ids == (RecordId("r1"), RecordId("r2"))


def test_numbers_are_read_where_the_record_is() -> None:
    """In its country, else in the region of the rules."""
    customer = golden(
        [record(1, phone="020 7946 0018", country="GB"), record(2, phone="020 7946 0018")],
        Survivorship(region="GB"),
    )

    assert customer["phone"] == ("+442079460018",)


RULED = [
    record(1, "shop", day=2, city="York"),
    record(2, "web", day=5, city="Bath"),
    record(3, "web", day=1, city="Leominster", city_verified=True),
    record(4, "card", day=None, city="York"),
]


@pytest.mark.parametrize(
    ("rule", "city"),
    [
        ("most_frequent", "York"),
        ("most_recent", "Bath"),
        ("earliest", "Leominster"),
        ("most_trusted", "York"),
        ("longest", "Leominster"),
        ("verified_first", "Leominster"),
        ("all", ("Leominster", "York", "Bath")),
    ],
)
def test_rules_choose_what_they_say(rule: str, city: object) -> None:
    """And those who say so are named, with the rule."""
    customer = golden(RULED, Survivorship(rules=(("city", rule),), trusted=("card", "web")))

    if rule != "earliest":
        assert customer["city"] == city
    assert {kept.rule for kept in customer.provenance if kept.field == "city"} == {rule}
    assert customer["city_verified"] is None


def test_the_earliest_word_is_the_first_with_a_date_or_the_undated() -> None:
    """A record without a date counts as older than any."""
    rule = Survivorship(rules=(("source_channel", "earliest"),))

    assert (
        golden([record(1, day=3, source_channel="web"), record(2, day=1, source_channel="ads")], rule)[
            "source_channel"
        ]
        == "ads"
    )
    assert (
        golden([record(1, day=None, source_channel="web"), record(2, day=1, source_channel="ads")])[
            "source_channel"
        ]
        == "web"
    )


def test_a_person_is_a_contact() -> None:
    """Everything stands where the model has it, the rest among the fields."""
    customer = golden(
        [
            record(1, name="Ana Lopez", given_name="Ana", family_name="Lopez", born_on="1980-05-06", gender="female",
                   language="pt", job_title="buyer", company="Acme", needs="tea", address="1 Main St", wechat="o1",
                   device="d1", email="ana@x.pt", email_verified=True, shoe=42),
            record(2, name="A. Lopez", needs=("tea", "cups")),
        ],
        customer_id="c9",
    )  # fmt: skip

    assert customer.id == "c9"
    assert customer.name == "Ana Lopez"
    assert customer.party == Contact(
        given_name="Ana",
        family_name="Lopez",
        born_on=dt.date(1980, 5, 6),
        gender="female",
        language="pt",
        job_title="buyer",
    )
    assert [(point.kind, point.value, point.verified) for point in customer.contact_points] == [
        ("address", "1 Main St", False),
        ("device", "d1", False),
        ("email", "ana@x.pt", True),
        ("wechat", "o1", False),
    ]
    assert customer.needs == ("tea", "cups")
    assert customer.fields == (("company", "Acme"), ("shoe", 42))


def test_an_organisation_is_an_account() -> None:
    """Its company is its name; what belongs to persons stays among the fields."""
    records = [
        record(
            1,
            kind="organisation",
            company="Acme Ltd",
            size=12,
            industry="tea",
            ceo="Zoe Ford",
            legal_status="Ltd",
        ),
        record(
            2, kind="organisation", company="ACME", name="reception", size="30", day=1, gender="none of this"
        ),
    ]
    customer = golden(records)

    assert customer.name == "Acme Ltd"
    assert customer.party == Account(size=30, industry="tea", ceo="Zoe Ford", legal_status="Ltd")
    assert customer["company"] == "Acme Ltd"
    assert customer["gender"] == "none of this"
    assert golden([record(1, kind="organisation", name="Acme")]).name == "Acme"
    assert golden([record(1, kind="organisation", name="Acme", size="many")]).party == Account()


def test_dates_of_birth_are_dates_or_unknown() -> None:
    """Whatever they were written as; a date that no calendar has is none."""
    for value, born_on in (
        (dt.date(1980, 5, 6), dt.date(1980, 5, 6)),
        (dt.datetime(1980, 5, 6, tzinfo=dt.UTC), dt.date(1980, 5, 6)),
        ("06.05.1980", dt.date(1980, 5, 6)),
        ("1980-45-99", None),
    ):
        party = golden([record(1, born_on=value)]).party
        assert isinstance(party, Contact)
        assert party.born_on == born_on


def test_placeholders_do_not_survive() -> None:
    """A record that says nothing makes a customer without a name."""
    customer = golden([record(1, name="n/a", email="test@test.com", born_on="1970-01-01", city="无")])

    assert customer.name is None
    assert customer.contact_points == ()
    assert customer.provenance == ()


def test_wrong_rules_and_no_records_are_refused() -> None:
    """With the closest rule."""
    with pytest.raises(UnknownName, match="most_recent"):
        Survivorship(otherwise="most_recnt")
    with pytest.raises(UnknownName):
        Survivorship(rules=(("city", "newest"),))
    with pytest.raises(InvalidValue):
        golden([])


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"given_name": "Ana", "family_name": "Sousa"}, "Ana Sousa"),
        ({"given_name": "小明", "family_name": "王"}, "王小明"),
        ({"family_name": "Sousa"}, "Sousa"),
        ({"name": "A. Sousa", "given_name": "Ana", "family_name": "Sousa"}, "A. Sousa"),
        ({"company": "Solo GmbH"}, "Solo GmbH"),
        ({"email": "a@x.example"}, None),
    ],
)
def test_a_customer_is_called_by_what_is_known(fields: dict[str, str], name: str | None) -> None:
    """The name that is told, else its parts, family first in Chinese, else the company; else nobody knows."""
    assert golden([Record(RecordId("r1"), "s", fields)]).name == name
