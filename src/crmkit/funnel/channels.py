"""Channels: where customers come from, as a tree of kinds, channels and placements."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, final

import attrs

from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.funnel.source_tag import SourceTag

CHANNEL_KINDS: Final = ("owned", "paid", "referral")
"""The kinds of channel: one's own, paid for, brought by customers (自建, 付费, 老带新)."""

UNKNOWN_CHANNEL: Final = "unknown"


@final
@attrs.frozen
class Channel:
    """A leaf of the tree: one channel.  Placements on it are told by the source tag.

    Attributes:
        name: Its name.
        kind: One of `CHANNEL_KINDS`.
        aliases: Other spellings by which a touch may call it: a medium, a
            source, a click id's parameter, a name in another language.  Case,
            width, spaces, hyphens and underscores make no difference.
    """

    name: str
    kind: str = attrs.field()
    aliases: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], kw_only=True)

    @kind.validator
    def _closed(self, _: object, kind: str) -> None:
        if kind not in CHANNEL_KINDS:
            raise UnknownName("kind of channel", kind, CHANNEL_KINDS)


@final
@attrs.frozen
class Channels:
    """The channels of one business: every touch comes by exactly one of them, or by "unknown".

    Attributes:
        leaves: The channels; no spelling belongs to two of them.
    """

    leaves: tuple[Channel, ...] = attrs.field(converter=tuple[Channel, ...])

    def __attrs_post_init__(self) -> None:
        owner: dict[str, str] = {}
        if len({leaf.name for leaf in self.leaves}) < len(self.leaves):
            raise Contradiction("two channels have the same name; give each a name of its own")
        for leaf in self.leaves:
            for spelling in (leaf.name, *leaf.aliases):
                key = _key(spelling)
                if not key or key == UNKNOWN_CHANNEL:
                    raise InvalidValue(f"a channel cannot be called {spelling!r}")
                if owner.setdefault(key, leaf.name) != leaf.name:
                    raise Contradiction(
                        f"{spelling!r} stands for both {owner[key]!r} and {leaf.name!r}; "
                        "leave it to one of them"
                    )

    def __getitem__(self, name: str) -> Channel:
        """Return the channel called *name*."""
        for leaf in self.leaves:
            if leaf.name == name:
                return leaf
        raise UnknownName("channel", name, (leaf.name for leaf in self.leaves))


def resolve(touch: str | SourceTag | None, channels: Channels) -> str:
    """Return the name of the one channel that *touch* came by, or "unknown".

    A text is a channel's name or alias.  Of a source tag the most definite
    word counts: its channel, else the parameter of a click id, else its
    medium, else its source.  A word that no channel answers to says nothing,
    and the next is asked, except that a channel stated outright is final.

    >>> resolve("公众号", CHANNELS), resolve("Paid Search", CHANNELS), resolve("carrier pigeon", CHANNELS)
    ('own_media', 'sem', 'unknown')
    """
    spellings = _spellings(channels)
    for word in _words(touch):
        name = spellings.get(_key(word))
        if name is not None:
            return name
    return UNKNOWN_CHANNEL


def _words(touch: str | SourceTag | None) -> Iterable[str]:
    if touch is None or isinstance(touch, str):
        return (touch,) if touch else ()
    if touch.channel is not None:
        return (touch.channel,)
    clicks = (name for name, _ in touch.click_ids)
    return (*clicks, *(word for word in (touch.medium, touch.source) if word is not None))


@lru_cache(maxsize=64)
def _spellings(channels: Channels) -> dict[str, str]:
    return {_key(spelling): leaf.name for leaf in channels.leaves for spelling in (leaf.name, *leaf.aliases)}


def _key(spelling: str) -> str:
    folded = unicodedata.normalize("NFKC", spelling).casefold()
    return "".join(one for one in folded if not one.isspace() and one not in "-_/")


CHANNELS: Final = Channels(
    (
        Channel("offline_event", "owned", aliases=("event", "exhibition", "trade show", "线下活动", "展会")),
        Channel("store", "owned", aliases=("shop", "pos", "in store", "门店")),
        Channel("website", "owned", aliases=("web", "site", "direct", "官网")),
        Channel(
            "own_media", "owned", aliases=("email", "e-mail", "newsletter", "edm", "sms", "公众号", "自媒体")
        ),
        Channel("community", "owned", aliases=("wecom", "group", "forum", "社群", "企业微信")),
        Channel("app", "owned", aliases=("mini-program", "小程序")),
        Channel("partner", "owned", aliases=("affiliate", "reseller", "合作伙伴", "渠道商")),
        Channel(
            "ad_platform",
            "paid",
            aliases=("ads", "display", "paid social", "banner", "ttclid", "gdt_vid", "广告", "信息流"),
        ),
        Channel("tv", "paid", aliases=("television", "电视")),
        Channel("media", "paid", aliases=("press", "magazine", "radio", "媒体")),
        Channel(
            "sem",
            "paid",
            aliases=("cpc", "ppc", "paid search", "gclid", "gbraid", "wbraid", "msclkid", "bd_vid", "竞价"),
        ),
        Channel("bought_list", "paid", aliases=("list", "名单", "购买名单")),
        Channel("seo", "owned", aliases=("organic", "organic search", "自然搜索")),
        Channel("referral", "referral", aliases=("refer a friend", "老带新", "转介绍")),
        Channel("word_of_mouth", "referral", aliases=("wom", "口碑")),
    )
)
"""The fifteen usual channels.

Partners and search-engine optimisation count as one's own here, since no
single visit is paid for; a business that sees it otherwise makes its own `Channels`.
"""
