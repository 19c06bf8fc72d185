"""The parts of the demo world: names, places, slips, spellings, parties and stories."""

from __future__ import annotations

import datetime as dt
import unicodedata
from itertools import pairwise
from random import Random

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from crmkit.demo import companies, company_names, deals, households, names, noise, places, spellings, stories
from crmkit.demo.diary import WINDOW_DAYS, Diary
from crmkit.demo.drafts import Draft, join_up, spoil
from crmkit.demo.parties import Person, Registrar, draw_person, held, latin
from crmkit.demo.shopping import PRODUCTS, basket

SEEDS = st.integers(0, 200).map(Random)
LATIN = st.text("aAbBoOlm1 5.", min_size=0, max_size=6)
CHINESE = st.text("王李明晓伟玲", min_size=0, max_size=4)
COUNTRIES = ("CN", "GB", "US", "DE", "FR")


# names
def test_the_readings_are_right() -> None:
    """Our pinyin agrees with the dictionary, but for surnames that are read in their own way."""
    pypinyin = pytest.importorskip("pypinyin")
    own = {"曾": "zeng", "覃": "qin", "翟": "zhai", "单": "shan", "解": "xie"}

    for character, reading in names._READING.items():
        assert reading == own.get(character, "".join(pypinyin.lazy_pinyin(character)))


def test_the_traditional_forms_are_right() -> None:
    """Every traditional form leads back to its simplified one."""
    opencc = pytest.importorskip("opencc")
    back = opencc.OpenCC("t2s")

    for simple, form in names._TRADITIONAL.items():
        assert back.convert(chr(form)) == chr(simple)


def test_the_pools_are_large() -> None:
    """Enough names that whole names seldom coincide."""
    assert len(names._READING_OF_FAMILY) >= 100
    assert len(names._FAMILY_EN.items) >= 390
    assert sum(len(one.items) for one in names._GIVEN_EN.values()) >= 300
    assert len(names._READING) - len(names._READING_OF_FAMILY) >= 230


def test_frequent_names_are_frequent() -> None:
    """Wang and Smith are drawn far more often than the last of the pool."""
    rng = Random(1)
    families = [names.draw_family(rng, chinese=True) for _ in range(4000)]

    assert 0.05 < families.count("王") / 4000 < 0.10
    assert families.count("王") > 20 * families.count("司马")


@given(SEEDS)
def test_a_chinese_given_name_can_be_read(rng: Random) -> None:
    """One or two characters, all of them with a reading."""
    given_name = names.draw_given(rng, chinese=True, gender=names.draw_gender(rng))

    assert len(given_name) in (1, 2)
    assert names.pinyin(given_name).isascii()


def test_nicknames_belong_to_names_of_the_pool() -> None:
    """A nickname for a name that nobody has would be dead weight; those without one have none."""
    pool = {*names._GIVEN_EN["female"].items, *names._GIVEN_EN["male"].items}

    assert set(names._NICKNAME) <= pool
    assert names.nicknames("William") == ("Bill", "Will", "Billy")
    assert names.nicknames("Yves") == ()


def test_homophones_sound_alike() -> None:
    """Homophones are other characters with the same reading."""
    assert "玲" not in names.homophones("玲")
    assert {names.pinyin(one) for one in names.homophones("明")} == {"ming"}
    assert names.homophones("x") == ()


def test_a_full_name_is_written_in_its_own_order() -> None:
    """Family name first in Chinese, last elsewhere, with what follows it."""
    chinese = names.PersonName(family="王", given="晓明", gender="male", chinese=True)
    western = names.PersonName(family="Smith", given="John", gender="male", chinese=False, suffix="Jr")

    assert (chinese.full, western.full) == ("王晓明", "John Smith Jr")


# places
@pytest.mark.parametrize("country", COUNTRIES)
def test_mobile_numbers_are_valid_and_unique(country: str) -> None:
    """Numbers are valid in their country, and no serial gives the same one twice."""
    rng = Random(country)
    numbers = [places.draw_mobile(rng, country, serial) for serial in range(400)]

    assert len(set(numbers)) == 400
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(one)) for one in numbers)
    assert {phonenumbers.region_code_for_number(phonenumbers.parse(one)) for one in numbers} == {country}


