"""Why two records are not one customer: every reason in a sentence, and changes that were tried."""

from __future__ import annotations

import attrs
import pytest

from crmkit.dedup import Block, Flip, Resolver
from crmkit.errors import InvalidValue, UnknownName
from test_dedup_resolver import ANN, MODEL, POLICY, ZOE, a_resolver, the_model


def test_a_change_of_one_field_is_named() -> None:
    """Two who differ in too much: what one would have to say for them to be one."""
    resolver = a_resolver(a=ANN, b={**ANN, "name": "Zoe Ford", "phone": ""})
    answer = resolver.why_not("a", "b")

    assert not answer.together
    assert "is not over the threshold" in answer.reasons[0]
    assert Flip(record_id="b", like="a", fields=("name",)) in answer.flips
    assert "if 'b' said of 'name' what 'a' says" in str(answer)
    resolver.update({**ANN, "id": "b", "phone": ""})
    assert resolver.why_not("a", "b").together


def test_several_fields_where_one_is_not_enough() -> None:
    """Strangers become one only by several fields; none of those named is superfluous."""
    resolver = a_resolver(a=ANN, z=ZOE)
    answer = resolver.why_not("a", "z")
    fewest = min(len(flip.fields) for flip in answer.flips)

    assert fewest > 1
    assert "no block of the policy brings them together" in answer.reasons[1]
    for flip in answer.flips:
        like = {"a": ANN, "z": ZOE}[str(flip.like)]
        said = [
            {**{"a": ANN, "z": ZOE}[str(flip.record_id)], **{f: like[f] for f in flip.fields[:k]}}
            for k in (-1, fewest)
        ]
        apart, one = (a_resolver(**{"a": ANN, "z": ZOE, str(flip.record_id): row}) for row in said)
        assert apart.customer("a") != apart.customer("z")
        assert one.customer("a") == one.customer("z")


def test_what_people_said_is_named() -> None:
    """A decision keeps them apart, and would have to be withdrawn."""
    resolver = a_resolver(a=ANN, b=ANN)
    resolver.assert_distinct("a", "b", by="ann", why="cousins")
    answer = resolver.why_not("b", "a")

    assert answer.reasons == ("ann says that 'a' and 'b' are distinct: cousins",)
    assert answer.flips == (Flip(withdrawn=resolver.decisions),)
    assert "if this were withdrawn: ann says" in str(answer)


def test_a_limit_is_named() -> None:
    """Two passports are more than one person has; the field of the limit would have to change."""
    resolver = a_resolver(a={**ANN, "passport": "P1"}, b={**ANN, "passport": "P2"})
    answer = resolver.why_not("a", "b")

    assert answer.reasons == ("they would hold more than 1 value(s) of 'passport'",)
    assert Flip(record_id="a", like="b", fields=("passport",)) in answer.flips


def test_a_person_and_an_organisation_are_never_one() -> None:
    """Whatever they say, and nothing would make them one."""
    resolver = a_resolver(a={**ANN, "kind": "person"}, b={**ANN, "kind": "organisation"})
    answer = resolver.why_not("a", "b")

    assert answer.reasons[0] == "a person and an organisation are never one"
    assert answer.flips == ()
    assert "nothing that was tried would make them one" in str(answer)


def test_others_that_speak_against_are_named() -> None:
    """Two that fit each other are kept apart by whom one of them is with."""
    resolver = a_resolver(
        a={"name": "Ann Bell", "email": "a@x.pt", "city": None},
        b={**ANN, "email": ["a@x.pt", "b@x.pt"]},
        c={**ANN, "email": "b@x.pt"},
        z={**ZOE, "name": "Ann Bell"},
    )
    resolver.assert_same("a", "z", by="ann")
    answer = resolver.why_not("a", "b")

    assert answer.evidence.speaks_for
    assert answer.reasons == ("taken together, the records of their customers speak against it",)
    assert {(one.a, one.b) for one in answer.against} <= {("a", "c"), ("z", "b"), ("z", "c")}
    assert answer.against
    assert Flip(without=("z",)) in answer.flips
    assert "if 'z' were not there" in str(answer)


def test_a_crowded_key_is_named() -> None:
    """Records that a block finds together with too many others are not compared, and it says which."""
    resolver = Resolver(the_model(attrs.evolve(POLICY, blocking=(Block("name", limit=4),))))
    for number in range(5):
        resolver.add({"id": number, "name": "Ann Bell", "born_on": f"19{60 + number}-01-31", "city": None})
    answer = resolver.why_not(0, 1)

    assert answer.reasons[-1] == "they are not compared: more records than the limit agree in 'name'"


def test_one_and_the_same() -> None:
    """Two that are one say so; a record and itself, or a stranger, are refused."""
    resolver = a_resolver(a=ANN, b=ANN)
    answer = resolver.why_not("a", "b")

    assert (answer.together, answer.reasons, answer.flips) == (True, (), ())
    assert str(answer) == "'a' and 'b' are one customer"
    assert "one customer" in answer._repr_html_()
    assert "not one because" in a_resolver(a=ANN, z=ZOE).why_not("a", "z")._repr_html_()
    with pytest.raises(InvalidValue, match="both are 'a'"):
        resolver.why_not("a", "a")
    with pytest.raises(UnknownName):
        Resolver(MODEL).why_not("a", "b")


def test_ids_are_named_as_they_are() -> None:
    """One id where several are meant is refused, and so is a number where ids are texts, each with what is right."""
    resolver = a_resolver(**{"7": ANN, "8": ANN})
    with pytest.raises(InvalidValue, match=r"put one alone in brackets: \['7'\]"):
        resolver.split("7", by="ann")
    with pytest.raises(UnknownName, match=r"no record of int is called '7'\. Did you mean \"'7'\""):
        resolver.explain(7, "8")
    with pytest.raises(InvalidValue, match="by='ann'"):
        resolver.assert_distinct("7", "8", by=" ")
