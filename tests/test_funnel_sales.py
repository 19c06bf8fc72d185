"""Sales: opportunities that move through a pipeline, and leads that become them."""

import datetime as dt
from collections.abc import Iterable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import conditions, model
from crmkit.calendars import days
from crmkit.conditions import F
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.funnel import (
    SALES,
    Conversion,
    Lead,
    Opportunity,
    Pipeline,
    PipelineMove,
    StageChange,
    advance,
    convert,
)
from crmkit.model import Account, Contact, ContactPoint, ContactRole, Customer, CustomerId, Money

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
LATER = START + days(1)
SALE = Opportunity("o1", "c1", "potential", START)

# -------------------------------------------------------------------- pipeline

TRIES = st.lists(
    st.tuples(
        st.sampled_from(SALES.stages), st.integers(-1, 3), st.sampled_from((None, "", "why")), st.booleans()
    ),
    max_size=10,
)


@given(TRIES)
def test_a_sale_moves_by_the_moves_there_are_or_not_at_all(
    tries: list[tuple[str, int, str | None, bool]],
) -> None:
    """Moved: one more change, from here to there.  Refused: unchanged, with reasons."""
    sale = SALE
    for to, day, reason, priced in tries:
        if priced:
            sale = attrs.evolve(sale, amount_minor=5, currency="EUR")
        found = advance(sale, to, pipeline=SALES, at=START + days(day), by="ann", reason=reason)
        move = next((one for one in SALES.moves_from(sale.stage) if one.to == to), None)
        allowed = (
            move is not None
            and START + days(day) >= sale.stage_since
            and (sale.amount_minor is not None or not move.requires)
            and (reason == "why" or not move.needs_reason)
        )

        assert found.moved == allowed == (not found.reasons)
        if found.moved:
            assert found.opportunity.stage == to
            assert found.opportunity.history[:-1] == sale.history
            assert found.opportunity.stage_since == START + days(day)
        else:
            assert found.opportunity == sale
        sale = found.opportunity
    stages = ["potential", *(change.to_stage for change in sale.history)]
    assert [change.from_stage for change in sale.history] == stages[:-1]
    assert sale.stage == stages[-1]


def test_every_reason_against_a_move_is_named() -> None:
    """Too early, a field missing, no reason given, a guard that is false or unknown."""
    guarded = Pipeline(
        ("new", "won"),
        (
            PipelineMove(
                "new",
                "won",
                when=(F.amount_minor >= 100) & (F.colour == "red"),
                requires=("amount_minor", "colour"),
                needs_reason=True,
            ),
        ),
        won=("won",),
    )
    sale = attrs.evolve(SALE, stage="new", opened_at=LATER)
    asked = "it must be so that amount minor is at least 100 and colour is 'red'"

    def tried(sale: Opportunity, reason: str) -> tuple[str, ...]:
        return advance(sale, "won", pipeline=guarded, at=START, by="ann", reason=reason).reasons

    assert tried(sale, reason=" ") == (
        "it has been in 'new' only since 2024-01-02 00:00 UTC",
        "'amount_minor' must be known first",
        "'colour' must be known first",
        "a reason must be given",
        f"{asked}, which is unknown",
    )
    cheap = attrs.evolve(sale, opened_at=START, amount_minor=99, currency="EUR", fields={"colour": "red"})
    assert tried(cheap, reason="x") == (asked,)
    assert tried(attrs.evolve(cheap, amount_minor=100), reason="x") == ()


def test_a_guard_may_ask_about_time() -> None:
    """It is asked as of the move."""
    slow = Pipeline(("a", "b"), (PipelineMove("a", "b", when=F.opened_at.age() >= days(1)),), won=("b",))
    sale = attrs.evolve(SALE, stage="a")

    assert not advance(sale, "b", pipeline=slow, at=START, by="ann").moved
    assert advance(sale, "b", pipeline=slow, at=LATER, by="ann").moved