@given(SEEDS, st.booleans(), st.integers(0, 50_000))
def test_landlines_are_valid_where_they_stand(rng: Random, chinese: bool, serial: int) -> None:
    """A landline belongs to the country and the area code of its address."""
    place = places.draw_place(rng, chinese=chinese)
    number = places.draw_landline(place, serial)

    assert phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert place.area_code in number[:7]


@given(SEEDS, st.booleans(), st.booleans())
def test_an_address_names_street_and_number(rng: Random, chinese: bool, business: bool) -> None:
    """Whatever the country, street, number and unit stand in the written address."""
    place = places.draw_place(rng, chinese=chinese, business=business)

    assert place.street in place.written
    assert str(place.number) in place.written
    assert place.unit in place.written
    assert not set("#@") & set(place.postcode)


# slips
@given(LATIN, SEEDS)
def test_one_slip_is_at_most_two_edits_away(text: str, rng: Random) -> None:
    """A slip stays near (m for rn is two edits); an empty text stays empty."""
    assert DamerauLevenshtein.distance(text, noise.slipped(text, rng)) <= 2
    assert noise.slipped("", rng) == ""


@given(LATIN, SEEDS)
def test_a_transposition_keeps_the_letters(text: str, rng: Random) -> None:
    """The letters stay, and so does the first."""
    swapped = noise.transposed(text, rng)

    assert sorted(swapped) == sorted(text)
    assert swapped[:1] == text[:1]


@given(st.text("abcdef", min_size=3, max_size=8), SEEDS)
def test_dropping_and_doubling_change_the_length_by_one(text: str, rng: Random) -> None:
    """One letter less, one letter more."""
    assert len(noise.dropped(text, rng)) == len(text) - 1
    assert len(noise.doubled(text, rng)) == len(text) + 1
    assert len(noise.mistyped(text, rng)) == len(text)
    assert noise.mistyped(text, rng) != text


@given(CHINESE, SEEDS)
def test_a_wrong_conversion_sounds_the_same(text: str, rng: Random) -> None:
    """The input method picks another character of the same reading."""
    wrong = noise.misconverted(text, rng)

    assert names.pinyin(wrong) == names.pinyin(text)
    assert sum(a != b for a, b in zip(text, wrong, strict=True)) <= 1


def test_wrong_conversions_happen() -> None:
    """A common name has a homophone; one without stays."""
    assert noise.misconverted("明", Random(1)) == "铭"
    assert noise.misconverted("?", Random(1)) == "?"


@given(LATIN)
def test_full_width_is_undone_by_normalising(text: str) -> None:
    """Unicode normalisation reads it back."""
    assert unicodedata.normalize("NFKC", noise.full_width(text)) == text


@given(st.dates(dt.date(1940, 1, 1), dt.date(2010, 1, 1)), SEEDS)
def test_a_wrong_date_is_another_date(day: dt.date, rng: Random) -> None:
    """Day and month change places where that is a date; it is never the same date."""
    wrong = noise.misdated(day, rng)

    assert wrong != day
    if day.day <= 12 and day.day != day.month:
        assert (wrong.day, wrong.month) == (day.month, day.day)


# spellings
@given(SEEDS, st.sampled_from(COUNTRIES), st.integers(0, 5000))
def test_a_phone_form_is_read_back(rng: Random, country: str, serial: int) -> None:
    """Every way to write a number is read as that number, the country being known."""
    number = places.draw_mobile(rng, country, serial)
    written, case = spellings.phone_form(number, rng)
    plain = unicodedata.normalize("NFKC", written)
    parsed = phonenumbers.parse(plain, country)

    assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
    assert (case == "full_width") == (plain != written)


@given(SEEDS, st.booleans(), st.integers(0, 5000))
def test_a_landline_form_is_read_back(rng: Random, chinese: bool, serial: int) -> None:
    """Every way to write a landline is read as that landline."""
    place = places.draw_place(rng, chinese=chinese)
    number = places.draw_landline(place, serial)
    parsed = phonenumbers.parse(spellings.landline_form(number, place.area_code, rng), place.country)

    assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number


