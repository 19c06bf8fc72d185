"""The demo world: the same everywhere, true to its promises, hard but fair."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit import lifecycle, segmentation
from crmkit.demo import AS_OF, World, make_world
from crmkit.errors import InvalidValue
from crmkit.model import FIELD_NAMES, KINDS, Activity, CustomerId, Record, RecordId, digest

WINDOW = dt.timedelta(days=730)
EMPTY = {("membership", "potential"), ("membership", "responder")}  # of those who have a contract
CASES = {
    "branch", "changed_job", "changed_phone", "company", "contact", "department", "feathered_name",
    "full_width", "holding", "household", "initial", "junior", "middle_initial", "moved", "namesake",
    "nickname", "parent_and_child", "pinyin", "recycled_phone", "same_name_elsewhere", "sentinel",
    "shared_landline", "shared_mailbox", "shop", "subsidiary", "traditional", "twins", "typo",
}  # fmt: skip


@cache
def world() -> World:
    return make_world()


@cache
def records_of() -> dict[str, list[Record]]:
    found = defaultdict(list)
    for record in world().records:
        found[world().truth[record.id]].append(record)
    return dict(found)


@cache
def record_by_id() -> dict[str, Record]:
    return {record.id: record for record in world().records}


def tail_of(phone: str) -> str:
    """The last eight digits, whatever the form."""
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))[-8:]


def telling(record: Record) -> set[tuple[str, str]]:
    """What a careful reader compares: contact points, and name with birthday or home."""
    name = "".join(one for one in record.texts("name")[0].lower() if one.isalpha())
    place = re.sub(r"\D+", "-", unicodedata.normalize("NFKC", "".join(record.texts("address")))).strip("-")
    return {
        *(("phone", tail_of(one)) for one in record.texts("phone")),
        *(("email", one.lower()) for one in record.texts("email")),
        *(("wechat", one) for one in record.texts("wechat")),
        *(("born_on", one) for one in record.texts("born_on") if name),
        *({("place", place)} if place else set()),
    }


def grouped(records: Sequence[Record]) -> int:
    """Return into how many groups records fall when any shared telling value joins two."""
    groups: list[set[tuple[str, str]]] = []
    for record in records:
        mine = telling(record)
        touching = [group for group in groups if group & mine]
        groups = [group for group in groups if not group & mine] + [mine.union(*touching)]
    return len(groups)


@settings(max_examples=15)
@given(st.integers(0, 3), st.integers(1, 60))
def test_same_arguments_same_world(seed: int, customers: int) -> None:
    """The same seed and size give the same world, with exactly so many customers."""
    one, other = (make_world(seed=seed, customers=customers) for _ in range(2))

    assert one == other
    assert len(set(one.truth.values())) == customers
    assert set(one.truth) == {record.id for record in one.records}


def test_another_seed_is_another_world() -> None:
    """The seed matters."""
    assert make_world(seed=1, customers=20).records != make_world(seed=2, customers=20).records


def test_the_world_does_not_depend_on_hash_seed_or_version() -> None:
    """Two processes with different hash seeds, and every Python version, make the very same world.

    The pinned digest changes only when the generator is changed on purpose.
    """
    code = (
        "from crmkit.demo import make_world; from crmkit.model import digest; "
        "print(digest(make_world(customers=300)))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert seen == {digest(make_world(customers=300))}
    assert seen == {"5b7d6cab708b4450"}


def test_another_instant_only_shifts_time() -> None:
    """as_of moves every time in the world and nothing else."""
    later = make_world(customers=40, as_of=AS_OF + dt.timedelta(days=10))
    usual = make_world(customers=40)

    assert [one.at - dt.timedelta(days=10) for one in later.activities] == [
        one.at for one in usual.activities
    ]
    assert [one.fields for one in later.records] == [one.fields for one in usual.records]


def test_importing_the_demo_loads_nothing_heavy() -> None:
    """Neither numpy, networkx nor a dataframe library comes with it."""
    code = "import sys, crmkit.demo, crmkit.report; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not any(
        f"'{name}'" in loaded for name in ("numpy", "networkx", "pandas", "polars", "altair", "pyarrow")
    )


def test_the_arguments_are_checked() -> None:
    """A world needs a customer and an aware instant."""
    with pytest.raises(InvalidValue, match="at least 1 customer"):
        make_world(customers=0)
    with pytest.raises(InvalidValue, match="time zone"):
        make_world(customers=1, as_of=dt.datetime(2026, 1, 1))


def test_the_promised_numbers() -> None:
    """5,000 customers, half Chinese, one in twenty a company, one to four records each, four sources."""
    parties = records_of()
    companies = [of for of in parties.values() if of[0].kind == "organisation"]
    chinese = {
        world().truth[one.id]
        for one in world().records
        if one["country"] == "CN" or "CN" in str(one["language"])
    }

    assert len(parties) == 5000
    assert {len(of) for of in parties.values()} == {1, 2, 3, 4}
    assert 10_000 <= len(world().records) <= 12_500
    assert len(world().activities) >= 50_000
    assert 240 <= len(companies) <= 270
    assert 2300 <= len(chinese) <= 2510
    assert {one.source for one in world().records} == {"shop", "lead-form", "wecom", "store-card"}
    assert min(Counter(one.source for one in world().records).values()) > 1500


def test_every_id_leads_somewhere() -> None:
    """Activities, roles and relations name records; ids are unique; fields and kinds are standard ones."""
    known = set(record_by_id())
    ends = {
        *(one.customer_id for one in world().activities),
        *(one.account_id for one in world().activities if one.account_id),
        *(one.contact_id for one in world().contact_roles),
        *(one.account_id for one in world().contact_roles),
        *(one.to_id for one in world().relations),
        *(one.from_id for one in world().relations if one.kind != "serves"),
        *(str(one["referee"]) for one in world().activities if one.kind == "referral"),
        *(one for ids in world().hard_cases.values() for one in ids),
    }

    assert ends <= known
    assert len({one.id for one in world().activities}) == len(world().activities)
    assert len(known) == len(world().records)
    assert {one.kind for one in world().activities} <= set(KINDS)
    assert {name for one in world().records for name, _ in one.fields} <= FIELD_NAMES


def test_no_activity_lies_outside_the_two_years() -> None:
    """Every fact lies in the two years up to as_of, in order; no record is written after it."""
    times = [one.at for one in world().activities]

    assert times == sorted(times)
    assert times[0] > AS_OF - WINDOW
    assert times[-1] <= AS_OF
    assert times[-1] - times[0] > WINDOW * 0.98
    assert all(one.recorded_at is not None and one.recorded_at <= AS_OF for one in world().records)


def test_facts_follow_from_facts() -> None:
    """Refunds, cases and complaints name something that happened before to the same customer."""
    truth = world().truth
    opened: set[tuple[str, object]] = set()
    bought: dict[tuple[str, object], int] = {}
    for fact in world().activities:
        party = truth[fact.customer_id]  # type: ignore[index]
        if fact.kind == "purchase":
            assert fact.amount_minor
            assert fact["order_id"]
            assert isinstance(fact["cost_minor"], int)
            assert 0 < fact["cost_minor"] < fact.amount_minor
            bought[party, fact["order_id"]] = fact.amount_minor
        elif fact.kind == "refund":
            assert 0 < (fact.amount_minor or 0) <= bought[party, fact["order_id"]]
        elif fact.kind == "case_opened":
            opened.add((party, fact["case_id"]))
        elif fact.kind == "case_closed":
            assert (party, fact["case_id"]) in opened
        elif fact.kind == "renewal":
            assert fact["contract_id"]
    assert len({order for _, order in bought}) == len(bought)


def test_activity_of_one_customer_is_spread_over_their_records() -> None:
    """Most customers with several records have facts on more than one of them."""
    used = defaultdict(set)
    for fact in world().activities:
        used[world().truth[fact.customer_id]].add(fact.customer_id)  # type: ignore[index]
    several = [len(used[party]) for party, of in records_of().items() if len(of) > 1 and len(used[party])]

    assert sum(one > 1 for one in several) > len(several) * 0.5


def test_every_kind_of_hard_case_occurs() -> None:
    """Each case is there often enough to measure, and none beyond those documented."""
    assert set(world().hard_cases) == CASES
    assert min(len(ids) for ids in world().hard_cases.values()) >= 15


def test_twins_share_all_but_the_given_name() -> None:
    """There are different parties of one birthday and one family name."""
    births = defaultdict(set)
    for record_id in world().hard_cases["twins"]:
        record = record_by_id()[record_id]
        if record["born_on"] and record["family_name"]:
            births[record["born_on"], str(record["family_name"])].add(world().truth[record.id])

    assert sum(len(parties) == 2 for parties in births.values()) >= 3


def test_households_and_front_desks_share_a_telephone() -> None:
    """Numbers and mailboxes of different parties coincide, for people at home and at work."""
    owners = defaultdict(set)
    for record in world().records:
        for value in (*map(tail_of, record.texts("phone")), *record.texts("email")):
            owners[value].add(world().truth[record.id])

    assert sum(len(parties) > 1 for value, parties in owners.items() if value.isdigit()) > 150
    assert sum(len(parties) > 1 for value, parties in owners.items() if value.startswith("info@")) > 40


def test_recycled_phones_belong_to_two_people_years_apart() -> None:
    """A number that changed hands was last written down by its old owner a year or more before."""
    handed_on = 0
    changed = set(world().hard_cases["changed_phone"])
    owners = defaultdict(list)
    shared = {*world().hard_cases["shared_landline"], *world().hard_cases["sentinel"]}
    for record in world().records:
        for phone in record.texts("phone") if record.id not in shared else ():
            owners[tail_of(phone)].append(record)
    for record_id in set(world().hard_cases["recycled_phone"]) - shared:
        record = record_by_id()[record_id]
        for other in (other for phone in record.texts("phone") for other in owners[tail_of(phone)]):
            if world().truth[other.id] != world().truth[record.id] and other.id in changed:
                assert other.recorded_at is not None
                assert record.recorded_at is not None
                assert record.recorded_at - other.recorded_at > dt.timedelta(days=365)
                handed_on += 1
    assert handed_on > 50


def test_junior_shares_the_name_with_a_parent() -> None:
    """Father and son of one name live in one household and are two parties."""
    juniors = {world().truth[record_by_id()[one].id] for one in world().hard_cases["junior"]}
    names = {party: {str(one["name"]) for one in records_of()[party]} for party in juniors}

    assert len(juniors) >= 10
    assert all(any("jr" in name.lower() for name in of) for of in names.values())


def test_branches_and_parents_are_parties_of_their_own() -> None:
    """Every part of a company and every subsidiary has a relation to another party."""
    kin = [one for one in world().relations if one.kind in ("branch_of", "parent_of")]
    truth = world().truth

    assert {one.kind for one in kin} == {"branch_of", "parent_of"}
    assert all(truth[one.from_id] != truth[one.to_id] for one in kin)  # type: ignore[index]
    parts = {
        truth[record_id]
        for case in ("branch", "shop", "department")
        for record_id in world().hard_cases[case]
    }
    assert parts == {truth[one.from_id] for one in kin if one.kind == "branch_of"}  # type: ignore[index]


def test_a_careful_reader_could_join_every_customer() -> None:
    """The records of one party hang together by what they say, for all but a few in a thousand."""
    torn = [party for party, of in records_of().items() if grouped(of) > 1]

    assert len(torn) <= 15


def test_a_careful_reader_could_tell_strangers_apart() -> None:
    """No two parties share name and a contact point, but for what is shared by right."""
    seen = defaultdict(set)
    for record in world().records:
        for kind, value in telling(record):
            if kind in ("phone", "email", "wechat"):
                seen[str(record["name"]).lower(), value].add(world().truth[record.id])

    assert sum(len(parties) > 1 for parties in seen.values()) <= 3


def test_sales_differ_and_people_come_and_go() -> None:
    """Some never buy, some once, some often; some are silent, some leave with a cause, some return."""
    bought = defaultdict(list)
    for fact in world().activities:
        if fact.kind == "purchase":
            bought[world().truth[fact.customer_id]].append(fact.at)  # type: ignore[index]
    counts = Counter(min(len(of), 20) for of in bought.values())
    silent = [of for of in bought.values() if AS_OF - max(of) > dt.timedelta(days=180)]
    back = [of for of in bought.values() if any(b - a > dt.timedelta(days=180) for a, b in pairwise(of))]
    causes = {str(one["cause"]) for one in world().activities if one["cause"]}

    assert 1000 < 5000 - len(bought) < 3000
    assert counts[1] > 400
    assert counts[20] > 200
    assert len(silent) > 500
    assert len(back) > 100
    assert causes == {"competitor", "value_not_found", "other"}


def test_every_stage_and_tier_is_populated() -> None:
    """Shop, club and company lifecycles find customers in each of their stages, and every tier has some."""
    histories = defaultdict(list)
    accounts = defaultdict(list)
    for fact in world().activities:
        party = CustomerId(world().truth[RecordId(fact.customer_id)])
        histories[party].append(attrs.evolve(fact, customer_id=party))
        if fact.account_id:
            accounts[fact.account_id].append(fact)
    bought = [of for of in histories.values() if any(fact.kind == "purchase" for fact in of)]
    clubs = [of for of in histories.values() if any(fact.kind == "contract_start" for fact in of)]

    def least(machine: lifecycle.Lifecycle, told: Iterable[Sequence[Activity]]) -> int:
        found = Counter(lifecycle.stage_at(machine, of, as_of=AS_OF) for of in told)
        assert sum(found.values()) > 0
        return min(found[stage] for stage, _ in machine.meanings if (machine.name, stage) not in EMPTY)

    measures = [segmentation.summarize(of, as_of=AS_OF)[0] for of in bought]
    tiers = Counter(segmentation.tier_of(measures, segmentation.fit_scale(measures, bins=5)))
    assert least(lifecycle.RETAIL, histories.values()) >= 300
    assert least(lifecycle.B2B, accounts.values()) >= 10
    assert least(lifecycle.MEMBERSHIP, clubs) >= 5
    assert set(tiers) == {1, 2, 3, 4, 5}
    assert min(tiers.values()) > 200


def test_businesses_come_to_every_end() -> None:
    """Sales to companies stop at every step, and the facts carry the account."""
    of_account = [one for one in world().activities if one.account_id]
    kinds = Counter(one.kind for one in of_account)

    assert (
        kinds["lead_created"] >= kinds["lead_qualified"] > kinds["opportunity_opened"] > kinds["quote_sent"]
    )
    assert kinds["quote_sent"] > kinds["signed"] > 50
    assert kinds["contract_end"] > 5
    assert {one.account_id for one in of_account} <= {one.account_id for one in world().contact_roles}


def test_consent_is_given_and_taken_back() -> None:
    """Both words of consent occur, and there are deliveries of what was sent."""
    kinds = Counter(one.kind for one in world().activities)

    assert kinds["consent_granted"] > 2000
    assert kinds["consent_withdrawn"] > 50
    assert kinds["send"] > kinds["delivered"] > kinds["opened"] > kinds["clicked"] > 20
    assert kinds["unsubscribed"] > 20


def test_the_world_shows_itself_without_personal_data() -> None:
    """repr and the notebook table hold counts only."""
    small = make_world(customers=5)

    assert repr(small).startswith("World(5 customers in ")
    assert small._repr_html_().startswith("<table><caption>World(5 customers")
    assert not any(str(one["name"]) in repr(small) + small._repr_html_() for one in small.records)