def test_what_became_of_a_move_reads_well() -> None:
    """It says where the sale is now, or why it stays."""
    moved = advance(SALE, "need", pipeline=SALES, at=LATER, by="ann", recorded_at=LATER + days(1))
    stays = advance(SALE, "signed", pipeline=SALES, at=LATER, by="ann")
    done = attrs.evolve(SALE, stage="signed")

    assert str(moved) == "o1 is now in need"
    assert moved.opportunity.history == (
        StageChange(from_stage="potential", to_stage="need", at=LATER, by="ann", recorded_at=LATER + days(1)),
    )
    assert str(stays) == (
        "o1 stays in potential: no move leads from 'potential' to 'signed'; it leads to 'need', 'lost'"
    )
    assert advance(done, "need", pipeline=SALES, at=LATER, by="ann").reasons == (
        "no move leads from 'signed' to 'need'; it leads to nowhere",
    )


def test_a_move_that_makes_no_sense_is_refused_outright() -> None:
    """Another pipeline, a stage there is not, no zone, nobody."""
    with pytest.raises(UnknownName, match="Did you mean 'signed'"):
        advance(SALE, "sign", pipeline=SALES, at=LATER, by="ann")
    with pytest.raises(UnknownName, match="'nowhere'"):
        advance(attrs.evolve(SALE, stage="nowhere"), "need", pipeline=SALES, at=LATER, by="ann")
    with pytest.raises(Contradiction, match="'o1' goes through the pipeline 'sales', not 'service'"):
        advance(SALE, "need", pipeline=attrs.evolve(SALES, name="service"), at=LATER, by="ann")
    with pytest.raises(InvalidValue, match="no time zone"):
        advance(SALE, "need", pipeline=SALES, at=dt.datetime(2024, 1, 2), by="ann")
    with pytest.raises(InvalidValue, match="by somebody"):
        advance(SALE, "need", pipeline=SALES, at=LATER, by="")


def test_a_pipeline_is_checked_when_it_is_made() -> None:
    """No stage without a way in, none without a way on, names that exist, one move between two stages."""
    go = PipelineMove("a", "b")
    with pytest.raises(InvalidValue, match="at least one stage"):
        Pipeline((), ())
    with pytest.raises(Contradiction, match="same name"):
        Pipeline(("a", "a"), (), won=("a",))
    with pytest.raises(UnknownName, match=r"'c'\. Known: a, b"):
        Pipeline(("a", "b"), (go, PipelineMove("b", "c")))
    with pytest.raises(UnknownName, match="'c'"):
        Pipeline(("a", "b"), (go,), lost=("c",))
    with pytest.raises(Contradiction, match="'b' cannot be both"):
        Pipeline(("a", "b"), (go,), won=("b",), lost=("b",))
    with pytest.raises(Contradiction, match="two moves lead from 'a' to 'b'"):
        Pipeline(("a", "b"), (go, PipelineMove("a", "b", needs_reason=True)), won=("b",))
    with pytest.raises(Contradiction, match="no way leads to the stage 'c'"):
        Pipeline(("a", "b", "c"), (go, PipelineMove("c", "b")), won=("b",))
    with pytest.raises(Contradiction, match="no way leads on from 'b'"):
        Pipeline(("a", "b"), (go,))


def test_a_pipeline_shows_and_keeps_itself() -> None:
    """As a table in a terminal and a notebook, and as JSON."""
    guarded = Pipeline(
        ["a", "b"], [PipelineMove("a", "b", when=F.x == "<", requires=["x"], needs_reason=True)], won=["b"]
    )

    assert str(guarded).splitlines()[0] == "sales: a · b"
    assert str(guarded).splitlines()[-1] == "a     b   x, a reason, x is '<'"
    assert "x is &#x27;&lt;&#x27;" in guarded._repr_html_()
    assert "potential · need · intention · signed · lost" in SALES._repr_html_()
    for pipeline in (guarded, SALES):
        assert conditions.from_json(conditions.to_json(pipeline), Pipeline) == pipeline


