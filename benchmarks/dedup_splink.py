"""Splink 5, as its users run it: needs splink, and no crmkit.

Its threshold is the best of all that could have been chosen, found with the
labels: a figure that its users, who have none, cannot count on.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import splink.comparison_library as cl
from beside import Watch, quality
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

VERSIONS = ("splink", "duckdb")
WEIGHTS = range(-10, 31)
"""Thresholds that are tried, in bits."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """How a careful user sets Splink up for one table.

    Attributes:
        key: The column of the record's id.
        clean: What is cleaned in SQL before; it is not counted.
        blocks: Where pairs are looked for.
        comparisons: What is compared.
        sure: Rules that find sure matches only.
        recall: How many of all matches they are taken to find.
        training: Blocks that the model is trained on, in turn.
    """

    key: str
    clean: str
    blocks: Sequence[Any]
    comparisons: Sequence[Any]
    sure: Sequence[str]
    recall: float
    training: Sequence[Any]


def with_frequencies(comparison: Any) -> Any:
    return comparison.configure(term_frequency_adjustments=True)


HISTORICAL = Task(  # the settings of Splink's own example on these data
    key="unique_id",
    clean="""
        SELECT unique_id, first_name, surname, first_name || ' ' || surname AS both_names,
               dob, birth_place, postcode_fake, occupation
        FROM 'FILE'
    """,
    blocks=(
        block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"),
        block_on("substr(postcode_fake,1,3)", "dob"),
        block_on("substr(postcode_fake,1,3)", "first_name"),
        block_on("substr(postcode_fake,1,3)", "surname"),
        block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
    ),
    comparisons=(
        cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="both_names"),
        cl.DateOfBirthComparison(
            "dob", input_is_string=True, datetime_metrics=["year", "month"], datetime_thresholds=[1, 1]
        ),
        cl.PostcodeComparison("postcode_fake"),
        with_frequencies(cl.ExactMatch("birth_place")),
        with_frequencies(cl.ExactMatch("occupation")),
    ),
    sure=(
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "substr(l.first_name,1,2) = substr(r.first_name,1,2) and l.surname = r.surname "
        "and substr(l.postcode_fake,1,2) = substr(r.postcode_fake,1,2)",
        "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
    ),
    recall=0.6,
    training=(block_on("first_name", "surname"), block_on("dob")),
)
FAKE = Task(
    key="unique_id",
    clean="SELECT unique_id, first_name, surname, dob, city, email FROM 'FILE'",
    blocks=[block_on(name) for name in ("first_name", "surname", "dob", "email")],
    comparisons=(
        with_frequencies(cl.NameComparison("first_name")),
        with_frequencies(cl.NameComparison("surname")),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        with_frequencies(cl.ExactMatch("city")),
        with_frequencies(cl.EmailComparison("email")),
    ),
    sure=(
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "l.email = r.email",
    ),
    recall=0.7,
    training=(block_on("first_name", "surname"), block_on("dob")),
)
FEBRL = Task(
    key="rec_id",
    clean="""
        SELECT rec_id, given_name, surname, given_name || ' ' || surname AS both_names, street_number,
               address_1, suburb, postcode, date_of_birth, soc_sec_id
        FROM 'FILE'
    """,
    blocks=[block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")],
    comparisons=(
        cl.ForenameSurnameComparison("given_name", "surname", forename_surname_concat_col_name="both_names"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
        with_frequencies(cl.ExactMatch("street_number")),
        with_frequencies(cl.DamerauLevenshteinAtThresholds("postcode", [2])),
        with_frequencies(cl.JaroWinklerAtThresholds("address_1", [0.9])),
        with_frequencies(cl.JaroWinklerAtThresholds("suburb", [0.9])),
    ),
    sure=(
        "l.soc_sec_id = r.soc_sec_id",
        "l.given_name = r.given_name and l.surname = r.surname and l.date_of_birth = r.date_of_birth",
    ),
    recall=0.9,
    training=(block_on("date_of_birth"), block_on("postcode")),
)
WORLD = Task(
    key="id",
    clean=r"""
        SELECT * EXCLUDE (email, phone, address),
               CASE WHEN count(*) OVER (PARTITION BY email) <= 50 THEN email END AS email,
               CASE WHEN count(*) OVER (PARTITION BY phone) <= 50 THEN phone END AS phone,
               CASE WHEN count(*) OVER (PARTITION BY address) <= 50 THEN address END AS address
        FROM (
            SELECT id, lower(trim(name)) AS name, born_on, lower(trim(email[1])) AS email,
                   nullif(right(regexp_replace(phone[1], '\D', '', 'g'), 9), '') AS phone,
                   lower(address) AS address, lower(city) AS city, postcode, lower(company) AS company,
                   wechat, device, gender
            FROM 'FILE'
        )
    """,  # placeholders and mailboxes of everybody are left out, as crmkit does by itself
    blocks=(
        *[block_on(name) for name in ("email", "phone", "wechat", "device", "address")],
        block_on("name", "city"),
        block_on("name", "born_on"),
        block_on("born_on", "city"),
        block_on("company", "name"),
        block_on("postcode", "substr(name,1,2)"),
    ),
    comparisons=(
        with_frequencies(cl.JaroWinklerAtThresholds("name", [0.92, 0.88])),
        cl.DateOfBirthComparison("born_on", input_is_string=True),
        with_frequencies(cl.EmailComparison("email")),
        with_frequencies(cl.LevenshteinAtThresholds("phone", [1])),
        cl.LevenshteinAtThresholds("address", [2]),
        with_frequencies(cl.ExactMatch("city")),
        with_frequencies(cl.ExactMatch("postcode")),
        with_frequencies(cl.JaroWinklerAtThresholds("company", [0.9])),
        cl.ExactMatch("wechat"),
        cl.ExactMatch("device"),
        cl.ExactMatch("gender"),
    ),
    sure=(
        "l.email = r.email and l.name = r.name",
        "l.phone = r.phone and l.name = r.name",
        "l.name = r.name and l.born_on = r.born_on",
    ),
    recall=0.7,
    training=(block_on("phone"), block_on("email"), block_on("name", "city")),
)
TASKS: Mapping[str, Task] = {"historical": HISTORICAL, "fake": FAKE, "febrl": FEBRL, "world": WORLD}


def linker_of(task: Task, files: Sequence[str], *, link: bool = False) -> tuple[Any, Linker]:
    """Return a database with the cleaned tables in memory, and an untrained linker on them.

    Several files are one table, or with *link* several tables that are clean in themselves.
    """
    database = DuckDBAPI()
    queries = [task.clean.replace("FILE", file) for file in files]
    tables = []
    for place, query in enumerate(queries if link else [" UNION ALL ".join(queries)]):
        database.duckdb_con.execute(f"CREATE TABLE cleaned{place} AS {query}")
        tables.append(_registered(database, f"cleaned{place}"))
    settings = SettingsCreator(
        link_type="link_only" if link else "dedupe_only",
        unique_id_column_name=task.key,
        blocking_rules_to_generate_predictions=list(task.blocks),
        comparisons=list(task.comparisons),
    )
    return database, Linker(tables if link else tables[0], settings, log_level=logging.ERROR)


def teach(watch: Watch, task: Task, linker: Linker, *, pairs: float) -> None:
    """Train a linker as Splink's guide says; u is learnt from so many random *pairs*."""
    with watch.step("prior"):
        linker.training.estimate_probability_two_random_records_match(list(task.sure), recall=task.recall)
    with watch.step("u"):
        linker.training.estimate_u_using_random_sampling(max_pairs=pairs)
    with watch.step("EM"):
        for block in task.training:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block, estimate_without_term_frequencies=True
            )


