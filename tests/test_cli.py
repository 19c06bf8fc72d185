"""The command line: what a person types, reads and gets."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crmkit import __version__
from crmkit.adapters.alone import alone_in
from crmkit.adapters.sql import sqlite_storage
from crmkit.adapters.sql.existing import check_ours
from crmkit.cli import main
from crmkit.conditions import to_json
from crmkit.demo import identity_quality
from crmkit.model import FIELDS
from crmkit.playbook import MEMBERSHIP

SMALL = ("demo", "--customers", "120", "--seed", "5")
SHARED = Path(__file__).parents[1].parent / "shared" / "data"

PEOPLE = """id,name,email,phone
1,王小明,ming@x.example,13800138000
2,Wang Xiaoming,MING@x.example,
3,Ana Sousa,ana@x.example,+351912345678
"""
ORDERS = """customer,order no,date,amount
1,o1,2024-01-05T10:00+08:00,10.50
1,o1,2024-01-05T10:00+08:00,4.50
3,o2,2024-02-05T10:00+08:00,99
"""


def crmkit(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def content(path: Path) -> dict[str, list[object]]:
    """Return every row of every table of a data base."""
    with sqlite3.connect(path) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        found = {name: sorted(connection.execute(f"select * from {name}"), key=repr) for name in names}
    connection.close()
    return found


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo ran once, in peace."""
    out = tmp_path_factory.mktemp("clean") / "demo"
    assert crmkit(*SMALL, "--out", out).exit_code == 0
    return out