def test_opportunities_are_checked() -> None:
    """Ids, money with a currency, a history that ends where the sale is."""
    priced = attrs.evolve(SALE, amount_minor=5, currency="eur", fields={"colour": "red"})

    assert priced.money == Money(amount_minor=5, currency="EUR")
    assert SALE.money is None
    assert attrs.evolve(SALE, currency="EUR").money is None
    assert priced["colour"] == "red"
    assert "red" not in repr(priced)
    assert model.from_json(model.to_json(priced), Opportunity) == priced
    for missing in ("id", "customer_id", "stage"):
        with pytest.raises(InvalidValue, match="needs an id, a customer_id and a stage"):
            attrs.evolve(SALE, **{missing: ""})  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="0 or more"):
        attrs.evolve(SALE, amount_minor=-1, currency="EUR")
    with pytest.raises(InvalidValue, match="needs a currency"):
        attrs.evolve(SALE, amount_minor=1)
    change = StageChange(from_stage="potential", to_stage="need", at=LATER, by="ann", reason="secret")
    assert "secret" not in repr(change)
    with pytest.raises(InvalidValue, match="ends in 'need', but the stage is 'potential'"):
        attrs.evolve(SALE, history=(change,))


# ------------------------------------------------------------------ conversion

VALUES = {
    "name": st.just("Ann"),
    "given_name": st.just("Ann"),
    "born_on": st.sampled_from((dt.date(2000, 1, 1), "1.1.2000")),
    "email": st.sampled_from(("a@x.pt", ("a@x.pt", "b@x.pt"))),
    "phone": st.just("+49301234"),
    "needs": st.sampled_from(("tea", ("tea", "cups"))),
    "city": st.just("Hamburg"),
    "job_title": st.just("Buyer"),
    "company": st.just("ACME"),
    "industry": st.just("tea"),
    "size": st.sampled_from((50, 0, -1, "many")),
    "amount_minor": st.just(100),
    "currency": st.just("EUR"),
}


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    """Return a lead that tells of a person, of an organisation, or of both."""
    fields = draw(st.fixed_dictionaries({}, optional=VALUES))
    ids = st.sampled_from((None, None, "known"))
    person, firm = draw(ids), draw(ids)
    if not {"name", "company"} & fields.keys():
        fields["name"] = "Ann"
    return Lead(
        "l1",
        START,
        fields,
        customer_id=person and f"{person} person",
        account_id=firm and f"{firm} firm",
        rep_id="ann",
    )


@st.composite
def bases(draw: st.DrawFn) -> list[Customer]:
    """Return what is known of the two customers that a lead may name, fields empty or filled."""
    person = Customer(
        id=draw(st.sampled_from(("known person", "survivor"))),
        name=draw(st.none() | st.just("Old")),
        party=Contact(job_title=draw(st.none() | st.just("Old"))),
        contact_points=draw(st.sampled_from(((), (ContactPoint(kind="phone", value="old"),)))),
        needs=draw(st.sampled_from(((), ("old",)))),
        fields=draw(st.sampled_from(({}, {"city": "old"}))),
        aliases=(CustomerId("known person"),),
    )
    firm = Customer(id="known firm", name="Old", party=Account(size=draw(st.none() | st.just(7))))
    return draw(st.sampled_from(([], [person], [firm], [person, firm])))


def carried_out(plan: Conversion, base: Iterable[Customer]) -> list[Customer | ContactRole | Opportunity]:
    """Return what the host has after the plan."""
    changed = {one.id: one for one in (plan.contact, plan.account) if one is not None}
    kept = [one for one in base if one.id not in changed]
    made = [one for one in (plan.role, plan.opportunity) if one is not None]
    return [*kept, *changed.values(), *made]


@given(leads(), bases())
def test_converting_twice_is_converting_once(lead: Lead, base: list[Customer]) -> None:
    """After the plan is carried out, the same lead, or the converted one, changes nothing more."""
    plan = convert(lead, base, at=START)
    known = carried_out(plan, base)

    assert convert(lead, base, at=START) == plan
    for once_more in (lead, plan.lead):
        again = convert(once_more, known, at=LATER)
        assert again == attrs.evolve(plan, created=(), filled=())


