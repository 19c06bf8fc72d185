"""Intake: from the rows of files and frames to records and activities, and what is wrong with the rest.

A `Table` holds rows; `map_records` and `map_activities` recognise its columns;
`records_of` and `activities_of` turn its rows into values of the model.  Every
row ends in a value or in a problem.  `all_records`, `at_home` and
`all_activities` put several tables together.
"""

from crmkit.workflows.intake.activities import activities_of
from crmkit.workflows.intake.mapping import (
    ColumnMap,
    Recognised,
    map_activities,
    map_records,
)
from crmkit.workflows.intake.overruling import overrules
from crmkit.workflows.intake.records import records_of
from crmkit.workflows.intake.tables import Table, table_of
from crmkit.workflows.intake.together import all_activities, all_records, at_home

__all__ = [
    "ColumnMap",
    "Recognised",
    "Table",
    "activities_of",
    "all_activities",
    "all_records",
    "at_home",
    "map_activities",
    "map_records",
    "overrules",
    "records_of",
    "table_of",
]
