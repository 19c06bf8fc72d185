"""Source tags: what a link, a code or a form tells of where somebody came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, final

import attrs

from crmkit.errors import InvalidValue, UnknownName

CLICK_IDS: Final = (
    "bd_vid",
    "dclid",
    "fbclid",
    "gbraid",
    "gclid",
    "gdt_vid",
    "li_fat_id",
    "msclkid",
    "ttclid",
    "twclid",
    "wbraid",
    "yclid",
)
"""The parameters by which ad platforms number a click."""

Pairs: TypeAlias = tuple[tuple[str, str], ...]


def _text(text: str | None) -> str | None:
    """Return *text*, or None if it is empty.

    Raises:
        InvalidValue: If it is no text that UTF-8 can write.
    """
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise InvalidValue(f"a source tag holds text, got a {type(text).__name__}")
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise InvalidValue("a source tag holds half a character (a lone surrogate); decode it anew")
    return text


def _clicks(clicks: Mapping[str, str] | Iterable[tuple[str, str]]) -> Pairs:
    pairs = clicks.items() if isinstance(clicks, Mapping) else clicks
    kept: dict[str, str] = {}
    for name, value in pairs:
        if name not in CLICK_IDS:
            raise UnknownName("click id", name, CLICK_IDS)
        clean = _text(value)
        if clean is not None:
            kept[name] = clean
    return tuple(sorted(kept.items()))


@final
@attrs.frozen(kw_only=True)
class SourceTag:
    """Where somebody came from, as far as the way they came tells; None is unknown.

    Attributes:
        channel: Channel, stated outright.
        placement: The place on the channel: a poster, a banner, a counter.
        source: Who sent them: "google", "spring-letter".
        medium: By what means: "cpc", "email".
        campaign: Name of the campaign.
        campaign_id: Its id.
        term: The words that were searched for.
        content: Which of several versions they saw.
        app_id: The app or mini-program it leads into.
        click_ids: The ad platforms' numbers of the click, by parameter, a
            mapping when given, kept as sorted pairs; the values stay out of `repr`.
    """

    channel: str | None = attrs.field(default=None, converter=_text)
    placement: str | None = attrs.field(default=None, converter=_text)
    source: str | None = attrs.field(default=None, converter=_text)
    medium: str | None = attrs.field(default=None, converter=_text)
    campaign: str | None = attrs.field(default=None, converter=_text)
    campaign_id: str | None = attrs.field(default=None, converter=_text)
    term: str | None = attrs.field(default=None, converter=_text)
    content: str | None = attrs.field(default=None, converter=_text)
    app_id: str | None = attrs.field(default=None, converter=_text)
    click_ids: Pairs = attrs.field(
        default=(), converter=_clicks, repr=lambda pairs: f"<{', '.join(name for name, _ in pairs)}>"
    )
