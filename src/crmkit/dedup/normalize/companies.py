"""Names of organisations: the name itself, its legal form, its place, and which part of an organisation it is.

"Kestrel Foods Ltd, Leeds Branch" is the Leeds branch of Kestrel Foods; its legal
form says nothing of who it is.  A part (a branch, a shop, a department) and a
holding are told apart from the organisation itself by a *unit*; a place that is
merely told, as in 上海明达科技有限公司, is kept beside the name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from crmkit.dedup.forms import OTHER, OWN, Form, cell_of
from crmkit.dedup.normalize.chinese import reading, simplified
from crmkit.dedup.normalize.company_chinese import split_chinese_company
from crmkit.dedup.normalize.company_latin import split_latin
from crmkit.dedup.normalize.company_name import CompanyName
from crmkit.dedup.normalize.company_words import TRADE_WORD, TRADES, TRADES_AT_END, VAGUE_TRADES
from crmkit.dedup.normalize.text import is_chinese, text_key

KEPT: Final = 65_536
"""So many names are remembered."""
_IN_ENGLISH: Final = frozenset(TRADES.values())


@lru_cache(maxsize=KEPT)
def split_company(name: str) -> CompanyName:
    """Return what the name of an organisation says: itself, its place, and which part of one it is.

    >>> split_company("Kestrel Foods GmbH, Niederlassung München")
    CompanyName(core='kestrel food', place='munich', unit='munich')
    >>> split_company("上海市明达科技有限公司")
    CompanyName(core='明达科技', place='shanghai', unit='')
    """
    key = text_key(name)
    if is_chinese(key):
        return split_chinese_company(simplified(key).replace(" ", ""))
    return split_latin(key)


@lru_cache(maxsize=KEPT)
def company_forms(name: str) -> tuple[Form, ...]:
    """Return the ways to write an organisation's name; its unit or place is told apart from the name.

    >>> [form.text for form in company_forms("Data Soft Inc")]
    ['data soft', 'datasoft']
    >>> [form.text for form in company_forms("明达科技（上海分公司）")]
    ['明达科技 @shanghai', 'mingda technology @shanghai', 'mingda keji @shanghai']
    """
    said = split_company(name)
    if not said.core:
        return ()
    abroad = _in_latin(said.core)
    if said.unit:
        mark = f" @{said.unit}"
        return cell_of([Form(said.core + mark, OWN), *(Form(one + mark, OTHER) for one in abroad)])
    mark = f" @{said.place}" if said.place else ""
    others = [one + end for one in (said.core, *abroad) for end in dict.fromkeys((mark, ""))]
    joined = said.core.replace(" ", "")
    return cell_of(
        [Form(said.core + mark, OWN), *(Form(one, OTHER) for one in (*others, *([] if mark else [joined])))]
    )


def bare_names(name: str) -> tuple[str, ...]:
    """Return the ways to write an organisation's name without any unit or place.

    >>> bare_names("明达科技（上海分公司）"), bare_names("Data Soft Inc")
    (('明达科技', 'mingda technology', 'mingda keji'), ('data soft',))
    """
    core = split_company(name).core
    return tuple(dict.fromkeys((core, *_in_latin(core)))) if core else ()


def brand_of(core: str) -> str:
    """Return what sets the name of an organisation apart: its first word; in Chinese what stands before the trade.

    >>> brand_of("kestrel food"), brand_of("明达科技")
    ('kestrel', '明达')
    """
    return core[: _trade_start(core)] if is_chinese(core) else core.partition(" ")[0]


def trades_of(name: CompanyName) -> frozenset[str]:
    """Return what an organisation does as far as its name says it, in English; few words are known.

    >>> sorted(trades_of(split_company("明达餐饮管理有限公司"))), sorted(trades_of(split_company("Kestrel Foods Ltd")))
    (['catering'], ['food'])
    """
    if is_chinese(name.core):
        said = {TRADES[word] for word in TRADE_WORD.findall(name.core[_trade_start(name.core) :])}
    else:
        said = set(name.core.split()[1:]) & _IN_ENGLISH
    return frozenset(said - VAGUE_TRADES)


def _in_latin(core: str) -> list[str]:
    """Return how a Chinese name is written abroad: the brand in pinyin, the trade in English or in pinyin."""
    if not is_chinese(core):
        return []
    start = _trade_start(core)
    brand, trade = reading(core[:start]), core[start:]
    if not brand.isascii():
        return []
    english = [TRADES[word] for word in TRADE_WORD.findall(trade)]
    return [
        " ".join((brand, *rest))
        for rest in dict.fromkeys((tuple(english), (reading(trade),) if trade else ()))
    ]


def _trade_start(core: str) -> int:
    """Return where in a Chinese name the words begin that say what the company does; the brand comes before."""
    found = TRADES_AT_END.search(core, 1)
    return found.start() if found else len(core)