@given(SEEDS, st.booleans())
def test_a_name_form_is_of_that_name(rng: Random, chinese: bool) -> None:
    """Every form of a name keeps the family name, in its script, in pinyin or in traditional form."""
    name = names.draw_name(rng, chinese=chinese)
    if chinese:
        full, family, _, case = spellings.chinese_forms(name, rng, latin=30)
        forms = {name.family, names.traditional(name.family), names.pinyin(name.family, surname=True)}
        assert family.lower() in forms
        assert (case == "pinyin") == full.isascii()
        assert family.lower() in full.lower()
    else:
        full, given_name, _ = spellings.western_forms(name, rng)
        assert name.family.lower() in full.lower()
        assert given_name.lower() in full.lower()


@given(SEEDS, st.booleans())
def test_a_company_form_keeps_the_brand(rng: Random, chinese: bool) -> None:
    """But for a slip of one sign the brand stays, in one of its scripts; a part always says which it is."""
    for company in companies.draw_group(rng, Registrar(), chinese=chinese):
        unit = company_names.in_english(company.unit).lower()
        for form in (
            company_names.company_form(company, rng),
            company_names.contact_company_form(company, rng),
        ):
            plain = form.lower()
            spellings_of_brand = (company.brand.lower(), names.traditional(company.brand), company.spelled)
            assert max(fuzz.partial_ratio(brand, plain) for brand in spellings_of_brand) >= 50
            units = (
                company.unit.lower(),
                unit,
                names.traditional(company.unit),
                company.place.reading.lower(),
            )
            assert any(one in plain for one in units)


@given(SEEDS, st.booleans())
def test_what_belongs_to_a_company_is_called_like_it(rng: Random, chinese: bool) -> None:
    """One brand and one domain; a part is of the same trade, has a unit of its own, and the company it is part of."""
    head, *others = companies.draw_group(rng, Registrar(), chinese=chinese)

    for one in others:
        assert (one.brand, one.domain) == (head.brand, head.domain)
        assert (one.parent_id, head.parent_id) in ((head.id, None), (None, one.id))
        assert bool(one.unit) == (one.standing in ("branch", "shop", "department"))
        assert (one.trade == head.trade) == bool(one.unit)
    assert len({(one.trade, one.unit) for one in (head, *others)}) == 1 + len(others)


def test_a_namesake_sits_elsewhere() -> None:
    """Two companies of one name that have nothing to do with each other are in different cities."""
    rng, registrar = Random(5), Registrar()
    model = companies.draw_company(rng, registrar, chinese=True)
    other = companies.draw_company(rng, registrar, chinese=True, namesake=model)

    assert (other.brand, other.trade) == (model.brand, model.trade)
    assert other.place.city != model.place.city
    assert other.domain != model.domain


@given(SEEDS)
def test_an_address_form_keeps_the_number(rng: Random) -> None:
    """However it is abbreviated, the house number stays."""
    for chinese in (True, False):
        place = places.draw_place(rng, chinese=chinese)
        written, _ = spellings.address_form(place, rng)
        assert str(place.number) in unicodedata.normalize("NFKC", written)
        assert spellings.city_form(place, rng).lower().removesuffix("市") in (
            place.city.lower(),
            place.reading.lower(),
        )


# parties
def test_held_gives_the_value_of_the_day() -> None:
    """Before a change the old value, from its day on the new one."""
    history = ((2200, "old"), (100, "new"))

    assert [held(history, days) for days in (3000, 2200, 101, 100, 99, 0)] == ["old"] * 3 + ["new"] * 3


@given(st.lists(st.sampled_from(("a", "a2", "b")), max_size=12))
def test_a_mailbox_is_given_out_once(locals_: list[str]) -> None:
    """Whatever is asked for, in whatever order, no mailbox and no domain is given out twice."""
    registrar = Registrar()
    given_out = [registrar.mailbox(one, "x.example") for one in locals_] + [
        registrar.domain(one) for one in locals_
    ]

    assert len(set(given_out)) == len(given_out)


def test_a_number_given_back_goes_to_the_next() -> None:
    """The number given back first is handed on first, once, in its own country."""
    registrar = Registrar()
    registrar.release("CN", "+861", 1000)
    registrar.release("CN", "+862", 1200)

    assert registrar.recycled("GB") is None
    assert [registrar.recycled("CN") for _ in range(3)] == [("+861", 1000), ("+862", 1200), None]


