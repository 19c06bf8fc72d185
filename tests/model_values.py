"""Strategies for every value of the model, drawn from small pools so that ties and collisions happen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from hypothesis import strategies as st

from crmkit import model

EAST = dt.timezone(dt.timedelta(hours=8))
WEST = dt.timezone(dt.timedelta(hours=-3, minutes=-30))
AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

SECRET = "Zhàn-8613800138000"
"""A personal value that must show up in no repr, problem or error."""

TEXTS = st.sampled_from(("a", "A", "b", "", "é", "张伟", "1", "true", '"\n\\', "\U0001f600", "\u200b"))
NAMES = st.sampled_from(("a", "b", "email", "name", "城市"))
IDS = st.sampled_from(("c1", "c2", "c3"))
INSTANTS = st.builds(
    lambda hours, zone: (AT + dt.timedelta(hours=hours)).astimezone(zone),
    st.integers(-3, 3),
    st.sampled_from((dt.UTC, EAST, WEST)),
)
SCALARS = st.one_of(
    TEXTS,
    st.integers(-1, 2),
    st.just(2**70),
    st.sampled_from((0.0, -0.0, 1.0, 1.5, 1e300)),
    st.booleans(),
    st.sampled_from((dt.date(2024, 1, 1), dt.date(1, 1, 1))),
    INSTANTS,
)
FIELD_VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3))
FIELDS: st.SearchStrategy[Mapping[str, object]] = st.dictionaries(
    NAMES, st.one_of(st.none(), FIELD_VALUES), max_size=3
)
MAYBE_INSTANTS = st.one_of(st.none(), INSTANTS)
MAYBE_TEXTS = st.one_of(st.none(), TEXTS)
PERIODS = st.one_of(
    st.tuples(MAYBE_INSTANTS, st.none()),
    st.tuples(INSTANTS, INSTANTS).map(lambda ends: (min(ends), max(ends))),
)
CURRENCIES = st.sampled_from(("CNY", "jpy", "KWD"))


def _in_period(**parts: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.builds(
        lambda period, rest: {**rest, "since": period[0], "until": period[1]},
        PERIODS,
        st.fixed_dictionaries(parts),
    )


RECORDS = st.builds(
    model.Record,
    IDS.map(model.RecordId),
    TEXTS,
    FIELDS,
    kind=st.sampled_from((None, "person", "organisation")),
    recorded_at=MAYBE_INSTANTS,
    aliases=st.lists(IDS.map(model.RecordId), max_size=2),
)
MONIES = st.builds(model.Money, amount_minor=st.integers(-(2**63), 2**63 - 1), currency=CURRENCIES)
ACTIVITIES = st.builds(
    lambda amount, currency, rest, kind, at, props: model.Activity(
        model.ActivityId(rest["id"]),
        model.CustomerId(rest["customer_id"]),
        kind,
        at,
        amount_minor=amount,
        currency=currency if amount is not None else None,
        channel=rest["channel"],
        account_id=rest["account_id"],
        source=rest["source"],
        sequence=rest["sequence"],
        recorded_at=rest["recorded_at"],
        props=props,
    ),
    st.sampled_from((None, 0, 1, 2**63 - 1)),
    CURRENCIES,
    st.fixed_dictionaries(
        {
            "id": IDS,
            "customer_id": IDS,
            "channel": MAYBE_TEXTS,
            "account_id": st.one_of(st.none(), IDS),
            "source": MAYBE_TEXTS,
            "sequence": st.integers(0, 1),
            "recorded_at": MAYBE_INSTANTS,
        }
    ),
    st.sampled_from(("purchase", "touch", "refund", "a host's own", "another own")),
    INSTANTS,
    FIELDS,
)
CONTACTS = st.builds(
    model.Contact,
    given_name=MAYBE_TEXTS,
    family_name=MAYBE_TEXTS,
    born_on=st.one_of(st.none(), st.just(dt.date(1990, 2, 28))),
    gender=MAYBE_TEXTS,
    language=MAYBE_TEXTS,
    job_title=MAYBE_TEXTS,
)
ACCOUNTS = st.builds(
    model.Account,
    size=st.one_of(st.none(), st.integers(0, 2)),
    industry=MAYBE_TEXTS,
    ceo=MAYBE_TEXTS,
    legal_status=MAYBE_TEXTS,
    customer_ids=st.lists(IDS.map(model.CustomerId), max_size=2).map(tuple),
)
CONTACT_POINTS = _in_period(
    kind=st.sampled_from(("email", "phone", "address")), value=TEXTS, verified=st.booleans()
).map(lambda parts: model.ContactPoint(**parts))  # type: ignore[arg-type]
PROVENANCES = st.builds(
    model.Provenance,
    field=NAMES,
    value=st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=3).map(tuple)),
    record_ids=st.lists(IDS.map(model.RecordId), max_size=2).map(tuple),
    rule=TEXTS,
)
CUSTOMERS = st.builds(
    model.Customer,
    id=IDS.map(model.CustomerId),
    name=MAYBE_TEXTS,
    party=st.one_of(CONTACTS, ACCOUNTS),
    contact_points=st.lists(CONTACT_POINTS, max_size=2).map(tuple),
    needs=st.lists(TEXTS, max_size=2).map(tuple),
    fields=FIELDS,
    record_ids=st.lists(IDS.map(model.RecordId), max_size=2).map(tuple),
    aliases=st.lists(IDS.map(model.CustomerId), max_size=2).map(tuple),
    provenance=st.lists(PROVENANCES, max_size=2).map(tuple),
)
TAGS = _in_period(name=NAMES, rule=TEXTS, reason=TEXTS).map(
    lambda parts: model.Tag(**{**parts, "since": parts["since"] or parts["until"] or AT})  # type: ignore[arg-type]
)
CONSENTS = st.builds(
    model.Consent,
    purpose=st.sampled_from(("marketing", "service", "*")),
    channel=st.sampled_from(("email", "sms", "*")),
    granted=st.booleans(),
    at=INSTANTS,
    legal_basis=st.sampled_from(("consent", "contract")),
)
CONTACT_ROLES = _in_period(
    contact_id=IDS,
    account_id=st.sampled_from(("c3", "a2")),
    buying_role=st.one_of(st.none(), st.sampled_from(model.BUYING_ROLES)),
    job_title=MAYBE_TEXTS,
).map(lambda parts: model.ContactRole(**parts))  # type: ignore[arg-type]
RELATIONS = _in_period(
    kind=st.sampled_from(tuple(model.RELATION_KINDS)), from_id=IDS, to_id=st.sampled_from(("d1", "d2"))
).map(lambda parts: model.Relation(**parts))  # type: ignore[arg-type]
PRODUCTS = st.builds(
    lambda product_id, price, cost, parts: model.Product(
        id=model.ProductId(product_id),
        name=product_id,
        price=model.Money(amount_minor=price, currency="CNY"),
        cost=None if cost is None else model.Money(amount_minor=cost, currency="CNY"),
        parts=tuple(model.ProductId(part) for part in parts if part != product_id),
    ),
    IDS,
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 3)),
    st.lists(IDS, max_size=2),
)
CUSTOM_FIELDS = st.builds(
    lambda name, type_name, required, many: model.CustomField(
        name=name,
        type=type_name,
        meaning="what it says",
        choices=("a", "b") if type_name == "choice" else (),
        required=required,
        many=many,
    ),
    NAMES,
    st.sampled_from(("text", "integer", "boolean", "date", "instant", "choice")),
    st.booleans(),
    st.booleans(),
)
CUSTOM_STATUSES = st.builds(
    lambda name, names, required: model.CustomStatus(
        name=name, meaning="how it stands", statuses={one: f"is {one}" for one in names}, required=required
    ),
    st.sampled_from(("state", "warranty")),
    st.lists(st.sampled_from(("a", "b", "c")), min_size=1, unique=True),
    st.booleans(),
)
CUSTOM_OBJECTS = st.builds(
    lambda fields, statuses: model.CustomObject(
        name="car", meaning="what they drive", fields=fields, statuses=statuses
    ),
    st.lists(CUSTOM_FIELDS, min_size=1, max_size=3, unique_by=lambda field: field.name),
    st.lists(CUSTOM_STATUSES, max_size=2, unique_by=lambda status: status.name),
)
PROFILES = st.builds(
    model.Profile,
    customer=CUSTOMERS,
    as_of=INSTANTS,
    activities=st.lists(ACTIVITIES, max_size=2).map(tuple),
    stage=MAYBE_TEXTS,
    stage_since=MAYBE_INSTANTS,
    roles=st.lists(TEXTS, max_size=2).map(tuple),
    tier=st.one_of(st.none(), st.integers(1, 3)),
    measures=st.lists(st.tuples(st.sampled_from(("frequency", "recency_days")), st.integers(0, 2))).map(
        lambda pairs: tuple(sorted(dict(pairs).items()))
    ),
    tags=st.lists(TAGS, max_size=2).map(tuple),
    consents=st.lists(CONSENTS, max_size=2).map(tuple),
    contact_roles=st.lists(CONTACT_ROLES, max_size=2).map(tuple),
    relations=st.lists(RELATIONS, max_size=2).map(tuple),
)
VALUES: st.SearchStrategy[object] = st.one_of(
    RECORDS,
    MONIES,
    ACTIVITIES,
    CONTACTS,
    ACCOUNTS,
    CONTACT_POINTS,
    PROVENANCES,
    CUSTOMERS,
    TAGS,
    CONSENTS,
    CONTACT_ROLES,
    RELATIONS,
    PRODUCTS,
    CUSTOM_STATUSES,
    CUSTOM_OBJECTS,
    CUSTOM_FIELDS,
    PROFILES,
)
