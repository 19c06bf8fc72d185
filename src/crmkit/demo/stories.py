"""Stories: how people come, buy, stay, fall silent, leave and return."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Final, TypeAlias

from crmkit.demo.diary import WINDOW_DAYS, Diary, Fact
from crmkit.demo.names import chance, pick
from crmkit.demo.parties import Person
from crmkit.demo.shopping import CLUB

Story: TypeAlias = Callable[[Diary, int], None]
"""Tells a diary what happened since so many days before as_of."""

CAUSES: Final = ("competitor", "value_not_found", "other")
_REACHED: Final = ("ads", "sem", "event", "store", "mini-program", "web", "word-of-mouth")
_SHOPS: Final = ("store", "store", "web", "mini-program")


def person_facts(person: Person, rng: Random, *, referred: bool = False) -> list[Fact]:
    """Return what happened to *person* in the two years before as_of, as one of the stories has it.

    A story is told only to those who are known long enough for it.
    """
    diary = Diary(person.id, rng)
    start = min(person.joined_days, WINDOW_DAYS - 1)
    if person.joined_days == start:
        _arrive(diary, start, referred=referred)
    else:
        _renew_consent(diary, start)
    _draw_story(start, rng)(diary, start)
    return diary.facts


def _draw_story(start: int, rng: Random) -> Story:
    told = [(share, story) for share, least, story in _STORIES if start >= least]
    ends = list(accumulate(share for share, _ in told))
    return told[bisect_right(ends, int(rng.random() * ends[-1]))][1]


def _arrive(diary: Diary, day: int, *, referred: bool) -> None:
    channel = "referral" if referred else pick(_REACHED, diary.rng)
    diary.tell(day, "touch", channel, props={"campaign": f"{channel}-{day // 90}"})
    for _ in range(int(diary.rng.random() * 3)):
        diary.tell(
            day, "page_view", "web", props={"page": pick(("home", "teas", "gifts", "club"), diary.rng)}
        )


def _renew_consent(diary: Diary, start: int) -> None:
    """Tell that someone known for longer than two years was asked again whether we may write."""
    if chance(diary.rng, 70):
        day = start - int(diary.rng.random() * 40)
        diary.tell(
            day, "consent_granted", pick(("email", "wecom"), diary.rng), props={"purpose": "marketing"}
        )


def _sign_up(diary: Diary, day: int) -> None:
    """Tell a registration; most allow us to write, some take it back."""
    channel = pick(("web", "mini-program", "store"), diary.rng)
    diary.tell(day, "signup", channel)
    if chance(diary.rng, 50):
        diary.tell(day, "follow", "wecom")
    if not chance(diary.rng, 75):
        return
    allowed = pick(("email", "wecom", "wecom", "sms"), diary.rng)
    diary.tell(day, "consent_granted", allowed, props={"purpose": "marketing"})
    if chance(diary.rng, 6) and day > 20:
        diary.tell(
            int(day * diary.rng.random()), "consent_withdrawn", allowed, props={"purpose": "marketing"}
        )
    elif allowed == "email" and chance(diary.rng, 35):
        _newsletters(diary, day)


def _newsletters(diary: Diary, day: int) -> None:
    """Tell a letter every five weeks or so, until they have had enough."""
    while (day := day - 25 - int(diary.rng.random() * 20)) > 0:
        diary.tell(day, "send", "email", props={"template": "letter"})
        if chance(diary.rng, 4):
            diary.tell(day, "bounced", "email")
            continue
        diary.tell(day, "delivered", "email")
        if chance(diary.rng, 35):
            diary.tell(day, "opened", "email")
            if chance(diary.rng, 25):
                diary.tell(day, "clicked", "email")
        if chance(diary.rng, 3):
            diary.tell(day, "unsubscribed", "email")
            return


def _stranger(diary: Diary, start: int) -> None:
    for _ in range(int(diary.rng.random() * 3)):
        diary.tell(int(diary.rng.random() * start), "touch", pick(_REACHED, diary.rng))


def _responder(diary: Diary, start: int) -> None:
    day = int(start * diary.rng.random())
    _sign_up(diary, day)
    for _ in range(1 + int(diary.rng.random() * 4)):
        kind = pick(("page_view", "article_view", "event_attended", "interaction"), diary.rng)
        diary.tell(int(day * diary.rng.random()), kind, "event" if kind == "event_attended" else "wecom")


def _newcomer(diary: Diary, start: int) -> None:
    first = int(diary.rng.random() * min(start, 90))
    if chance(diary.rng, 70):
        _sign_up(diary, min(start, first + int(diary.rng.random() * 10)))
    diary.buy(first, pick(_SHOPS, diary.rng))


def _once(diary: Diary, start: int) -> None:
    day = 100 + int(diary.rng.random() * (start - 100))
    if chance(diary.rng, 50):
        _sign_up(diary, day)
    diary.buy(day, pick(_SHOPS, diary.rng))


def _purchases(diary: Diary, start: int, end: int, gap: int, *, generous: bool = False) -> None:
    """Tell purchases about every *gap* days from *start* down to *end* days before as_of."""
    favourite = pick(_SHOPS, diary.rng)
    day = start - int(diary.rng.random() * gap)
    while day >= end:
        channel = favourite if chance(diary.rng, 75) else pick(_SHOPS, diary.rng)
        diary.buy(day, channel, generous=generous)
        if chance(diary.rng, 20):
            diary.tell(day, pick(("page_view", "article_view", "interaction"), diary.rng), "wecom")
        day -= max(2, gap // 2 + int(diary.rng.random() * gap))


def _regular(diary: Diary, start: int) -> None:
    _sign_up(diary, start)
    _purchases(diary, start, 0, 22 + int(diary.rng.random() * 55))


def _devoted(diary: Diary, start: int) -> None:
    _sign_up(diary, start)
    _purchases(diary, start, 0, 10 + int(diary.rng.random() * 14), generous=True)
    if chance(diary.rng, 60):
        diary.tell(int(start * diary.rng.random()), "event_attended", "event")


def _fading(diary: Diary, start: int) -> None:
    _sign_up(diary, start)
    _purchases(diary, start, 185 + int(diary.rng.random() * (start - 220)), 20 + int(diary.rng.random() * 40))


def _leaving(diary: Diary, start: int) -> None:
    """Tell of someone who was a customer, was disappointed, and said goodbye with a cause."""
    end = 60 + int(diary.rng.random() * (start - 120))
    _purchases(diary, start, end, 20 + int(diary.rng.random() * 40))
    diary.complain(end, diary.number("order"))
    left = max(0, end - 5 - int(diary.rng.random() * 30))
    diary.tell(left, "unfollow", "wecom", props={"cause": pick(CAUSES, diary.rng)})
    if chance(diary.rng, 50):
        diary.tell(left, "unsubscribed", "email")


def _returning(diary: Diary, start: int) -> None:
    """Tell of someone who bought, was silent for half a year or more, and is back."""
    gap = 25 + int(diary.rng.random() * 30)
    _purchases(diary, start, start - 120, gap)
    _purchases(diary, gap + 20 + int(diary.rng.random() * (start - 420)), 0, gap)


def _member(diary: Diary, start: int) -> None:
    """Tell of the tea club: a contract for a year, visits every week or so, renewal or an end."""
    day = start - int(diary.rng.random() * 20)
    diary.tell(day, "contact_left", "store")
    _sign_up(diary, day)
    contract = diary.number("contract")
    paid = {"contract_id": contract, "cost_minor": CLUB.cost and CLUB.cost.amount_minor}
    price = CLUB.price.amount_minor
    diary.tell(day, "contract_start", "store", amount_minor=price, props={**paid, "term_days": 365})
    until = max(0, day - 365)
    while True:
        _visits(diary, day, until)
        if until == 0:
            return
        if chance(diary.rng, 35):
            props = {"contract_id": contract, "cause": pick(CAUSES, diary.rng)}
            diary.tell(until, "contract_end", "store", props=props)
            return
        diary.tell(until, "renewal", "store", amount_minor=price, props={**paid, "term_days": 365})
        day, until = until, max(0, until - 365)


def _visits(diary: Diary, day: int, until: int) -> None:
    """Tell the visits of one term; a third of the members stop coming before it ends."""
    if chance(diary.rng, 33):
        until += int(diary.rng.random() * (day - until))
    eagerness = 5 + int(diary.rng.random() * 9)
    while (day := day - 1 - int(diary.rng.random() * eagerness * 2)) > until:
        diary.tell(day, "use", "store")


# of a hundred, for those known so many days, this story
_STORIES: Final[tuple[tuple[int, int, Story], ...]] = (
    (9, 1, _stranger),
    (14, 1, _responder),
    (9, 1, _newcomer),
    (13, 130, _once),
    (22, 30, _regular),
    (4, 60, _devoted),
    (9, 260, _fading),
    (8, 200, _leaving),
    (7, 450, _returning),
    (5, 40, _member),
)