def test_mailbox_spelling() -> None:
    """Umlauts are spelled out, accents dropped."""
    assert latin("Jürgen Weiß") == "juergenweiss"


@given(SEEDS, st.booleans())
def test_a_household_lives_together(rng: Random, chinese: bool) -> None:
    """Two to four parties, one home, one telephone, no given name twice but a junior's."""
    people = households.draw_household(rng, Registrar(), chinese=chinese)

    assert 2 <= len(people) <= 4
    assert len({one.homes[-1] for one in people}) == len({one.landline for one in people}) == 1
    assert len({one.household_id for one in people}) == 1
    assert len({one.id for one in people}) == len({one.name for one in people}) == len(people)
    twins = [one for one in people if "twins" in one.cases]
    assert len({(one.born_on, one.name.family) for one in twins}) == (1 if twins else 0)


@given(SEEDS, st.booleans())
def test_a_name_can_be_made_distinct(rng: Random, chinese: bool) -> None:
    """Of two people in one home, no given names look or sound the same."""
    one = names.draw_name(rng, chinese=chinese)
    other = households._distinct(rng, one, one)

    assert names.pinyin(other.given) != names.pinyin(one.given)
    assert other.family == one.family


@given(SEEDS)
def test_a_namesake_is_someone_else_in_the_same_city(rng: Random) -> None:
    """Same name, same city, everything else their own."""
    registrar = Registrar()
    one = households.draw_single(rng, registrar, chinese=True)
    other = households.draw_single(rng, registrar, chinese=True, namesake=one)

    assert one.name == other.name
    assert one.homes[0][1].city == other.homes[0][1].city
    assert not {value for _, value in one.phones} & {value for _, value in other.phones}
    assert one.wechat != other.wechat


@given(SEEDS)
def test_a_contact_who_left_has_two_jobs_one_after_the_other(rng: Random) -> None:
    """The old job ends on the day the new one begins."""
    registrar = Registrar()
    first, second = (companies.draw_company(rng, registrar, chinese=True) for _ in range(2))
    person = companies.draw_contacts(rng, registrar, first)[0]
    moved = companies.changed_job(rng, registrar, person, second)
    assume(moved != person)

    assert [job.company_id for job in moved.jobs] == [first.id, second.id]
    assert moved.jobs[0].until_days == moved.jobs[1].since_days < moved.jobs[0].since_days
    assert second.domain in moved.jobs[1].mailbox


def test_a_newcomer_keeps_the_job() -> None:
    """Who began less than four months ago does not change yet."""
    rng, registrar = Random(3), Registrar()
    company = companies.draw_company(rng, registrar, chinese=False)
    person = next(
        person
        for _ in range(300)
        for person in companies.draw_contacts(rng, registrar, company)
        if person.jobs[0].since_days < 120
    )

    assert companies.changed_job(rng, registrar, person, company) is person


# drafts
ANCHORS = st.sets(
    st.sampled_from((("email", "a@x"), ("phone", "+1"), ("phone", "+2"), ("born_on", "b"), ("home", "h"))),
    max_size=3,
)


@given(st.lists(ANCHORS, min_size=1, max_size=4))
def test_drafts_hang_together_after_joining(anchors: list[set[tuple[str, str]]]) -> None:
    """Each draft shares an anchor with one before it, and anchors are only added."""
    drafts = [Draft(party_id="p", kind=None, source="shop", days=1, anchors=set(mine)) for mine in anchors]
    join_up(drafts, ("phone", "+9"))
    known = set(drafts[0].anchors)
    for draft, before in zip(drafts, anchors, strict=True):
        assert draft.anchors & known or len(drafts) == 1
        assert before <= draft.anchors
        known |= draft.anchors


def test_a_second_value_stands_beside_the_first() -> None:
    """A field that is written twice holds both values, and a third."""
    draft = Draft(party_id="p", kind=None, source="shop", days=1)
    for value in ("1", "2", "3"):
        draft.put("phone", value)

    assert draft.fields == {"phone": ("1", "2", "3")}


