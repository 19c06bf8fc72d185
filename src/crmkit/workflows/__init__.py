"""Load, decide, save: the only callers of ports.

`run_job` does the whole job; `identify`, `portray_all`, `decide` and
`dispatch` are its phases; `explain` and `summarise` tell what came of it.
`overrule` keeps what people say of who is who, and a resolver that the storage
keeps is loaded by `load_resolver` and told by `receive` and `tell`.
``workflows.intake`` turns rows into records and activities.
"""

from crmkit.workflows.decide import decide, playbook_in_force
from crmkit.workflows.dispatch import dispatch
from crmkit.workflows.explain import Portrait, explain
from crmkit.workflows.follow import catch_up, load_resolver, receive, tell
from crmkit.workflows.history import History, load_history
from crmkit.workflows.identify import evidence, identify
from crmkit.workflows.job import JobRun, PhaseRun, Told, run_job
from crmkit.workflows.overrule import overrule, take_out, withdraw
from crmkit.workflows.portray import load_profile, load_profiles, measurable, portray_all
from crmkit.workflows.progress import Progress, silent
from crmkit.workflows.summary import Summary, summarise

__all__ = [
    "History",
    "JobRun",
    "PhaseRun",
    "Portrait",
    "Progress",
    "Summary",
    "Told",
    "catch_up",
    "decide",
    "dispatch",
    "evidence",
    "explain",
    "identify",
    "load_history",
    "load_profile",
    "load_profiles",
    "load_resolver",
    "measurable",
    "overrule",
    "playbook_in_force",
    "portray_all",
    "receive",
    "run_job",
    "silent",
    "summarise",
    "take_out",
    "tell",
    "withdraw",
]