def test_the_demo_writes_what_it_says(clean: Path) -> None:
    """Customers, links, problems, profiles, decisions, messages and a report, and they agree with each other."""
    customers = rows(clean / "customers.csv")
    links = rows(clean / "links.csv")
    sent = [json.loads(line) for line in (clean / "sent.jsonl").read_text(encoding="utf-8").splitlines()]
    decisions = rows(clean / "decisions.csv")
    assert 110 <= len(customers) <= 130
    assert {row["customer_id"] for row in links} == {row["id"] for row in customers}
    assert [row["customer_id"] for row in rows(clean / "profiles.csv")] == [row["id"] for row in customers]
    assert {line["key"] for line in sent} == {row["key"] for row in decisions if row["outcome"] == "SEND"}
    assert all(row["reasons"] for row in decisions)
    assert (clean / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_everything_known_of_a_customer_is_written(clean: Path) -> None:
    """Every standard field, and the business's own ones, as the golden record has them."""
    found = rows(clean / "customers.csv")
    storage = sqlite_storage(clean / "crm.sqlite")

    kept = {str(one.id): one for one in storage.customers.customers()}
    names = [field.name for field in FIELDS]
    assert set(names) <= found[0].keys()
    for row in found:
        known = {name for name in names if kept[row["id"]][name] not in (None, "")}
        assert {name for name in names if row[name]} == known
    assert sum(bool(row["born_on"]) for row in found) > 20
    assert sum(bool(row["city"]) for row in found) > 20


def test_the_demo_shows_what_a_person_enjoys(tmp_path: Path) -> None:
    """Counts, stages, tiers, funnel, decisions with reasons, the quality of identity, and time per phase."""
    shown = crmkit(*SMALL, "--out", tmp_path / "demo", "--verbose")
    assert shown.exit_code == 0
    for words in (
        "customers",
        "Stages",
        "mature",
        "Value tiers",
        "Funnel",
        "SEND",
        "precision",
        "Time: intake",
    ):
        assert words in shown.output
    assert "→ " in shown.output
    assert "Traceback" not in shown.output


def test_run_again_the_demo_sends_nothing_twice(tmp_path: Path) -> None:
    """The second run finds everything done."""
    out = tmp_path / "demo"
    first = crmkit(*SMALL, "--out", out)
    sent = (out / "sent.jsonl").read_bytes()
    second = crmkit(*SMALL, "--out", out)
    assert "Messages: 0 sent" not in first.output
    assert "Messages: 0 sent, 0 failed, 0 unknown" in second.output
    assert "identity done before" in second.output
    assert (out / "sent.jsonl").read_bytes() == sent


def test_another_world_needs_another_folder(clean: Path) -> None:
    """Two worlds are never mixed."""
    refused = crmkit("demo", "--customers", "50", "--out", clean)
    assert refused.exit_code == 2
    assert "holds another world" in refused.output


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("phase", ["intake", "identity", "profiles", "decisions", "messages", "report"])
def test_a_demo_killed_in_any_phase_and_run_again_ends_the_same(
    phase: str, clean: Path, tmp_path: Path
) -> None:
    """SIGKILL, then a second try: the same data base, the same messages, as one clean run."""
    out = tmp_path / "demo"
    command = [sys.executable, "-m", "crmkit", *SMALL, "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(f"{phase} …"):
                time.sleep(0.02)
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL

    assert crmkit(*SMALL, "--out", out).exit_code == 0
    assert content(out / "crm.sqlite") == content(clean / "crm.sqlite")
    assert (out / "sent.jsonl").read_bytes() == (clean / "sent.jsonl").read_bytes()


def test_explain_tells_who_and_why(clean: Path) -> None:
    """A customer is found by the id of any of their records."""
    link = next(row for row in rows(clean / "links.csv") if row["record_id"] != row["customer_id"])
    told = crmkit("explain", link["record_id"], "--db", clean / "crm.sqlite")
    assert told.exit_code == 0
    for words in (link["customer_id"], "Why they are one", "bits", "Stages and roles"):
        assert words in told.output


def test_explain_helps_who_mistypes(clean: Path) -> None:
    """The closest id is offered, and a data base that is not there is said so."""
    some = rows(clean / "customers.csv")[0]["id"]
    wrong = crmkit("explain", some[:-1] + "x", "--db", clean / "crm.sqlite")
    assert wrong.exit_code == 2
    assert "Did you mean" in wrong.output
    nowhere = crmkit("explain", some, "--db", clean / "other.sqlite")
    assert nowhere.exit_code == 2
    assert "there is no data base" in nowhere.output


def foreign(path: Path, journal: str) -> None:
    """Write a data base of something else."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("CREATE TABLE notes (text)")
        connection.commit()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no data base of crmkit"),
        (b"x", "is no data base of crmkit"),
        (b"a text file, of some length, that is no data base" * 20, "cannot be opened as a data base"),
        (b"SQLite format 3\0" + bytes(84), "cannot be opened as a data base"),
        ("delete", "is no data base of crmkit"),
        ("wal", "is no data base of crmkit"),
        (None, "there is no data base"),
    ],
)
def test_explain_leaves_alone_what_is_not_crmkits(
    content: bytes | str | None, reason: str, tmp_path: Path
) -> None:
    """A wrong --db is refused, and the file stays as it was, byte for byte, with nothing beside it."""
    path = tmp_path / "other"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is None:
        path.mkdir()
    else:
        foreign(path, content)
    before = None if path.is_dir() else path.read_bytes()
    refused = crmkit("explain", "1", "--db", path)

    assert refused.exit_code == 2
    assert reason in refused.output
    assert (None if path.is_dir() else path.read_bytes()) == before
    assert list(tmp_path.iterdir()) == [path]


def test_explain_reads_what_a_killed_run_left_in_the_log(clean: Path, tmp_path: Path) -> None:
    """A data base whose tables still stand in its log only is crmkit's too."""
    path = tmp_path / "crm.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE crmkit_schema (version INTEGER PRIMARY KEY)")
        connection.commit()
        check_ours(path)
    check_ours(clean / "crm.sqlite")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk"])
def test_a_console_that_cannot_show_everything_shows_what_it_can(encoding: str, tmp_path: Path) -> None:
    """Bars, arrows and Chinese names cost nobody the work; they are shown as question marks."""
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    people = tmp_path / "people.csv"
    commands: tuple[tuple[str | Path, ...], ...] = (
        ("demo", "--customers", "50", "--verbose", "--out", tmp_path / "demo"),
        ("run", "--records", people, "--as-of", "2024-03-01", "--out", tmp_path / "out"),
        ("explain", "1", "--db", tmp_path / "out" / "crm.sqlite"),
        ("run", "--records", tmp_path / "王小明.csv"),
    )
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "crmkit", *map(str, command)],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert done.returncode == (2 if command is commands[-1] else 0), done.stderr
        assert b"Traceback" not in done.stderr


