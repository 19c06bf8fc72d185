"""Twenty conditions asked of many customers at once, their columns ready (bar l4).

    python benchmarks/conditions_bulk.py
    python benchmarks/conditions_bulk.py --customers 10_000_000      (gigabytes)

The conditions are what rules ask: stages, tiers, tags, ages in elapsed days,
calendar months and local days, shares, lists, sets, unknowns.  One field in
twenty is unknown.  Beside it, the same twenty written by hand in polars, with
calendar ages in polars' own months; and, not counted in the bar, four terms
over five activities a customer.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from beside import Contestant, Watch, arguments, bar, race, show

VERSIONS = ("crmkit", "numpy", "polars")
AS_OF = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
STAGES = ("potential", "responder", "new", "mature", "silent", "churned")
TAGS = ("vip", "loyal", "do-not-disturb", "b2b", "new")
CITIES = ("Shanghai", "Berlin", "Paris", "New York")
TAG_SETS = tuple(frozenset(tag for place, tag in enumerate(TAGS) if many >> place & 1) for many in range(32))
DAY = 86_400_000_000
FACTS = 5
NOW = int(AS_OF.timestamp()) * 1_000_000
LAST_THREE_YEARS = ("instant", NOW - 3 * 365 * DAY, NOW)
NUMBERS = {
    "tier": ("number", 1, 6),
    "frequency": ("number", 0, 40),
    "monetary_minor": ("number", 0, 100_000_000),
    "recency_days": ("number", 0, 1_000),
    "stage_since": LAST_THREE_YEARS,
    "contract_end": ("instant", NOW - 580 * DAY, NOW + 580 * DAY),
    "born_on": ("date", 0, 18_000),
}
TEXTS = {"stage": STAGES, "city": CITIES}


def drawn(customers: int, seed: int) -> tuple[dict[str, tuple[Any, Any]], dict[str, Any], Any]:
    """Return numbers and where they are known, codes of texts, and codes of sets of tags."""
    rng = np.random.default_rng(seed)
    numbers = {
        name: (rng.integers(low, high, customers), rng.random(customers) >= 0.05)
        for name, (_, low, high) in NUMBERS.items()
    }
    texts = {
        name: np.where(rng.random(customers) < 0.05, -1, rng.integers(0, len(values), customers))
        for name, values in TEXTS.items()
    }
    return numbers, texts, rng.integers(0, len(TAG_SETS), customers)


def conditions() -> list[Any]:
    from crmkit.conditions import F, days, local_days, months, years

    return [
        (F.stage == "silent") & (F.tier >= 3) & ~F.tags.contains("do-not-disturb"),
        (F.stage == "new") & (F.frequency >= 2) & (F.monetary_minor >= 10_000),
        F.stage.is_in(["silent", "churned"]) & (F.recency_days > 180) & (F.tier >= 4),
        (F.stage_since.age() >= days(30)) & (F.stage == "responder"),
        (F.stage_since.age() >= months(6, "Asia/Shanghai")) & (F.stage == "mature"),
        (F.contract_end.until() < months(2, "Europe/Berlin")) & (F.contract_end.until() >= days(0)),
        (F.born_on.age() >= years(18)) & ~F.tags.contains("b2b"),
        (F.monetary_minor // F.frequency >= 50_000) | (F.tier == 5),
        (F.frequency * 30 > F.recency_days) & F.stage.is_known(),
        F.tags.contains("vip") | F.tags.contains("loyal"),
        ~(F.city == "Berlin") & F.tier.between(2, 4),
        (F.city == "Shanghai") & (F.recency_days <= 30) & (F.frequency > 5),
        F.tier.is_unknown() | F.stage.is_unknown(),
        (F.monetary_minor >= 1_000_000) & (F.frequency >= 10) & (F.recency_days <= 90) & (F.tier >= 4),
        (F.stage == "potential") & F.city.is_in(["Paris", "Berlin"]),
        (F.contract_end.age() >= local_days(30, "Europe/Berlin")) & (F.stage == "churned"),
        (F.tier != 3) & (F.stage != "mature") & ~F.tags.contains("new"),
        (F.recency_days > 365) | ((F.recency_days > 180) & (F.tier <= 2)),
        (F.tags == frozenset({"vip"})) | (F.tags == frozenset({"vip", "loyal"})),
        F.tier.is_in([1, 3, 5]) & (F.frequency < 3),
    ]


def by_columns(watch: Watch, *, customers: int, seed: int) -> dict[str, Any]:
    from crmkit.conditions import bulk
    from crmkit.conditions.columns import Numbers, ProfileColumns
    from crmkit.model.columns import Coded

    numbers, texts, tags = drawn(customers, seed)
    fields = {
        **{
            name: Numbers(sort=NUMBERS[name][0], values=values, known=known)
            for name, (values, known) in numbers.items()
        },
        **{name: Coded(codes=codes, values=TEXTS[name]) for name, codes in texts.items()},
        "tags": Coded(codes=tags, values=TAG_SETS),
    }
    columns = ProfileColumns(fields=fields, size=customers, as_of=AS_OF)
    asked = conditions()
    with watch.step("ask"):
        true = [int(bulk.matches(one, columns).sum()) for one in asked]
    return {"true": true}


def by_hand(watch: Watch, *, customers: int, seed: int) -> dict[str, Any]:
    import polars as pl

    numbers, texts, tags = drawn(customers, seed)
    types = {"number": pl.Int64(), "instant": pl.Datetime("us", "UTC"), "date": pl.Date()}
    frame = pl.DataFrame({name: values for name, (values, _) in numbers.items()} | texts).with_columns(
        *(
            pl.when(pl.Series(known))
            .then(pl.col(name))
            .cast(pl.Int32 if kind == "date" else pl.Int64)
            .cast(types[kind])
            for name, (_, known) in numbers.items()
            for kind in (NUMBERS[name][0],)
        ),
        *(
            pl.col(name).replace_strict(dict(enumerate(values)) | {-1: None}, return_dtype=pl.String)
            for name, values in TEXTS.items()
        ),
        *(pl.Series(tag, (tags >> place) & 1 == 1) for place, tag in enumerate(TAGS)),
    )
    asked = written()
    with watch.step("ask"):
        true = [int(frame.select(one.sum()).item()) for one in asked]
    return {"true": true}


def written() -> list[Any]:
    import polars as pl

    def col(name: str) -> Any:
        return pl.col(name)

    stage, tier, city = col("stage"), col("tier"), col("city")
    often, money, recency = col("frequency"), col("monetary_minor"), col("recency_days")
    since, end, day = col("stage_since"), col("contract_end"), dt.timedelta(days=1)
    zoned = end.dt.convert_time_zone("Europe/Berlin")
    return [
        (stage == "silent") & (tier >= 3) & ~col("do-not-disturb"),
        (stage == "new") & (often >= 2) & (money >= 10_000),
        stage.is_in(["silent", "churned"]) & (recency > 180) & (tier >= 4),
        (since <= AS_OF - 30 * day) & (stage == "responder"),
        (since.dt.convert_time_zone("Asia/Shanghai").dt.offset_by("6mo").dt.convert_time_zone("UTC") <= AS_OF)
        & (stage == "mature"),
        (end < AS_OF + 59 * day) & (end >= AS_OF),
        (col("born_on").dt.offset_by("18y") <= AS_OF.date()) & ~col("b2b"),
        (money // often >= 50_000) | (tier == 5),
        (often * 30 > recency) & stage.is_not_null(),
        col("vip") | col("loyal"),
        ~(city == "Berlin") & tier.is_between(2, 4),
        (city == "Shanghai") & (recency <= 30) & (often > 5),
        tier.is_null() | stage.is_null(),
        (money >= 1_000_000) & (often >= 10) & (recency <= 90) & (tier >= 4),
        (stage == "potential") & city.is_in(["Paris", "Berlin"]),
        (zoned.dt.offset_by("30d").dt.convert_time_zone("UTC") <= AS_OF) & (stage == "churned"),
        (tier != 3) & (stage != "mature") & ~col("new"),
        (recency > 365) | ((recency > 180) & (tier <= 2)),
        col("vip") & ~col("do-not-disturb") & ~col("b2b") & ~col("new"),
        tier.is_in([1, 3, 5]) & (often < 3),
    ]


def by_activities(watch: Watch, *, customers: int, seed: int) -> dict[str, Any]:
    from crmkit.conditions import A, F, bulk, days, months
    from crmkit.conditions.columns import ProfileColumns
    from crmkit.model import ActivityColumns

    rng = np.random.default_rng(seed)
    size = customers * FACTS
    at = NOW - np.sort(rng.integers(0, 3 * 365 * 86_400, (customers, FACTS)))[:, ::-1].ravel() * 1_000_000
    amount = rng.integers(100, 100_000, size)
    columns = ProfileColumns(
        fields={},
        size=customers,
        as_of=AS_OF,
        place=np.arange(customers),
        activities=ActivityColumns(
            customer=np.repeat(np.arange(customers), FACTS),
            kind=rng.integers(0, 2, size),
            at=at,
            amount_minor=amount,
            currency=np.broadcast_to(np.int64(0), size),
            channel=rng.integers(-1, 2, size),
            account=np.broadcast_to(np.int64(-1), size),
            id=np.broadcast_to(np.array(None, np.object_), size),
            customers=tuple(map(str, range(customers))),
            kinds=("page_view", "purchase"),
            currencies=("CNY",),
            channels=("store", "web"),
        ),
    )
    purchase = A("purchase")
    asked = [
        purchase.within(days(365)).count() >= 2,
        purchase.where(F.channel == "web").sum() >= 50_000,
        purchase.age() > months(6),
        A().within(days(90)).distinct("channel") >= 2,
    ]
    with watch.step("ask"):
        true = [int(bulk.matches(one, columns).sum()) for one in asked]
    return {"true": true}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    told = {"customers": given.customers, "seed": given.seed}
    fields, facts = "l4 twenty conditions", f"four over {given.customers * FACTS:,} activities"
    contestants = [
        Contestant(what=what, who=who, call=f"conditions_bulk:{call}", given=told)
        for what, who, call in (
            (fields, "crmkit", "by_columns"),
            (fields, "polars, by hand", "by_hand"),
            (facts, "crmkit", "by_activities"),
        )
    ]
    ours, theirs, _ = runs = race(contestants, repeats=given.repeats)
    show(runs, repeats=given.repeats)
    if not theirs.failed:
        same = sum(one == other for one, other in zip(ours.said["true"], theirs.said["true"], strict=True))
        print(f"polars counts the same customers for {same} of {len(ours.said['true'])} conditions")
        bar("l4 times as fast as polars by hand", theirs.seconds / ours.seconds, least=1)
    print(f"{given.customers * len(ours.said['true']) / ours.seconds / 1e6:,.0f} million verdicts a second")
    if given.customers >= 10_000_000:
        bar("l4 seconds", ours.seconds, most=10)


if __name__ == "__main__":
    main()
