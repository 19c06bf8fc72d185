"""The world: a small CRM base with its truth, the same for the same seed everywhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Final, final

import attrs

from crmkit.demo.companies import changed_job, draw_contacts, draw_group
from crmkit.demo.deals import deal_facts
from crmkit.demo.diary import Fact
from crmkit.demo.households import draw_household, draw_single
from crmkit.demo.names import chance, pick
from crmkit.demo.parties import Company, Party, Person, Registrar
from crmkit.demo.records import file_drafts, write_down
from crmkit.demo.shopping import CURRENCY, PRODUCTS
from crmkit.demo.stories import person_facts
from crmkit.demo.ties import contact_roles, draw_referrals, referral_facts, relations
from crmkit.display import html_table
from crmkit.errors import InvalidValue
from crmkit.model import (
    Activity,
    ActivityId,
    ContactRole,
    CustomerId,
    Product,
    Record,
    RecordId,
    Relation,
    instant,
)

AS_OF: Final = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
# the source whose record is used on a channel, where the customer has one
_SOURCE_OF: Final = {
    "store": "store-card",
    "web": "shop",
    "email": "shop",
    "mini-program": "wecom",
    "wecom": "wecom",
    "call": "lead-form",
    "event": "lead-form",
}


@final
@attrs.frozen(kw_only=True, repr=False)
class World:
    """A small CRM base, and what is true of it.

    Attributes:
        as_of: The instant up to which it tells; nothing in it is later.
        records: What the four sources wrote down, by id.
        activities: What happened in the two years up to as_of, in time order;
            each carries the id of one of the customer's records.
        contact_roles: Who works where, by the first record of either.
        relations: Households, branches, subsidiaries, referrals, reps.
        products: What is sold.
        truth: Record id -> id of the party it is truly about.
        hard_cases: Case -> ids of the records that are part of it, sorted.
    """

    as_of: dt.datetime
    records: tuple[Record, ...]
    activities: tuple[Activity, ...]
    contact_roles: tuple[ContactRole, ...]
    relations: tuple[Relation, ...]
    products: tuple[Product, ...]
    truth: Mapping[RecordId, str]
    hard_cases: Mapping[str, tuple[RecordId, ...]]

    def __repr__(self) -> str:
        return (
            f"World({len(set(self.truth.values())):,} customers in {len(self.records):,} records, "
            f"{len(self.activities):,} activities up to {self.as_of:%Y-%m-%d})"
        )

    def _repr_html_(self) -> str:
        rows = [(case.replace("_", " "), len(ids)) for case, ids in sorted(self.hard_cases.items())]
        return html_table(("hard case", "records"), rows, caption=repr(self))


def make_world(
    *, seed: int = 7, customers: int = 5000, company_percent: int = 5, as_of: dt.datetime = AS_OF
) -> World:
    """Return a world of so many true *customers*, half of them Chinese, one in twenty a company.

    More companies than about one in four there cannot be: people buy for them.

    Everything in it follows from the arguments: the same ones give the same
    world on every machine, Python version and hash seed.

    Raises:
        InvalidValue: If *customers* is less than 1, or *as_of* carries no time zone.
    """
    if customers < 1:
        raise InvalidValue(f"a world has at least 1 customer, got {customers}")
    until = instant(as_of)
    companies, people = _populate(customers, company_percent, Random(f"{seed}/parties"))
    return _told(companies, people, until, seed)


def _told(companies: list[Company], people: list[Person], as_of: dt.datetime, seed: int) -> World:
    by_id = {company.id: company for company in companies}
    writer = Random(f"{seed}/records")
    parties: list[Party] = [*companies, *people]
    drafts = [draft for party in parties for draft in write_down(party, by_id, writer)]
    filed = file_drafts(drafts, as_of)
    ties = Random(f"{seed}/ties")
    referrals = draw_referrals(people, ties)
    facts = _facts(companies, people, referrals, Random(f"{seed}/stories"))
    facts += referral_facts(referrals, {person.id: person for person in people}, filed.of_party)
    return World(
        as_of=as_of,
        records=tuple(sorted(filed.records, key=lambda record: record.id)),
        activities=_activities(facts, filed.of_party, as_of),
        contact_roles=contact_roles(people, filed.of_party, as_of),
        relations=relations(people, companies, referrals, filed.of_party, ties),
        products=PRODUCTS,
        truth=filed.truth,
        hard_cases={case: tuple(sorted(ids)) for case, ids in sorted(filed.of_case.items())},
    )


def _populate(customers: int, company_percent: int, rng: Random) -> tuple[list[Company], list[Person]]:
    """Return the companies and the people of the world, *customers* in all."""
    registrar = Registrar()
    companies: list[Company] = []
    people: list[Person] = []
    lead = 0  # Chinese parties less Western ones
    while (left := customers - len(companies) - len(people)) > 0:
        chinese = lead < 0 or (lead == 0 and chance(rng, 50))
        if 100 * len(companies) < company_percent * (len(companies) + len(people)):
            drawn = _draw_firm(rng, registrar, companies, chinese=chinese)
        else:
            drawn = _draw_home(rng, registrar, people, chinese=chinese)
        for party in drawn[:left]:
            lead += 1 if chinese else -1
            if isinstance(party, Company):
                companies.append(party)
            else:
                people.append(party)
    return companies, _change_jobs(companies, people, rng, registrar)


def _draw_firm(
    rng: Random, registrar: Registrar, companies: Sequence[Company], *, chinese: bool
) -> list[Company | Person]:
    """Return a company, what belongs to it or owns it, and the people who buy for them."""
    group = draw_group(rng, registrar, chinese=chinese, others=companies)
    contacts = [person for company in group for person in draw_contacts(rng, registrar, company)]
    return [*group, *contacts]


def _draw_home(
    rng: Random, registrar: Registrar, people: Sequence[Person], *, chinese: bool
) -> list[Company | Person]:
    """Return those who live at one new address; now and then someone has the name of someone else."""
    if chance(rng, 14):
        return [*draw_household(rng, registrar, chinese=chinese)]
    model = pick(people, rng) if people and chance(rng, 2) else None
    if model is not None and model.name.chinese == chinese:
        return [draw_single(rng, registrar, chinese=chinese, namesake=model)]
    return [draw_single(rng, registrar, chinese=chinese)]


def _change_jobs(
    companies: Sequence[Company], people: Iterable[Person], rng: Random, registrar: Registrar
) -> list[Person]:
    """Return *people*; some contacts went to work for another company of their country."""
    return [
        changed_job(rng, registrar, person, pick(companies, rng))
        if person.jobs and chance(rng, 40)
        else person
        for person in people
    ]


def _facts(
    companies: Iterable[Company], people: Iterable[Person], referrals: Mapping[str, str], rng: Random
) -> list[Fact]:
    """Return what happened to everyone: deals to companies, stories of their own to people."""
    contacts: dict[str, list[Person]] = {}
    facts: list[Fact] = []
    for person in people:
        if len(person.jobs) == 1:
            contacts.setdefault(person.jobs[0].company_id, []).append(person)
        if len(person.jobs) != 1 or chance(rng, 25):
            facts += person_facts(person, rng, referred=person.id in referrals)
    for company in companies:
        facts += deal_facts(company, contacts.get(company.id, ()), rng)
    return facts


def _activities(
    facts: Sequence[Fact], of_party: Mapping[str, Sequence[RecordId]], as_of: dt.datetime
) -> tuple[Activity, ...]:
    """Return *facts* as activities in time order, spread over the records of each party."""
    timed = sorted((-int(fact.days * 86_400), place) for place, fact in enumerate(facts))
    return tuple(
        _activity(number, facts[place], as_of + dt.timedelta(seconds=seconds), of_party)
        for number, (seconds, place) in enumerate(timed, start=1)
    )


def _activity(
    number: int, fact: Fact, at: dt.datetime, of_party: Mapping[str, Sequence[RecordId]]
) -> Activity:
    record_id = _record_on(fact.channel, of_party[fact.party_id], number)
    return Activity(
        ActivityId(f"act-{number:07d}"),
        CustomerId(record_id),
        fact.kind,
        at,
        amount_minor=fact.amount_minor,
        currency=None if fact.amount_minor is None else CURRENCY,
        channel=fact.channel,
        account_id=None if fact.account_id is None else CustomerId(of_party[fact.account_id][0]),
        source=record_id.rpartition("-")[0],
        props=fact.props,
    )


def _record_on(channel: str, record_ids: Sequence[RecordId], number: int) -> RecordId:
    """Return the record that a fact on *channel* carries: one of the channel's source, else any in turn."""
    source = _SOURCE_OF.get(channel, "")
    fitting = [one for one in record_ids if source and one.startswith(source)] or record_ids
    return fitting[number % len(fitting)]