def test_what_a_killed_export_left_is_taken_away(folder: Path) -> None:
    """Only files of its own making go, however much others look like them."""
    out = folder / "out"
    out.mkdir()
    own = [".customers.csv.1234.part", ".decisions.csv.7.part", ".report.html.8.part"]
    others = [".customers.csv.part", "customers.csv.1.part", ".notes.csv.1.part", ".customers.csv.x.part"]
    for name in (*own, *others):
        (out / name).write_text("half")
    assert ran(folder, "--records", folder / "people.csv").exit_code == 0

    assert not any((out / name).exists() for name in own)
    assert all((out / name).read_text() == "half" for name in others)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return tmp_path


def ran(folder: Path, *words: str | Path) -> Result:
    return crmkit("run", "--as-of", "2024-03-01", "--out", folder / "out", *words)


def test_run_does_the_whole_job_on_files(folder: Path) -> None:
    """Lines of one order are one purchase, and everything comes out."""
    done = ran(
        folder, "--records", folder / "people.csv", "--activities", folder / "orders.csv", "--currency", "CNY"
    )
    assert done.exit_code == 0, done.output
    profiles = {row["customer_id"]: row for row in rows(folder / "out" / "profiles.csv")}
    assert profiles["1"]["stage"] == "new"
    assert (profiles["1"]["frequency"], profiles["1"]["monetary_minor"]) == ("1", "1500")
    assert profiles["3"]["monetary_minor"] == "9900"
    assert "order no → order_id, by name" in done.output


@pytest.mark.parametrize(
    "given", [("--records", "people.csv"), ("--activities", "orders.csv", "--currency", "CNY")]
)
def test_either_kind_of_file_may_be_absent(folder: Path, given: tuple[str, ...]) -> None:
    """Records alone have stages, activities alone have customers."""
    kind, name, *rest = given
    done = ran(folder, kind, folder / name, *rest)
    assert done.exit_code == 0, done.output
    assert len(rows(folder / "out" / "customers.csv")) >= 2


def test_a_playbook_may_be_a_file(folder: Path) -> None:
    """Whoever writes a playbook down can run it; one that is broken is refused with the path to what is wrong."""
    book = folder / "club.json"
    book.write_text(to_json(MEMBERSHIP), encoding="utf-8")
    assert ran(folder, "--records", folder / "people.csv", "--playbook", book).exit_code == 0
    book.write_text(to_json(MEMBERSHIP).replace('"priority":80', '"priority":"high"'), encoding="utf-8")
    refused = ran(folder, "--records", folder / "people.csv", "--playbook", book)
    assert refused.exit_code == 2
    assert "priority" in refused.output
    nowhere = ran(folder, "--records", folder / "people.csv", "--playbook", folder / "culb.json")
    assert nowhere.exit_code == 2
    assert f"Did you mean '{book}'" in nowhere.output


BAD = [
    (("--records", "peeple.csv"), "Did you mean"),
    (("--records", "people.csv", "--map", "email=emial"), "Did you mean 'email'"),
    (("--records", "people.csv", "--map", "emial=email"), "Did you mean 'email'"),
    (("--records", "people.csv", "--map", "email"), "field=column"),
    (("--records", "people.csv", "--playbook", "retial"), "Did you mean 'retail'"),
    (("--records", "people.csv", "--playbook", "none.json"), "no playbook is called 'none.json'"),
    (("--records", "people.csv", "--zone", "Asia/Shangai"), "Did you mean 'Asia/Shanghai'"),
    (("--activities", "orders.csv", "--currency", "RMBB"), "three letters"),
    (("--records", "people.csv", "--currency", "RMBBB"), "got 'RMBBB'"),
    (("--records", "people.csv", "--zone", "Asia/Tokio", "--as-of", "2024-03-01T00:00Z"), "'Asia/Tokyo'"),
    (("--records", "people.csv", "--as-of", "yesterday"), "--as-of takes a date"),
    (("--records", "people.csv", "--as-of", "9999-12-31"), "the years 1900 to 2199, not '9999-12-31'"),
    (("--records", "people.csv", "--as-of", "0001-01-01"), "the years 1900 to 2199, not '0001-01-01'"),
    (("--records", "", "--zone", "UTC"), "it is empty; name a file"),
    (("--records", "empty.csv"), "empty"),
    (("--records", "heads.csv"), "none of the files has a row"),
    (("--records", "."), "is a folder"),
    (("--records", "picture.png"), "is of a kind that is not read"),
    ((), "give at least one file"),
]