@given(leads(), bases())
def test_only_empty_fields_are_filled_and_all_that_are_told(lead: Lead, base: list[Customer]) -> None:
    """What is known stays; what was empty and is told is there now, and listed."""
    plan = convert(lead, base, at=START)
    known = {one.id: one for one in base}
    names = [*(VALUES.keys() - {"amount_minor", "currency"})]
    for customer in (plan.contact, plan.account):
        if customer is None:
            continue
        before = known.get(customer.id)
        assert (customer.id in plan.created) == (before is None)
        if before is not None:
            filled = [name for name in names if before[name] is None and customer[name] is not None]
            assert sorted(filled) == [name for owner, name in plan.filled if owner == customer.id]
            assert all(customer[name] == before[name] for name in names if before[name] is not None)
            assert (
                attrs.evolve(
                    customer,
                    name=before.name,
                    party=before.party,
                    contact_points=before.contact_points,
                    needs=before.needs,
                    fields=before.fields,
                )
                == before
            )
    told = [one for one in (plan.contact, plan.account) if one is not None]
    for name, _ in lead.fields:
        if name not in {"amount_minor", "currency"}:
            assert any(one[name] is not None for one in told) or (name == "company" and plan.account)


@given(leads(), bases())
def test_a_plan_hangs_together(lead: Lead, base: list[Customer]) -> None:
    """The role joins the two, the sale belongs to the organisation if there is one, the lead knows both."""
    plan = convert(lead, base, at=START)
    contact_id = plan.contact and plan.contact.id
    account_id = plan.account and plan.account.id

    assert (plan.lead.customer_id, plan.lead.account_id) == (contact_id, account_id)
    assert plan.lead.status == "converted"
    assert plan.opportunity.customer_id == (account_id or contact_id)
    assert plan.opportunity.contact_ids == ((contact_id,) if contact_id else ())
    assert plan.opportunity.opened_at == START
    assert (plan.opportunity.stage, plan.opportunity.lead_id, plan.opportunity.rep_id) == (
        "potential",
        "l1",
        "ann",
    )
    priced = lead["amount_minor"] is not None and lead["currency"] is not None
    assert plan.opportunity.money == (Money(amount_minor=100, currency="EUR") if priced else None)
    if plan.contact and plan.account:
        assert plan.role is not None
        assert (plan.role.contact_id, plan.role.account_id) == (contact_id, account_id)
        assert (plan.role.since, plan.role.job_title) == (START, lead["job_title"])
    else:
        assert plan.role is None


def test_a_plan_says_what_it_does() -> None:
    """New ones by id, filled ones by field, in a terminal and in a notebook."""
    known = Customer(id="c1", name="<Ann>")
    lead = Lead("l1", START, {"company": "ACME", "phone": "1", "city": "Hull"}, customer_id="c1")
    plan = convert(lead, [known], at=START)
    assert plan.account is not None

    assert plan.account.name == "ACME"
    assert str(plan) == (
        f"lead l1: creates c1@{plan.account.id}, {plan.account.id}, {plan.opportunity.id}; "
        "fills city of c1, company of c1, phone of c1"
    )
    assert str(convert(lead, carried_out(plan, [known]), at=START)) == (
        "lead l1: creates nothing; fills nothing"
    )
    assert plan._repr_html_().count("<tr>") == 7
    assert "Ann" not in plan._repr_html_() + repr(plan)
    assert model.from_json(model.to_json(plan), Conversion) == plan


def test_a_sale_that_has_moved_on_and_a_role_that_holds_are_kept() -> None:
    """Neither is begun anew; a role that ended before the lead is."""
    lead = Lead("l1", START, {"name": "Ann"}, customer_id="c1", account_id="a1")
    moved = attrs.evolve(SALE, id="o7", stage="need", lead_id="l1")
    role = ContactRole(contact_id="c1", account_id="a1", buying_role="champion")
    ended = attrs.evolve(role, until=START)

    assert convert(lead, [moved, role], at=LATER).opportunity == moved
    assert convert(lead, [moved, role], at=LATER).role == role
    assert convert(lead, [attrs.evolve(role, until=LATER)], at=LATER).created[0] == "a1"
    assert convert(lead, [ended], at=LATER).role == ContactRole(contact_id="c1", account_id="a1", since=START)
    assert convert(lead, [attrs.evolve(role, account_id="a2")], at=LATER).role != role


