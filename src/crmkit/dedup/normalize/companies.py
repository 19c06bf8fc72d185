"""Names of organisations: legal form and place told apart from the name itself."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, NewType

from crmkit.dedup.forms import OTHER, OWN, Form
from crmkit.dedup.normalize.chinese import simplified
from crmkit.dedup.normalize.text import is_chinese, text_key, words_of
from crmkit.dedup.normalize.vocabulary import CITIES, LEGAL_WORDS

CompanyKey = NewType("CompanyKey", str)
"""The normalised name of an organisation, without its legal form."""

_LEGAL_PHRASES: Final = re.compile(r"\b(public limited company|gesellschaft m\.? ?b\.? ?h\.?)\b")
_LEGAL_CHINESE: Final = re.compile(
    r"\(?(股份|集团)?\)?(股份|集团|有限)?(责任|合伙)?"
    r"(有限责任公司|股份有限公司|有限公司|股份公司|总公司|集团公司|(?<!分)公司)\)?"
)
_BRANCH_CHINESE: Final = re.compile(
    r"(?:[|(](?P<near>[^|()]{2,4})|(?P<last>[^|()]{2}))市?(?:分公司|分店|支行|分行|办事处|门店)\)?"
)
_CITY_HEAD: Final = re.compile(f"^({'|'.join(sorted(CITIES))})市?(?=..)")
_BRANCH_WORDS: Final = re.compile(
    r"(?:,| -|\()\s*(?P<place>[^,()\d]{3,30}?)\s*(?:branch|office|filiale|niederlassung|agence|succursale)?\s*\)?$"
)
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")


class CompanyName(NamedTuple):
    """What the name of an organisation says, normalised.

    Attributes:
        core: The name without legal form and branch.
        branch: The place of a branch, or "".
    """

    core: str
    branch: str = ""


def split_company(name: str) -> CompanyName:
    """Return the name of an organisation and the place of its branch, without the legal form.

    >>> split_company("Kestrel Logistics Ltd."), split_company("Kestrel Logistics (Leeds)")
    (CompanyName(core='kestrel logistics', branch=''), CompanyName(core='kestrel logistics', branch='leeds'))
    >>> split_company("明达科技有限公司上海分公司")
    CompanyName(core='明达科技', branch='上海')
    """
    if is_chinese(name):
        return _split_chinese(simplified(text_key(name)).replace(" ", ""))
    plain = _LEGAL_PHRASES.sub(" ", text_key(name))
    branch = ""
    found = _BRANCH_WORDS.search(plain)
    if (
        found is not None
        and found.start() > 2
        and not set(words_of(_undotted(found["place"]))) <= LEGAL_WORDS
    ):
        plain, branch = plain[: found.start()], " ".join(words_of(found["place"]))
    words = words_of(_undotted(plain))
    core = [word for word in words if word not in LEGAL_WORDS]
    return CompanyName(" ".join(core or words), branch)


def company_forms(name: str) -> tuple[Form, ...]:
    """Return the ways to write an organisation's name; a branch is told apart from its head office.

    >>> [form.text for form in company_forms("Data Soft Inc")]
    ['data soft', 'datasoft']
    >>> [form.text for form in company_forms("明达（上海分公司）")]
    ['明达 @上海']
    """
    core, branch = split_company(name)
    if not core:
        return ()
    mark = f" @{branch}" if branch else ""
    other = _CITY_HEAD.sub("", core).replace(" ", "")
    own = _CITY_HEAD.sub(r"\1", core)
    return (Form(own + mark, OWN), *((Form(other + mark, OTHER),) if other != own else ()))


def _split_chinese(name: str) -> CompanyName:
    bare = _LEGAL_CHINESE.sub("|", name)
    found = _BRANCH_CHINESE.search(bare)
    branch = (found["near"] or found["last"]).removesuffix("市") if found else ""
    rest = bare.replace(found[0], "|", 1) if found else bare
    core = "".join(words_of(_IN_BRACKETS.sub("", rest)))
    return CompanyName(core or "".join(words_of(name)), branch)


def _undotted(name: str) -> str:
    """Return *name* with the dots of G.m.b.H. and the like taken out."""
    return re.sub(r"(?<=\b\w)\.(?=\w\b|\s|$|[,)])", "", name)
