"""Placement links: a source tag written into a URL, and read out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote_plus

from crmkit.funnel.source_tag import CLICK_IDS, SourceTag

PARAMETERS: Final = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_id": "campaign_id",
    "utm_term": "term",
    "utm_content": "content",
    "crm_channel": "channel",
    "crm_placement": "placement",
    "crm_app": "app_id",
}
"""The parameter of a link for each part of a source tag; click ids keep their own names."""


def build_link(tag: SourceTag, url: str) -> str:
    """Return *url* with *tag* in its query; parameters of a former tag give way, all else stays.

    `parse_link` gives the tag back, whatever characters it holds.

    >>> build_link(SourceTag(source="wechat", campaign="春节"), "https://shop.example/tea?size=2#top")
    'https://shop.example/tea?size=2&utm_source=wechat&utm_campaign=%E6%98%A5%E8%8A%82#top'
    """
    address, query, fragment = _split(url)
    kept = [part for part in query.split("&") if part and not _is_own(_name(part))]
    told = [(name, getattr(tag, part)) for name, part in PARAMETERS.items()]
    own = [f"{name}={quote(value, safe='')}" for name, value in (*told, *tag.click_ids) if value is not None]
    joined = "&".join((*kept, *own))
    return f"{address}{'?' if joined else ''}{joined}{fragment}"


def parse_link(url: str) -> SourceTag:
    """Return the source tag in the query of *url*; parts that it does not tell are None.

    Names are read in any case.  Of a parameter that stands twice the first
    that says something counts; bytes that are no UTF-8 become U+FFFD.  A text
    without a query tells nothing.

    >>> parse_link("https://shop.example/?UTM_Source=google&utm_medium=cpc&gclid=x1").medium
    'cpc'
    """
    told: dict[str, str] = {}
    for part in _split(url)[1].split("&"):
        name, value = _name(part), unquote_plus(part.partition("=")[2])
        if value:
            told.setdefault(name, value)
    return tag_from(told)


def tag_from(parameters: Mapping[str, str]) -> SourceTag:
    """Return the source tag that *parameters* of a link tell; others are left aside.

    Half a character (a lone surrogate) becomes a question mark.
    """
    parameters = {name: value.encode("utf-8", "replace").decode() for name, value in parameters.items()}
    parts = {part: parameters.get(name) for name, part in PARAMETERS.items()}
    clicks: dict[str, str] = {name: parameters[name] for name in CLICK_IDS if name in parameters}
    return SourceTag(**parts, click_ids=clicks)


def _split(url: str) -> tuple[str, str, str]:
    """Return what comes before the query, the query, and the fragment with its ``#``."""
    rest, hash_sign, fragment = url.partition("#")
    address, _, query = rest.partition("?")
    return address, query, hash_sign + fragment


def _name(part: str) -> str:
    return unquote_plus(part.partition("=")[0]).lower()


def _is_own(name: str) -> bool:
    return name in PARAMETERS or name in CLICK_IDS