@pytest.mark.parametrize(("words", "message"), BAD, ids=[message for _, message in BAD])
def test_where_nothing_can_be_done_it_says_so(folder: Path, words: tuple[str, ...], message: str) -> None:
    """Exit code 2, one clear sentence, and never a traceback."""
    (folder / "empty.csv").write_text("")
    (folder / "heads.csv").write_text("id,name\n")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    named = [
        str(folder / word) if word and before in ("--records", "--activities") else word
        for before, word in zip(("", *words), words, strict=False)
    ]
    refused = ran(folder, *named)
    assert refused.exit_code == 2, refused.output
    assert message in refused.output
    assert "Traceback" not in refused.output
    assert isinstance(refused.exception, SystemExit)
    assert not (folder / "out").exists()


def test_bad_rows_are_problems_and_good_rows_stay(folder: Path) -> None:
    """A broken row, a naive time, a negative amount, an unknown kind: each is named, and none takes another along."""
    (folder / "mixed.csv").write_text(
        "customer,kind,date,amount\n"
        "c1,purchase,2024-01-05T10:00Z,5\n"
        "c1,purchase,2024-01-06 10:00,5\n"
        "c1,purchase,2024-01-07T10:00Z,-5\n"
        "c1,purchsae,2024-01-08T10:00Z,5\n"
        "c1,purchase,2024-01-09T10:00Z,5,6,7\n"
        "c1,purchase,2024-01-10T10:00Z,7\n",
        encoding="utf-8",
    )
    done = ran(folder, "--activities", folder / "mixed.csv", "--currency", "CNY")
    assert done.exit_code == 0, done.output
    problems = {int(row["row"]): row["reason"] for row in rows(folder / "out" / "problems.csv") if row["row"]}
    assert sorted(problems) == [2, 3, 4, 5]
    assert "--zone" in problems[2]
    assert "refund" in problems[3]
    assert "Did you mean 'purchase'" in problems[4]
    [profile] = rows(folder / "out" / "profiles.csv")
    assert (profile["frequency"], profile["monetary_minor"]) == ("2", "1200")


def test_a_zone_makes_naive_times_whole(folder: Path) -> None:
    """With --zone a wall time is a wall time there."""
    (folder / "naive.csv").write_text("customer,date,amount\nc1,2024-01-06 10:00,5\n", encoding="utf-8")
    done = ran(folder, "--activities", folder / "naive.csv", "--currency", "CNY", "--zone", "Asia/Shanghai")
    assert done.exit_code == 0, done.output
    [profile] = rows(folder / "out" / "profiles.csv")
    assert profile["stage_since"] == "2024-01-06T02:00:00+00:00"


def test_two_shops_lose_nothing_to_each_other(folder: Path) -> None:
    """Files of one name with the same ids: every person and all money comes out, and each order with its own people."""
    for shop, name in (("north", "Ana Sousa"), ("south", "王小明")):
        (folder / shop).mkdir()
        (folder / shop / "people.csv").write_text(f"id,name\n1,{name}\n2,{name[:2]} Li\n", encoding="utf-8")
        (folder / shop / "orders.csv").write_text(
            f"customer,order no,date,amount\n1,7,2024-01-05T10:00Z,{len(name)}\n"
        )
    files = [folder / shop / name for shop in ("north", "south") for name in ("people.csv", "orders.csv")]
    words: list[str | Path] = ["--currency", "CNY"]
    for file in files:
        words += [
            "--records" if file.stem == "people" else "--activities",
            file,
            "--source",
            f"{file}={file.parent.name}",
        ]
    done = ran(folder, *words)
    assert done.exit_code == 0, done.output
    spent = {row["name"]: row["monetary_minor"] for row in rows(folder / "out" / "profiles.csv")}
    assert {"Ana Sousa": "900", "王小明": "300"}.items() <= spent.items()
    assert len(spent) == 4


