"""Granting: whether what a visibility shows is called so, as a misspelt name shows nothing and says nothing."""

from __future__ import annotations

from crmkit.conditions import Vocabulary
from crmkit.errors import Problem, suggestion
from crmkit.model import ACTIVITY_FIELDS
from crmkit.profiles.visibility import ANY, OF_ACTIVITIES, SHOWN_BESIDE_FIELDS, Visibility


def strange_names(policy: Visibility, vocabulary: Vocabulary) -> list[Problem]:
    """Return a problem for each name that *policy* shows and nothing is called, with the closest name.

    Props of activities are held to the vocabulary where it declares them, and may have any name otherwise.

    >>> from crmkit.playbook import RETAIL
    >>> from crmkit.profiles import Grant, vocabulary
    >>> policy = Visibility(grants=[Grant(to="sales", over="team", shows=("nmae", "stage"))])
    >>> for problem in strange_names(policy, vocabulary(RETAIL.definitions)):
    ...     print(problem)
    grant to sales over team, nmae: nothing that can be shown is called 'nmae'. Did you mean 'name'?
    """
    names = {ANY, *SHOWN_BESIDE_FIELDS, *(field.name for field in vocabulary.fields)}
    of_activities = {
        OF_ACTIVITIES + name
        for name in (
            ANY,
            "customer_id",
            *(field.name for field in (*ACTIVITY_FIELDS, *(vocabulary.props or ()))),
        )
    }
    known = names | of_activities
    return [
        Problem(
            source=f"grant to {', '.join(grant.to)} over {grant.over}",
            field=name,
            reason=f"nothing that can be shown is called {name!r}. {suggestion(name, known)}".rstrip(),
            kept=True,
        )
        for grant in policy.grants
        for name in grant.shows
        if name not in known and not (vocabulary.props is None and name.startswith(OF_ACTIVITIES))
    ]
