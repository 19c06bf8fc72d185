"""Conversion: what a lead becomes, as a plan that the host carries out in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias, final

import attrs

from crmkit.calendars import instant
from crmkit.display import html_table
from crmkit.errors import Contradiction, InvalidValue
from crmkit.funnel.lead_parties import account_of, contact_of, filled
from crmkit.funnel.leads import Lead
from crmkit.funnel.opportunity import Opportunity
from crmkit.funnel.pipeline import SALES, Pipeline
from crmkit.model import ContactRole, Customer, CustomerId, derive_id
from crmkit.model.money import whole_minor
from crmkit.model.values import texts_of

Existing: TypeAlias = Customer | ContactRole | Opportunity


@final
@attrs.frozen(kw_only=True)
class Conversion:
    """What a lead becomes.

    Attributes:
        lead: The lead, converted, with the ids of what it became.
        contact: The person, or None if the lead tells of none.
        account: The organisation, or None if the lead tells of none.
        role: What joins the two, or None without both.
        opportunity: The sale.
        created: Ids of those that are new, sorted; of a role "contact@account".
        filled: Which empty fields of which existing customer the lead fills: pairs
            of id and field, sorted.
    """

    lead: Lead
    contact: Customer | None
    account: Customer | None
    role: ContactRole | None
    opportunity: Opportunity
    created: tuple[str, ...] = ()
    filled: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        new = f"creates {', '.join(self.created)}" if self.created else "creates nothing"
        fills = ", ".join(f"{field} of {customer}" for customer, field in self.filled)
        return f"lead {self.lead.id}: {new}; fills {fills or 'nothing'}"

    def _repr_html_(self) -> str:
        rows = [
            *(("create", name, "") for name in self.created),
            *(("fill", *pair) for pair in self.filled),
        ]
        return html_table(("", "what", "field"), rows, caption=f"lead {self.lead.id}")


def convert(
    lead: Lead,
    existing: Iterable[Existing] = (),
    *,
    at: dt.datetime,
    pipeline: Pipeline = SALES,
) -> Conversion:
    """Return the plan that makes a contact, an account and an opportunity of *lead*.

    Ids are derived from the lead's, so that converting twice, before or after
    the plan is carried out, ends in the same: what *existing* holds already is
    not created again.  Of existing customers only empty fields are filled;
    what is known stays, and so does an opportunity that has moved on.
    Addresses and numbers are taken as the lead has them: normalise them first.

    Args:
        lead: The lead.
        existing: What the host knows of: customers, contact roles, opportunities.
        at: When it is converted, for a new opportunity.
        pipeline: The pipeline that a new opportunity begins.

    Raises:
        InvalidValue: If the lead is retired, or tells of neither a person nor
            an organisation.
        Contradiction: If what it takes for a person is an organisation, or the reverse.
    """
    if lead.status == "retired":
        raise InvalidValue(f"lead {lead.id!r} is retired; open it again before it converts")
    at, known = instant(at), list(existing)
    customers = [one for one in known if isinstance(one, Customer)]
    contact, account = (_found_or_new(one, customers) for one in (contact_of(lead), account_of(lead)))
    buyer = account or contact
    if buyer is None:
        raise InvalidValue(f"lead {lead.id!r} tells of neither a person nor an organisation")
    role = _role(lead, contact, account, known)
    sale = _sale(lead, buyer, contact, known, at=at, pipeline=pipeline)
    people = [one for one in (contact, account) if one is not None]
    return Conversion(
        lead=attrs.evolve(
            lead,
            status="converted",
            customer_id=contact.customer.id if contact else None,
            account_id=account.customer.id if account else None,
        ),
        contact=contact.customer if contact else None,
        account=account.customer if account else None,
        role=role,
        opportunity=sale,
        created=_created(people, role, sale, known),
        filled=tuple(sorted((one.customer.id, field) for one in people for field in one.filled)),
    )


class _Party(NamedTuple):
    """A customer of the plan, whether it is new, and which fields of it the lead fills."""

    customer: Customer
    is_new: bool
    filled: tuple[str, ...]


def _found_or_new(proposal: Customer | None, customers: Sequence[Customer]) -> _Party | None:
    if proposal is None:
        return None
    found = next((one for one in customers if proposal.id in (one.id, *one.aliases)), None)
    if found is None:
        return _Party(proposal, is_new=True, filled=())
    if found.kind != proposal.kind:
        raise Contradiction(f"customer {found.id!r} is of kind {found.kind}, the lead says {proposal.kind}")
    customer, names = filled(found, proposal)
    return _Party(customer, is_new=False, filled=names)


def _role(
    lead: Lead, contact: _Party | None, account: _Party | None, known: Iterable[Existing]
) -> ContactRole | None:
    """Return what the person is at the organisation, from the lead on, or as it is known."""
    if contact is None or account is None:
        return None
    ids = contact.customer.id, account.customer.id
    for one in known:
        if not isinstance(one, ContactRole) or (one.contact_id, one.account_id) != ids:
            continue
        if one.until is None or one.until > lead.created_at:
            return one
    return ContactRole(
        contact_id=ids[0],
        account_id=ids[1],
        job_title=next(iter(texts_of(lead.fields, "job_title")), None),
        since=lead.created_at,
    )


def _sale(
    lead: Lead,
    buyer: _Party,
    contact: _Party | None,
    known: Iterable[Existing],
    *,
    at: dt.datetime,
    pipeline: Pipeline,
) -> Opportunity:
    for one in known:
        if isinstance(one, Opportunity) and one.lead_id == lead.id:
            return one
    amount, currency = whole_minor(lead["amount_minor"]), lead["currency"]
    priced = amount is not None and amount >= 0 and isinstance(currency, str)
    return Opportunity(
        derive_id("opp", "lead", lead.id),
        buyer.customer.id,
        pipeline.stages[0],
        at,
        pipeline=pipeline.name,
        amount_minor=amount if priced else None,
        currency=str(currency) if priced else None,
        contact_ids=(contact.customer.id,) if contact is not None else (),
        lead_id=lead.id,
        rep_id=lead.rep_id,
    )


def _created(
    people: Iterable[_Party], role: ContactRole | None, sale: Opportunity, known: Sequence[Existing]
) -> tuple[str, ...]:
    new = [one.customer.id for one in people if one.is_new]
    if role is not None and role not in known:
        new.append(CustomerId(f"{role.contact_id}@{role.account_id}"))
    if sale not in known:
        new.append(CustomerId(sale.id))
    return tuple(sorted(new))