def whole(
    watch: Watch,
    *,
    task: str,
    files: list[str],
    truth: str,
    part: str = "",
    pairs: float = 1e7,
    link: bool = False,
) -> dict[str, Any]:
    """Train, score and cluster; the quality is that of the best threshold, for a *part* by itself."""
    database, linker = linker_of(TASKS[task], files, link=link)
    teach(watch, TASKS[task], linker, pairs=pairs)
    with watch.step("predict"):
        predicted = linker.inference.predict()
    with watch.step("cluster"):
        linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_weight=4)
    known = json.loads(Path(truth).read_text(encoding="utf-8"))
    tried = []
    for weight in WEIGHTS:
        clusters = clusters_at(database, linker, predicted, TASKS[task].key, weight)
        some = {one: clusters[one] for one in known["parts"].get(part, ())}
        tried.append((weight, quality(clusters, known["truth"]), quality(some, known["truth"])))
    best = max(tried, key=lambda one: one[1][2])
    best_of_part = max(tried, key=lambda one: one[2][2])
    return {
        "pairs": counted(database, predicted.physical_name),
        "quality": best[1],
        "part": best_of_part[2],
        "notes": [f"best threshold {best[0]} bits"],
    }


def clusters_at(database: Any, linker: Linker, predicted: Any, key: str, weight: int) -> dict[str, str]:
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_weight=weight
    )
    rows = database.duckdb_con.execute(f"SELECT {key}, cluster_id FROM {found.physical_name}").fetchall()
    found.drop_table_from_database_and_remove_from_cache()
    return {str(record): str(cluster) for record, cluster in rows}


def counted(database: Any, table: str) -> int:
    number: int = database.duckdb_con.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return number


def block(watch: Watch, *, task: str, files: list[str], into: str) -> dict[str, Any]:
    """Write down the pairs that Splink's blocks find, for all to score."""
    database, linker = linker_of(TASKS[task], files)
    with watch.step("block"):
        found = linker.inference.compute_blocked_pairs_for_predict()
    database.duckdb_con.execute(f"COPY (FROM {found.physical_name}) TO '{into}' (FORMAT parquet)")
    return {}


def score(watch: Watch, *, task: str, files: list[str], blocked: str) -> dict[str, Any]:
    """Score the pairs in *blocked* with a trained model; only that is measured."""
    database, linker = linker_of(TASKS[task], files)
    teach(Watch(), TASKS[task], linker, pairs=1e6)
    connection = database.duckdb_con
    connection.execute(f"CREATE TABLE blocked AS FROM '{blocked}'")
    linker.table_management.register_blocked_pairs_for_predict(_registered(database, "blocked"))
    with watch.step("predict"):
        linker.inference.predict()
    return {"pairs": counted(database, "blocked")}


def one_by_one(watch: Watch, *, task: str, file: str, new: str, times: int) -> dict[str, Any]:
    """Find the pairs of some *new* records, one by one, among those of *file*."""
    database, linker = linker_of(TASKS[task], [file])
    teach(Watch(), TASKS[task], linker, pairs=1e6)
    connection = database.duckdb_con
    here = _registered(database, "cleaned0", "here")
    connection.execute(f"CREATE TABLE arrivals AS {TASKS[task].clean.replace('FILE', new)}")
    each = []
    with watch.step("predict_between"):
        for place in range(times):
            connection.execute(f"CREATE TABLE new{place} AS FROM arrivals LIMIT 1 OFFSET {place}")
            before = time.perf_counter()
            one = _registered(database, f"new{place}")
            linker.inference.predict_between(here, one)
            each.append(time.perf_counter() - before)
    return {"each": each, "notes": ["pairs only, no graph"]}


def _registered(database: Any, table: str, name: str = "") -> Any:
    return database.register(table, dataset_display_name=name or table)