def test_another_pipeline_begins_in_its_first_stage() -> None:
    """Several pipelines, each with a beginning of its own."""
    short = Pipeline(("talk", "done"), (PipelineMove("talk", "done"),), name="short", won=("done",))
    sale = convert(Lead("l1", START, {"name": "Ann"}), at=LATER, pipeline=short).opportunity

    assert (sale.stage, sale.pipeline) == ("talk", "short")
    assert advance(sale, "done", pipeline=short, at=LATER, by="ann").moved


def test_what_has_no_place_of_its_own_is_kept_as_a_field() -> None:
    """A birth date in words, a size that is no number: nothing told is lost, nothing invented."""
    fields = {"company": "ACME", "size": "many", "industry": "tea", "city": "Hull"}
    firm = convert(Lead("l1", START, fields), at=START)
    person = convert(Lead("l1", START, {"name": "Ann", "born_on": "1.1.2000", "size": 7}), at=START)

    assert firm.contact is None
    assert firm.account is not None
    assert firm.account.party == Account(industry="tea")
    assert dict(firm.account.fields) == {"city": "Hull", "size": "many"}
    empty = convert(Lead("l1", START, {"company": "ACME", "size": 0}), at=START).account
    assert empty is not None
    assert empty.party == Account(size=0)
    assert person.account is None
    assert person.contact is not None
    assert person.contact.party == Contact()
    assert dict(person.contact.fields) == {"born_on": "1.1.2000", "size": 7}


def test_what_is_told_of_the_person_is_not_told_of_the_organisation() -> None:
    """Where they live is the person's, whatever the lead knows of them."""
    fields = {"company": "ACME", "city": "Hull", "industry": "tea"}
    for plan in (
        convert(Lead("l1", START, fields, customer_id="c1"), at=START),
        convert(Lead("l1", START, {**fields, "name": "Ann"}), at=START),
    ):
        assert plan.contact is not None
        assert plan.account is not None
        assert (plan.contact["city"], plan.contact["industry"], plan.contact["company"]) == (
            "Hull",
            None,
            "ACME",
        )
        assert (plan.account["city"], plan.account["industry"], plan.account.name) == (None, "tea", "ACME")


def test_a_price_that_is_none_is_not_taken_over() -> None:
    """Whole minor units, 0 or more, with a currency; else the amount is unknown."""

    def price(**fields: object) -> Money | None:
        return convert(Lead("l1", START, {"name": "Ann", **fields}), at=START).opportunity.money

    assert price(amount_minor=0, currency="EUR") == Money(amount_minor=0, currency="EUR")
    assert price(amount_minor=-1, currency="EUR") is None
    assert price(amount_minor="1", currency="EUR") is None
    assert price(amount_minor=1) is None
    assert price(amount_minor=1, currency=7) is None


def test_what_cannot_convert_is_refused() -> None:
    """A retired lead, a lead of nobody, an organisation taken for a person."""
    with pytest.raises(InvalidValue, match="'l1' is retired"):
        convert(Lead("l1", START, {"name": "Ann"}, status="retired"), at=START)
    with pytest.raises(InvalidValue, match="neither a person nor an organisation"):
        convert(Lead("l1", START, {"city": "Hull"}), at=START)
    with pytest.raises(Contradiction, match="'c1' is of kind organisation, the lead says person"):
        convert(Lead("l1", START, customer_id="c1"), [Customer(id="c1", party=Account())], at=START)
    with pytest.raises(InvalidValue, match="no time zone"):
        convert(Lead("l1", START, {"name": "Ann"}), [SALE], at=dt.datetime(2024, 1, 1))
