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
from crmkit.dedup.normalize.text import is_chinese, runs_of_chinese, text_key, without_chinese, words_of
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
    if is_chinese(name):
        return _split_chinese(name)
    plain: str = text_key(name)
    if _TONED.fullmatch(plain):
        plain = _TONES.sub("", plain)
    titled, untitled = _without_titles(plain)
    units = ["".join(words_of(unit)) for unit in re.split(r"[\s,]+", untitled)]
    pinyin = split_pinyin_words([unit for unit in units if unit])
    if pinyin is not None:
        return PersonName(*pinyin)
    words, suffix = _given_first(untitled)
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
    if name.given and name.middle:
        forms = (*forms, Form(f"{name.given}{name.middle}", OTHER))
    if name.suffix:
        forms = tuple(Form(f"{form.text} {name.suffix}", form.way) for form in forms)
    return cell_of(forms)


def family_cell(name: PersonName) -> Cell:
    """Return every form of the family name."""
    return cell_of(name_forms(name.family))


def whole_cell(name: PersonName) -> Cell:
    """Return the forms of the whole name by which records find each other, without spaces.

    They are the name itself, family name first, its reading, what a nickname
    is short for, and a Latin name the other way round.

    >>> [form.text for form in whole_cell(PersonName("王", "小明"))]
    ['王小明', 'wangxiaoming']
    """
    if not (name.family and name.given):
        return name_forms(name.family or name.given)
    givens = [(given, is_chinese(given.text)) for given in name_forms(name.given)]
    forms = [
        Form(f"{family.text}{given.text}".replace(" ", ""), max(family.way, given.way))
        for family in name_forms(name.family)
        for chinese in (is_chinese(family.text),)
        for given, also in givens
        if chinese == also or family.way == given.way == OWN
    ]
    if not is_chinese(name.family):
        forms.append(Form(f"{name.given}{name.family}".replace(" ", ""), OTHER))
    return cell_of(forms)


def _one_word(words: list[str]) -> PersonName:
    if not words:
        return PersonName("", "")
    pinyin = split_pinyin(words[0])
    return PersonName(*pinyin) if pinyin else PersonName("", words[0])


def _split_chinese(name: str) -> PersonName:
    """Return the parts of a name with Chinese characters in it; a Latin given name may stand beside the family name."""
    parts = [simplified(part) for part in runs_of_chinese(name)]
    if _DOT.search(name) and len(parts) > 1 and not is_surname(parts[0]):
        return PersonName(parts[-1], parts[0], "".join(parts[1:-1]))
    together = "".join(parts)
    latin = "".join(words_of(without_chinese(name)))
    if latin and is_surname(together):
        return PersonName(together, latin)
    return PersonName(*split_chinese(together))


def _given_first(name: str) -> tuple[list[str], str]:
    """Return the words of a Western name, the family name last, and what tells generations apart."""
    head, _, tail = (name + ",").partition(",")
    before, after = words_of(head), [word for word in words_of(tail) if word not in DEGREES]
    suffix = ""
    for words in (before, after):
        if len(before) + len(after) > 2 and words and words[-1] in _SUFFIXES:
            suffix = words.pop()
    return after + before, suffix


def _without_titles(name: str) -> tuple[bool, str]:
    """Return whether titles such as Mr. stand before a name, or before the given name after a comma, and the rest."""
    bare = _TITLE.sub(lambda found: found[1], name)
    return (True, bare) if bare != name and bare.strip(" ,") else (False, name)


def _umlaut_forms(key: str) -> tuple[str, ...]:
    plain = without_umlaut(key)
    return (plain,) if plain != key and all(map(is_pinyin, key.split())) else ()


_SUFFIXES: Final = frozenset(("jr", "sr", "ii", "iii", "iv"))
_TITLE: Final = re.compile(rf"(^|,)\s*(?:(?:{'|'.join(sorted(TITLES))})\b\.?\s*(?=\w))+")
_TONED: Final = re.compile(r"(?:[a-z]+[1-5])+(?:[\s,-]+(?:[a-z]+[1-5])+)*")
_TONES: Final = re.compile("[1-5]")
_DOT: Final = re.compile("[·•・‧.]")