def test_only_empty_fields_are_spoilt() -> None:
    """What is known stays; a full draft stays as it is."""
    draft = Draft(party_id="p", kind=None, source="shop", days=1, fields=dict.fromkeys(noise.SENTINELS, "x"))
    spoil(draft, Random(1))
    assert draft.cases == set()

    del draft.fields["born_on"]
    spoil(draft, Random(1))
    assert draft.fields["born_on"] in noise.SENTINELS["born_on"]
    assert draft.cases == {"sentinel"}


# stories
def person(joined_days: int) -> Person:
    rng = Random(joined_days)
    home = places.draw_place(rng, chinese=True)
    drawn = draw_person(rng, Registrar(), name=names.draw_name(rng, chinese=True), home=home)
    import attrs

    return attrs.evolve(drawn, joined_days=joined_days)


@given(st.sampled_from((1, 2, 40, 129, 131, 199, 201, 449, 451, 729, 730, 2000)), SEEDS)
def test_every_story_stays_in_the_window(joined_days: int, rng: Random) -> None:
    """No fact before the relation began, before the window, or after as_of."""
    facts = stories.person_facts(person(joined_days), rng)

    assert all(0 <= fact.days < WINDOW_DAYS for fact in facts)
    assert all(fact.days < joined_days + 1 for fact in facts)


@pytest.mark.parametrize("story", [story for _, _, story in stories._STORIES])
def test_a_story_can_be_told_from_its_least_day_on(story: stories.Story) -> None:
    """At the least number of days that a story asks for, it is told without fail."""
    least = next(least for _, least, one in stories._STORIES if one is story)
    for seed in range(60):
        for start in (least, least + 1, 729):
            diary = Diary("party-000001", Random(seed))
            story(diary, start)
            assert all(0 <= fact.days < WINDOW_DAYS for fact in diary.facts)


def test_returning_customers_were_away_for_half_a_year() -> None:
    """Between the last purchase before and the first after, at least 180 days pass."""
    for seed in range(30):
        diary = Diary("party-000001", Random(seed))
        stories._returning(diary, 700)
        days = sorted(fact.days for fact in diary.facts if fact.kind == "purchase")
        assert max(b - a for a, b in pairwise(days)) >= 180


def test_leaving_customers_say_goodbye_with_a_cause() -> None:
    """The last words are a complaint and an end with its cause."""
    for seed in range(30):
        diary = Diary("party-000001", Random(seed))
        stories._leaving(diary, 600)
        ends = [fact for fact in diary.facts if fact.kind == "unfollow"]
        assert [fact.props["cause"] in stories.CAUSES for fact in ends] == [True]
        assert ends[0].days <= min(fact.days for fact in diary.facts if fact.kind == "purchase")


@given(SEEDS, st.booleans())
def test_a_deal_is_told_in_its_order(rng: Random, chinese: bool) -> None:
    """Each step of a sale comes after the one before; without contacts the company talks itself."""
    registrar = Registrar()
    company = companies.draw_company(rng, registrar, chinese=chinese)
    contacts = companies.draw_contacts(rng, registrar, company) if chinese else []
    facts = deals.deal_facts(company, contacts, rng)
    order = ("lead_created", "lead_qualified", "opportunity_opened", "quote_sent", "signed")
    steps = [(order.index(fact.kind), int(fact.days)) for fact in facts if fact.kind in order]

    assert [step for step, _ in steps] == list(range(len(steps)))
    assert [day for _, day in steps] == sorted((day for _, day in steps), reverse=True)
    assert all(0 <= fact.days < WINDOW_DAYS for fact in facts)
    assert {fact.account_id for fact in facts} == ({company.id} if contacts else {None})


@given(SEEDS, st.booleans(), st.booleans())
def test_a_basket_is_never_empty_and_never_sold_at_a_loss(
    rng: Random, at_table: bool, generous: bool
) -> None:
    """Amount above cost above nothing; guests are known only at a table."""
    amount, cost, products, guests = basket(rng, at_table=at_table, generous=generous)

    assert amount > cost > 0
    assert set(products) <= {product.id for product in PRODUCTS}
    assert guests is None or (at_table and 1 <= guests <= 6)
