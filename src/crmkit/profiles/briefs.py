"""Briefs: the few lines of a profile that one role needs before it speaks to the customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, final

import attrs

from crmkit.display import html_table, markdown_table, text_table
from crmkit.errors import UnknownName
from crmkit.funnel import SALES, Lead, Opportunity, Pipeline
from crmkit.model import Activity, CustomerId, Profile, consent_at, format_minor, tag_names
from crmkit.profiles.visibility import customer_ids, employee_ties

NOTHING: Final = "none known"
"""What a line says of which nothing is known."""

MOST: Final = 3
"""How many of the latest facts a line names."""

MARKETING: Final = "marketing"
_ANY: Final = "*"
_TOUCHES: Final = ("touch", "referral", "opened", "clicked")
_TALKS: Final = ("interaction", "event_attended", "quote_sent", "signed")


@final
@attrs.frozen(kw_only=True)
class Brief:
    """What one role should know of one customer at one instant.

    Attributes:
        role: Who it is for: "marketing", "sales", "service".
        customer_id: The customer.
        name: What to call them, or None; kept out of `repr`.
        as_of: The instant it is true of.
        lines: Names and texts, of a role always the same names in the same order; kept out of `repr`.
    """

    role: str
    customer_id: CustomerId
    name: str | None = attrs.field(default=None, repr=False)
    as_of: dt.datetime
    lines: tuple[tuple[str, str], ...] = attrs.field(
        repr=lambda lines: f"<{', '.join(name for name, _ in lines)}>"
    )

    def __getitem__(self, name: str) -> str:
        """Return the text of the line called *name*.

        Raises:
            UnknownName: If there is no such line.
        """
        for own, text in self.lines:
            if own == name:
                return text
        raise UnknownName("line of the brief", name, (own for own, _ in self.lines))

    @property
    def title(self) -> str:
        """For whom it is, of whom, and as of when."""
        return f"for {self.role}: {self.name or self.customer_id}, {self.as_of:%Y-%m-%d %H:%M} UTC"

    def markdown(self) -> str:
        """Return it as a table in Markdown; whatever the data says is shown as text."""
        return markdown_table(("", self.title), self.lines)

    def __str__(self) -> str:
        return text_table(("", self.title), self.lines)

    def _repr_html_(self) -> str:
        return html_table(("", ""), self.lines, caption=self.title)


def marketing_brief(profile: Profile, *, purpose: str = MARKETING) -> Brief:
    """Return what marketing should know: stage, value, tags, consent on each channel, the last touchpoints.

    >>> from crmkit.model import Consent, Customer
    >>> noon = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    >>> yes = Consent(purpose="marketing", channel="email", granted=True, at=noon)
    >>> seen = Profile(customer=Customer(id="c1"), as_of=noon, stage="new", stage_since=noon, consents=(yes,))
    >>> brief = marketing_brief(seen)
    >>> brief["stage"], brief["consent"], brief["tags"]
    ('new, since 2024-05-01', 'email yes (2024-05-01)', 'none known')

    Args:
        profile: The customer.
        purpose: What the consent must be for.
    """
    since = f", since {profile.stage_since:%Y-%m-%d}" if profile.stage and profile.stage_since else ""
    left = f", left because of {profile.lapse_cause}" if profile.lapse_cause else ""
    return brief_of(
        profile,
        "marketing",
        ("stage", f"{profile.stage or ''}{since}{left}"),
        ("tier", tier_text(profile)),
        ("tags", ", ".join(sorted(tag_names(profile.tags, as_of=profile.as_of)))),
        ("consent", _consent(profile, purpose)),
        ("last touchpoints", latest(profile.activities, _TOUCHES)),
    )


def sales_brief(
    profile: Profile,
    *,
    opportunities: Iterable[Opportunity] = (),
    leads: Iterable[Lead] = (),
    pipelines: Iterable[Pipeline] = (SALES,),
) -> Brief:
    """Return what sales should know: owner, open sales and leads, the last talks, value and needs.

    Of *opportunities* and *leads* those of this customer count; sales as they stood
    at the instant of the profile, leads that had come in by then and are open now.

    Raises:
        UnknownName: If a sale of this customer goes through none of *pipelines*.
    """
    ids, as_of = customer_ids(profile.customer), profile.as_of
    known = {pipeline.name: pipeline for pipeline in pipelines}
    sales = [one for one in opportunities if one.customer_id in ids and one.opened_at <= as_of]
    sales.sort(key=lambda one: (one.opened_at, one.id))
    open_leads = [
        f"{lead.id}, since {lead.created_at:%Y-%m-%d}"
        for lead in sorted(leads, key=lambda lead: (lead.created_at, lead.id))
        if not ids.isdisjoint((lead.customer_id, lead.account_id))
        and lead.status == "open"
        and lead.created_at <= as_of
    ]
    measures = ", ".join(f"{name} {number:,}" for name, number in profile.measures)
    return brief_of(
        profile,
        "sales",
        ("owner", _owner(profile)),
        ("open sales", "; ".join(text for sale in sales if (text := _open_sale(sale, as_of, known)))),
        ("open leads", "; ".join(open_leads)),
        ("last talks", latest(profile.activities, _TALKS)),
        ("value", "; ".join(text for text in (tier_text(profile), measures) if text)),
        ("needs", ", ".join(profile.customer.needs)),
    )


def brief_of(profile: Profile, role: str, *lines: tuple[str, str]) -> Brief:
    """Return the brief of *lines*; one without a text says that nothing is known."""
    return Brief(
        role=role,
        customer_id=profile.customer.id,
        name=profile.customer.name,
        as_of=profile.as_of,
        lines=tuple((name, text or NOTHING) for name, text in lines),
    )


def tier_text(profile: Profile) -> str:
    """Return the tier by number and name, as far as they are known."""
    return " ".join(str(part) for part in (profile.tier, profile.tier_name) if part is not None)


def latest(activities: Sequence[Activity], kinds: Iterable[str]) -> str:
    """Return the last facts of *kinds* in words, the latest first."""
    wanted = frozenset(kinds)
    found = [fact for fact in activities if fact.kind in wanted][-MOST:]
    return "; ".join(
        f"{fact.at:%Y-%m-%d} {fact.kind}{f' ({fact.channel})' if fact.channel else ''}"
        for fact in reversed(found)
    )


def _consent(profile: Profile, purpose: str) -> str:
    channels = sorted({one.channel for one in profile.consents}, key=lambda name: (name == _ANY, name))
    words = (
        (channel, consent_at(profile.consents, purpose=purpose, channel=channel, as_of=profile.as_of))
        for channel in channels
    )
    return ", ".join(
        f"{'any other' if channel == _ANY else channel} {'yes' if word.granted else 'no'} ({word.at:%Y-%m-%d})"
        for channel, word in words
        if word is not None
    )


def _owner(profile: Profile) -> str:
    ties = employee_ties(profile)
    owners = sorted({tie.from_id for tie in ties if tie.kind == "owns"})
    serving = sorted({tie.from_id for tie in ties if tie.kind != "owns"})
    served = f"served by {', '.join(serving)}" if serving else ""
    return "; ".join(text for text in (", ".join(owners), served) if text)


def _open_sale(sale: Opportunity, as_of: dt.datetime, pipelines: dict[str, Pipeline]) -> str:
    """Return a sale that was open at *as_of* in words, or "" if it was over."""
    pipeline = pipelines.get(sale.pipeline)
    if pipeline is None:
        raise UnknownName("pipeline", sale.pipeline, pipelines)
    stage = sale.history[0].from_stage if sale.history else sale.stage
    for change in sale.history:
        stage = change.to_stage if change.at <= as_of else stage
    if stage in (*pipeline.won, *pipeline.lost):
        return ""
    known = sale.amount_minor is not None and sale.currency is not None
    money = f", {format_minor(sale.amount_minor or 0, sale.currency or '')} {sale.currency}" if known else ""
    return f"{sale.id} in {stage}{money}"