def test_out_that_is_a_file_is_refused(folder: Path) -> None:
    """Nothing of the user's is overwritten."""
    refused = crmkit("run", "--records", folder / "people.csv", "--out", folder / "orders.csv")
    assert refused.exit_code == 2
    assert "is a file" in refused.output
    assert (folder / "orders.csv").read_text(encoding="utf-8") == ORDERS


def test_a_lock_that_is_none_is_said(folder: Path) -> None:
    """A folder or a text of that name, or another crmkit: a sentence each, and nothing is written."""
    out = folder / "out"
    lock = out / ".lock"
    lock.mkdir(parents=True)
    refused = ran(folder, "--records", folder / "people.csv")
    assert (refused.exit_code, "cannot be locked: unable to open" in refused.output) == (2, True)
    lock.rmdir()
    lock.write_text("my diary, of some length, that is no data base " * 20)
    refused = ran(folder, "--records", folder / "people.csv")
    assert (refused.exit_code, "cannot be locked: file is not a database" in refused.output) == (2, True)
    lock.unlink()
    with closing(sqlite3.connect(lock, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused = ran(folder, "--records", folder / "people.csv")
    assert (refused.exit_code, "another crmkit is at work" in refused.output) == (2, True)
    assert list(out.iterdir()) == [lock]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="who may do anything cannot be kept out")
def test_a_folder_that_cannot_be_written_to_is_said(folder: Path) -> None:
    """Exit code 2 and a sentence that says to give another."""
    (folder / "out").mkdir(mode=0o555)
    refused = ran(folder, "--records", folder / "people.csv")
    assert refused.exit_code == 2, refused.output
    assert "give an --out that may be written to" in refused.output


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_run_leaves_the_data_base_of_something_else_alone(folder: Path, journal: str) -> None:
    """A crm.sqlite that is not crmkit's is refused and stays as it was, byte for byte."""
    (folder / "out").mkdir()
    path = folder / "out" / "crm.sqlite"
    foreign(path, journal)
    before = path.read_bytes()
    refused = ran(folder, "--records", folder / "people.csv")

    assert refused.exit_code == 2
    assert "is the data base of something else" in refused.output
    assert path.read_bytes() == before


def test_a_report_that_cannot_be_written_leaves_the_last_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report takes the place of the last one at once, or not at all."""
    assert ran(folder, "--records", folder / "people.csv").exit_code == 0
    before = (folder / "out" / "report.html").read_bytes()
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "report.html":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    refused = ran(folder, "--records", folder / "people.csv")
    assert refused.exit_code == 2
    assert "No space left on device" in refused.output
    assert (folder / "out" / "report.html").read_bytes() == before


def links(folder: Path) -> dict[str, str]:
    return {row["record_id"]: row["customer_id"] for row in rows(folder / "out" / "links.csv")}


def test_what_a_person_decides_holds_in_every_run(folder: Path) -> None:
    """Split, joined, taken back: the next run does so, and no later one undoes it."""
    people, db = folder / "people.csv", folder / "out" / "crm.sqlite"

    def decided(*words: str) -> str:
        said = crmkit("decide", *words, "--by", "ann", "--why", "王 knows", "--db", db)
        assert said.exit_code == 0, said.output
        assert said.output.endswith("It holds from the next run on.\n")
        for _ in range(2):
            assert ran(folder, "--records", people).exit_code == 0
        return said.output.splitlines()[0]

    assert ran(folder, "--records", people).exit_code == 0
    assert links(folder) == {"1": "1", "2": "1", "3": "3"}
    assert decided("split", "2") == "ann took '2' out of '1' and others: 王 knows"
    assert links(folder) == {"1": "1", "2": "2", "3": "3"}
    people.write_text(PEOPLE + "4,王小明,ming@x.example,13800138000\n", encoding="utf-8")
    assert decided("same", "3", "2") == "ann says that '3' and '2' are the same: 王 knows"
    assert links(folder) == {"1": "1", "2": "2", "3": "2", "4": "1"}
    assert decided("withdraw", "1", "2").startswith("Withdrawn: ann took '2' out of '1'")
    assert decided("distinct", "1", "3") == "ann says that '1' and '3' are distinct: 王 knows"
    assert links(folder)["1"] != links(folder)["3"] == links(folder)["2"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("same", "1", "33"), "no record is called '33'. Did you mean '3'?"),
        (("distinct", "1", "1"), "both ids are the same"),
        (("same", "1"), "'same' is said of two records, not of 1"),
        (("withdraw", "1", "2", "3"), "'withdraw' is said of two records, not of 3"),
        (("withdraw", "1", "2"), "nothing is decided of '1' and '2'."),
        (("split", "3"), "these are all the records of their customers"),
        (("sme", "1", "2"), "'sme' is not one of 'same', 'distinct', 'split', 'withdraw'"),
        (("same",), "Missing argument 'RECORDS...'"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(folder: Path, words: tuple[str, ...], message: str) -> None:
    """Exit code 2, one sentence, the closest id, and nothing is kept."""
    assert ran(folder, "--records", folder / "people.csv").exit_code == 0
    db = folder / "out" / "crm.sqlite"
    refused = crmkit("decide", *words, "--by", "ann", "--db", db)

    assert refused.exit_code == 2
    assert message in refused.output
    assert content(db)["identity"] == []


def test_decisions_wait_for_nobody_and_for_no_other_data_base(folder: Path) -> None:
    """A missing data base is said and nothing is made; where another crmkit is at work, it says so."""
    words = ("decide", "same", "1", "3", "--by", "ann", "--db")
    nowhere = crmkit(*words, folder / "none" / "crm.sqlite")
    assert (nowhere.exit_code, "there is no data base" in nowhere.output) == (2, True)
    assert not (folder / "none").exists()

    assert ran(folder, "--records", folder / "people.csv").exit_code == 0
    with alone_in(folder / "out"):
        busy = crmkit(*words, folder / "out" / "crm.sqlite")
    assert (busy.exit_code, "another crmkit is at work" in busy.output) == (2, True)


def test_now_is_the_default(folder: Path) -> None:
    """Without --as-of the clock is asked, here and nowhere else."""
    done = crmkit("run", "--records", folder / "people.csv", "--out", folder / "out")
    assert done.exit_code == 0, done.output


def test_version_and_help() -> None:
    """The first things anyone types."""
    assert __version__ in crmkit("--version").output
    for command in ((), ("demo",), ("run",), ("explain",), ("decide",)):
        assert "Usage" in crmkit(*command, "--help").output


@pytest.mark.skipif(not SHARED.exists(), reason="the real data is not here")
def test_real_people(tmp_path: Path) -> None:
    """1,000 real-looking records of 251 people: nearly no two people are joined, most are found."""
    people = SHARED / "er" / "fake_1000.csv"
    done = ran(tmp_path, "--records", people)
    assert done.exit_code == 0, done.output
    truth = {row["unique_id"]: row["cluster"] for row in rows(people)}
    links = {row["record_id"]: row["customer_id"] for row in rows(tmp_path / "out" / "links.csv")}
    quality = identity_quality(links, truth)
    assert quality.precision >= 0.99
    assert quality.f1 >= 0.94


@pytest.mark.skipif(not SHARED.exists(), reason="the real data is not here")
def test_a_real_shop(tmp_path: Path) -> None:
    """397,884 lines of a shop's orders: every customer, every order and every penny, in stages and tiers."""
    lines = SHARED / "seg" / "uci_online_retail_clean_397884.parquet"
    done = ran(
        tmp_path,
        "--activities",
        lines,
        "--currency",
        "GBP",
        "--zone",
        "Europe/London",
        "--as-of",
        "2011-12-10",
    )
    assert done.exit_code == 0, done.output
    profiles = rows(tmp_path / "out" / "profiles.csv")
    assert len(profiles) == 4_338
    assert sum(int(row["frequency"]) for row in profiles) == 18_532
    assert sum(int(row["monetary_minor"]) for row in profiles) == 891_140_790
    assert {row["stage"] for row in profiles} == {"new", "mature", "silent", "churned"}
    assert {row["tier"] for row in profiles} == {"1", "2", "3", "4", "5"}
