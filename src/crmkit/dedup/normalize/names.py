"""Names of people: given and family name told apart, nicknames and readings as other forms."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple, NewType

from crmkit.dedup.forms import OTHER, OWN, Cell, Form, cell_of
from crmkit.dedup.normalize.chinese import is_pinyin, readings, simplified, without_umlaut
from crmkit.dedup.normalize.surnames import (
    is_pinyin_surname,
    is_surname,
    split_chinese,
    split_pinyin,
    split_pinyin_words,
)
from crmkit.dedup.normalize.text import (
    is_chinese,
    runs_of_chinese,
    text_key,
    without_chinese,
    words_in,
    words_of,
)
from crmkit.dedup.normalize.vocabulary import DEGREES, LONG_FORMS, TITLES

NameKey = NewType("NameKey", str)
"""A normalised given or family name."""


class PersonName(NamedTuple):
    """A person's name, normalised; any part may be empty where it is unknown.

    Attributes:
        family: Family name.
        given: Given name.
        middle: Middle names or their initials, in a row.
        suffix: What tells generations apart: "jr", "iii".
    """

    family: str
    given: str
    middle: str = ""
    suffix: str = ""


def name_key(name: str) -> NameKey:
    """Return one name, normalised: words joined by spaces, Chinese simplified and without spaces.

    >>> name_key("Anne-Marie"), name_key("張")
    ('anne marie', '张')
    """
    words = words_of(name)
    if is_chinese(name):
        return NameKey(simplified("".join(words)))
    return NameKey(" ".join(words))


@lru_cache(maxsize=65_536)
def name_forms(key: str) -> tuple[Form, ...]:
    """Return the ways to write the normalised name *key*: itself, its readings, what a nickname is short for.

    >>> [form.text for form in name_forms("bob")], [form.text for form in name_forms("曾")]
    (['bob', 'robert'], ['曾', 'ceng', 'zeng'])
    """
    if not key:
        return ()
    if is_chinese(key):
        others = readings(key)
    else:
        others = frozenset((key.replace(" ", ""), *LONG_FORMS.get(key, ()), *_umlaut_forms(key)))
    return (Form(key, OWN), *(Form(other, OTHER) for other in sorted(others) if other != key))


def split_name(name: str) -> PersonName:
    """Return family and given name of a full name, as well as its writing tells.

    A name in Chinese characters begins with the family name, and so does one
    in pinyin whose first word is a surname.  Else a comma or the last word
    tells the family name.  Signs such as emoji, tones, titles and degrees are
    no part of a name.

    >>> split_name("Wang Xiao-Ming"), split_name("Smith, Dr. John A."), split_name("王小明🌸")
    (PersonName(family='wang', given='xiaoming', middle='', suffix=''),
     PersonName(family='smith', given='john', middle='a', suffix=''),
     PersonName(family='王', given='小明', middle='', suffix=''))
    """
    key: str = text_key(name)
    if is_chinese(name):
        return _split_chinese(name, key)
    if key[-1:].isdecimal() and _TONED.fullmatch(key):
        key = _TONES.sub("", key)
    titled, key = _without_titles(key)
    words = words_in(key)
    pinyin = split_pinyin_words(_joined_by_hyphens(key) if "-" in key else words)
    if pinyin is not None:
        return PersonName(*pinyin)
    words, suffix = _given_first(key) if "," in key else _without_suffix(words)
    if len(words) > 1:
        return PersonName(words[-1], words[0], "".join(words[1:-1]), suffix)
    if titled and words:
        return PersonName(words[0], "")
    return _one_word(words)


def turned(name: PersonName) -> PersonName | None:
    """Return *name* with family and given name exchanged where pinyin does not tell which is which, else None.

    >>> turned(PersonName("xiang", "deng")).family
    'deng'
    """
    if is_pinyin_surname(name.family) and is_pinyin_surname(name.given):
        return PersonName(name.given, name.family)
    return None


def given_cell(name: PersonName) -> Cell:
    """Return every form of the given name; middle names make another form, and Jr is part of each.

    >>> [form.text for form in given_cell(PersonName("smith", "bob", "", "jr"))]
    ['bob jr', 'robert jr']
    """
    forms = name_forms(name.given)
    if not (name.middle or name.suffix):
        return forms
    if name.given and name.middle:
        forms = (*forms, Form(f"{name.given}{name.middle}", OTHER))
    if name.suffix:
        forms = tuple(Form(f"{form.text} {name.suffix}", form.way) for form in forms)
    return cell_of(forms)


def family_cell(name: PersonName) -> Cell:
    """Return every form of the family name."""
    return name_forms(name.family)


def whole_cell(name: PersonName) -> Cell:
    """Return the forms of the whole name by which records find each other, without spaces.

    They are the name itself, family name first, its reading, what a nickname
    is short for, and a Latin name the other way round.

    >>> [form.text for form in whole_cell(PersonName("王", "小明"))]
    ['王小明', 'wangxiaoming']
    """
    if not (name.family and name.given):
        known = name.family or name.given
        return name_forms(known) if is_chinese(known) else (Form(known, OWN),) if known else ()
    givens = [(text, way, is_chinese(text)) for text, way in name_forms(name.given)]
    forms = [
        Form((family + given).replace(" ", ""), OTHER if way or also else OWN)
        for family, way in name_forms(name.family)
        for chinese in (is_chinese(family),)
        for given, also, too in givens
        if chinese == too or way == also == OWN
    ]
    if not is_chinese(name.family):
        forms.append(Form(f"{name.given}{name.family}".replace(" ", ""), OTHER))
    return cell_of(forms)


def _one_word(words: list[str]) -> PersonName:
    if not words:
        return PersonName("", "")
    pinyin = split_pinyin(words[0])
    return PersonName(*pinyin) if pinyin else PersonName("", words[0])


def _split_chinese(name: str, key: str) -> PersonName:
    """Return the parts of a name with Chinese characters in it; a Latin given name may stand beside the family name."""
    parts = runs_of_chinese(key)
    if len(parts) > 1 and _DOT.search(name) and not is_surname(simplified(parts[0])):
        given, *middle, family = map(simplified, parts)
        return PersonName(family, given, "".join(middle))
    together = simplified("".join(parts))
    if is_surname(together):
        return PersonName(together, "".join(words_of(without_chinese(name))))
    return PersonName(*split_chinese(together))


def _joined_by_hyphens(key: str) -> list[str]:
    """Return the words of a name, those that hyphens join as one."""
    units = ("".join(words_in(unit)) for unit in re.split(r"[\s,]+", key))
    return [unit for unit in units if unit]


def _given_first(key: str) -> tuple[list[str], str]:
    """Return the words of a name with a comma in it, the family name last, and what tells generations apart."""
    head, _, tail = key.partition(",")
    before, suffix = _without_suffix(words_in(head), least=1)
    after, other = _without_suffix([word for word in words_in(tail) if word not in DEGREES], least=0)
    return after + before, other or suffix


def _without_suffix(words: list[str], *, least: int = 2) -> tuple[list[str], str]:
    """Return words without what tells generations apart at their end, and that; *least* words stay before it."""
    return (words[:-1], words[-1]) if len(words) > least and words[-1] in _SUFFIXES else (words, "")


def _without_titles(key: str) -> tuple[bool, str]:
    """Return whether titles such as Mr. stand before a name, or before the given name after a comma, and the rest."""
    if "," not in key and key.partition(" ")[0].partition(".")[0] not in TITLES:
        return False, key
    bare = _TITLE.sub(lambda found: found[1], key)
    return (True, bare) if bare != key and bare.strip(" ,") else (False, key)


def _umlaut_forms(key: str) -> tuple[str, ...]:
    plain = without_umlaut(key)
    return (plain,) if plain != key and all(map(is_pinyin, key.split())) else ()


_SUFFIXES: Final = frozenset(("jr", "sr", "ii", "iii", "iv"))
_TITLE: Final = re.compile(rf"(^|,)\s*(?:(?:{'|'.join(sorted(TITLES))})\b\.?\s*(?=\w))+")
_TONED: Final = re.compile(r"(?:[a-z]+[1-5])+(?:[\s,-]+(?:[a-z]+[1-5])+)*")
_TONES: Final = re.compile("[1-5]")
_DOT: Final = re.compile("[·•・‧.]")
