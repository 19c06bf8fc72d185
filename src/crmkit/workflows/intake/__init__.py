"""Intake: from the rows of files and frames to records and activities, and what is wrong with the rest.

A `Table` holds rows; `map_records` and `map_activities` recognise its columns;
`records_of` and `activities_of` turn its rows into values of the model.  Every
row ends in a value or in a problem.  For several tables that is done in steps:
`records_of` each and `all_records`; `lines_of` each, `at_home` and `all_activities`.
"""

from crmkit.workflows.intake.activities import activities_of, all_activities
from crmkit.workflows.intake.lines import Line, lines_of
from crmkit.workflows.intake.mapping import (
    ColumnMap,
    Recognised,
    map_activities,
    map_records,
)
from crmkit.workflows.intake.overruling import overrules
from crmkit.workflows.intake.records import records_of
from crmkit.workflows.intake.tables import Table, table_of
from crmkit.workflows.intake.together import all_records, at_home

__all__ = [
    "ColumnMap",
    "Line",
    "Recognised",
    "Table",
    "activities_of",
    "all_activities",
    "all_records",
    "at_home",
    "lines_of",
    "map_activities",
    "map_records",
    "overrules",
    "records_of",
    "table_of",
]
