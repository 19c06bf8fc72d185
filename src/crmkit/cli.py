"""The command line: `crmkit demo`, `crmkit run`, `crmkit explain` and `crmkit decide`."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from crmkit import __version__
from crmkit.errors import CrmkitError, InvalidValue, UnknownName
from crmkit.garbage import seldom_collected

if TYPE_CHECKING:
    from crmkit.adapters.sql import SqlStorage
    from crmkit.playbook import Playbook
    from crmkit.report import Figure
    from crmkit.workflows.intake import ColumnMap, Table
    from crmkit.workflows.job import JobRun, Told

T = TypeVar("T")

DATABASE: Final = "crm.sqlite"
SENT: Final = "sent.jsonl"
REPORT: Final = "report.html"
SHOWN_PROBLEMS: Final = 5

_YEARS: Final = range(1900, 2200)
"""The years of --as-of: whatever a definition looks back or ahead from there stays within the calendar."""

_VERBOSE: Final = click.option("--verbose", is_flag=True, help="Show a line about each message.")


class _FilePath(click.Path):
    """A path that names something: "" would be the folder one stands in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).strip():
            self.fail("it is empty; name a file or a folder", param, ctx)
        return super().convert(value, param, ctx)


_FILE: Final = _FilePath(path_type=Path)
_DB: Final = click.option(
    "--db", type=_FILE, default=Path("crmkit-demo") / DATABASE, show_default=True, help="The data base."
)


class _Refusal(click.ClickException):
    """Nothing could be done, and here is why."""

    exit_code = 2


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn what crmkit and the file system refuse into a message and exit code 2."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except CrmkitError as error:
        raise _Refusal(_plain(str(error))) from error
    except DBAPIError as error:
        raise _Refusal(f"the data base refuses: {error.orig}") from error
    except sqlite3.Error as error:
        raise _Refusal(f"the data base refuses: {error}") from error
    except OverflowError as error:
        raise _Refusal(f"a number or a time is too large: {error}") from error
    except UnicodeError as error:
        raise _Refusal(
            f"a file is not UTF-8: {error.reason if isinstance(error, UnicodeDecodeError) else error}"
        ) from error
    except OSError as error:
        raise _Refusal(_plain(f"{error.filename or 'a file'}: {error.strerror or error}")) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="crmkit")
def main() -> None:
    """Turn records and activities into customers, stages, tiers, funnels and care decisions."""
    click.get_current_context().with_resource(seldom_collected())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a console without Chinese, or without bars, shows what it can


@main.command()
@click.option(
    "--out", type=_FILE, default=Path("crmkit-demo"), show_default=True, help="Where everything goes."
)
@click.option("--seed", default=7, show_default=True, help="Another seed, another world.")
@click.option("--customers", default=5000, show_default=True, type=click.IntRange(min=1))
@_VERBOSE
def demo(out: Path, seed: int, customers: int, verbose: bool) -> None:  # noqa: FBT001 (click hands it over)
    """Make a small CRM world, do the whole job on it, and show what came of it.

    Run it again and nothing is sent twice; kill it, run it again, and it goes on.
    """
    from crmkit.adapters.alone import alone_in
    from crmkit.demo import identity_quality, make_world
    from crmkit.model import derive_id
    from crmkit.playbook import RETAIL
    from crmkit.report import Figure
    from crmkit.workflows.job import Told

    with _plainly(), alone_in(out):
        started = time.perf_counter()
        world = make_world(seed=seed, customers=customers)
        _say(f"A world of {customers:,} customers, seed {seed}, in {time.perf_counter() - started:.1f} s")
        told = Told(
            records=world.records,
            activities=world.activities,
            contact_roles=world.contact_roles,
            relations=world.relations,
        )
        fingerprint = derive_id("demo", __version__, seed, customers)
        storage = _storage(out / DATABASE)
        if storage.phases.digest("intake") not in (None, fingerprint):
            raise InvalidValue(f"{out} holds another world; give another --out, or delete it first")
        run = _do_job(
            storage, out, RETAIL, lambda: told, fingerprint=fingerprint, as_of=world.as_of, verbose=verbose
        )
        quality = identity_quality(storage.customers.links(), world.truth)
        _finish(
            storage,
            out,
            RETAIL,
            run,
            as_of=world.as_of,
            title="A small CRM world",
            figures=(
                Figure(
                    label="precision", value=f"{quality.precision:.3f}", note="of the pairs of records joined"
                ),
                Figure(
                    label="recall", value=f"{quality.recall:.3f}", note="of the pairs that belong together"
                ),
            ),
            notes=(str(quality),),
        )


@main.command()
@click.option(
    "--records", "record_files", type=_FILE, multiple=True, metavar="FILE", help="Records; may be repeated."
)
@click.option("--activities", "activity_files", type=_FILE, multiple=True, metavar="FILE", help="Activities.")
@click.option(
    "--playbook", default="retail", show_default=True, help="retail, membership, b2b, or a JSON file."
)
@click.option("--as-of", metavar="DATE", help="The instant everything is to be true of; by default now.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Overrule what a column means.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="FILE=SOURCE",
    help="Files of one source share their ids; needed where sources use the same ids.",
)
@click.option("--zone", metavar="ZONE", help="Time zone of times that carry none, such as Asia/Shanghai.")
@click.option("--currency", metavar="CODE", help="Currency of amounts that carry none, such as CNY.")
@click.option(
    "--out", type=_FILE, default=Path("crmkit-out"), show_default=True, help="Where everything goes."
)
@_VERBOSE
def run(
    record_files: Sequence[Path],
    activity_files: Sequence[Path],
    playbook: str,
    as_of: str | None,
    mapping: Sequence[str],
    sources: Sequence[str],
    zone: str | None,
    currency: str | None,
    out: Path,
    verbose: bool,  # noqa: FBT001 (click hands it over)
) -> None:
    """Do the whole job on your own CSV, JSON-lines or Parquet files."""
    from crmkit.adapters.alone import alone_in
    from crmkit.adapters.imports import facts_of_files

    with _plainly():
        if not record_files and not activity_files:
            raise InvalidValue("give at least one file: --records FILE or --activities FILE")
        _check_codes(zone, currency)
        book = _playbook(playbook)
        at = _instant(as_of, zone)
        told, fingerprint = facts_of_files(
            record_files,
            activity_files,
            mapping=mapping,
            sources=sources,
            zone=zone,
            currency=currency,
            understood=_understood,
        )
        if not told.records and not told.activities:
            for problem in told.problems[:SHOWN_PROBLEMS]:
                _say(f"  {problem}")
            raise InvalidValue("none of the files has a row that can be used")
        with alone_in(out):
            storage = _storage(out / DATABASE)
            done = _do_job(
                storage, out, book, lambda: told, fingerprint=fingerprint, as_of=at, verbose=verbose
            )
            _finish(storage, out, book, done, as_of=at, title=_title(record_files, activity_files))


@main.command()
@click.argument("customer")
@_DB
def explain(customer: str, db: Path) -> None:
    """Show everything that is known of CUSTOMER, and why it is so.

    CUSTOMER is the id of a customer, or of one of their records.
    """
    from crmkit.workflows.explain import explain as explain_customer

    with _plainly():
        _check_database(db)
        _show(str(explain_customer(_storage(db), customer)))


@main.command()
@click.argument("verdict", type=click.Choice(("same", "distinct", "split", "withdraw")))
@click.argument("records", nargs=-1, required=True)
@click.option("--by", required=True, metavar="NAME", help="Who says so.")
@click.option("--why", default="", metavar="TEXT", help="What for, in a sentence.")
@_DB
def decide(verdict: str, records: Sequence[str], by: str, why: str, db: Path) -> None:
    """Say of RECORDS, by their ids, who is who; it holds from the next run on, whatever the evidence.

    \b
    same A B        the two are one customer
    distinct A B    they are not
    split A …       these are not one with the rest of their customer
    withdraw A B    what was said of the two holds no more
    """  # noqa: D301 (click leaves lines as they are after \\b)
    from crmkit.adapters.alone import alone_in

    with _plainly():
        _check_database(db)
        with alone_in(db.parent):
            for line in _decided(_storage(db), verdict, records, by=by, why=why):
                _show(line)
        _show("It holds from the next run on.")


def _decided(storage: SqlStorage, verdict: str, records: Sequence[str], *, by: str, why: str) -> list[str]:
    """Keep what was said of *records*, and return it in sentences."""
    from crmkit.dedup import Decision
    from crmkit.dedup.decision import Said
    from crmkit.model import RecordId
    from crmkit.workflows import overrule, take_out, withdraw

    said: Said
    if verdict == "split":
        said = take_out(storage, map(RecordId, records), by=by, why=why)
    elif len(records) != 2:
        raise InvalidValue(f"{verdict!r} is said of two records, not of {len(records)}")
    elif verdict == "withdraw":
        return [f"Withdrawn: {one}" for one in withdraw(storage, *records, by=by, why=why)]
    else:
        said = Decision(records[0], records[1], verdict, by=by, why=why)
    overrule(storage, said)
    return [str(said)]


def _check_database(db: Path) -> None:
    """Check that there is one of ours, and leave it as it is."""
    from crmkit.adapters.sql.existing import check_ours

    if not db.is_file():
        raise InvalidValue(
            f"there is no data base {db}; make one with `crmkit demo` or `crmkit run`, or name it with --db"
        )
    check_ours(db)


def _storage(db: Path) -> SqlStorage:
    from crmkit.adapters.sql import sqlite_storage

    return sqlite_storage(db)


def _playbook(name: str) -> Playbook:
    """Return the playbook that ships under *name*, or that the file *name* holds."""
    from crmkit.conditions import from_json
    from crmkit.playbook import SHIPPED, Playbook, shipped

    path = Path(name)
    if path.suffix.lower() != ".json":
        return shipped(name)
    if not path.exists():
        near = map(str, path.parent.glob("*.json"))
        raise UnknownName("playbook", name, [*near, *(playbook.name for playbook in SHIPPED)])
    return from_json(path.read_text(encoding="utf-8"), Playbook)


def _instant(text: str | None, zone: str | None) -> dt.datetime:
    """Return the instant that a date or time means; a date is its end, what carries no zone is in *zone*."""
    if text is None:
        return dt.datetime.now(dt.UTC)
    from crmkit.calendars import from_wall

    try:
        wall = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue(
            f"--as-of takes a date such as 2026-06-30, or 2026-06-30T12:00+08:00, not {text!r}"
        ) from None
    if wall.year not in _YEARS:
        raise InvalidValue(f"--as-of takes the years {_YEARS[0]} to {_YEARS[-1]}, not {text!r}")
    if len(text) <= len("2026-06-30"):
        wall += dt.timedelta(days=1, microseconds=-1)
    return from_wall(wall, zone or "UTC") if wall.utcoffset() is None else wall.astimezone(dt.UTC)


def _check_codes(zone: str | None, currency: str | None) -> None:
    """Check what is only asked for where a row needs it, before any file is read."""
    from crmkit.calendars.zones import zone as known_zone
    from crmkit.model.money import currency_code

    if zone is not None:
        known_zone(zone)
    if currency is not None:
        currency_code(currency)


def _understood(table: Table, columns: ColumnMap) -> None:
    _say(f"{table.source}, {len(table):,} rows:")
    for line in str(columns).splitlines():
        _say(f"  {line}")


def _title(record_files: Sequence[Path], activity_files: Sequence[Path]) -> str:
    return ", ".join(path.name for path in (*record_files, *activity_files))


def _do_job(
    storage: SqlStorage,
    out: Path,
    playbook: Playbook,
    told: Callable[[], Told],
    *,
    fingerprint: str,
    as_of: dt.datetime,
    verbose: bool,
) -> JobRun:
    from crmkit.adapters.notify import JsonLinesNotifier
    from crmkit.workflows.job import run_job

    return run_job(
        storage,
        JsonLinesNotifier(out / SENT, console=sys.stdout if verbose else None),
        playbook,
        told,
        fingerprint=fingerprint,
        as_of=as_of,
        progress=_progress,
        begins=_begins,
    )


def _finish(
    storage: SqlStorage,
    out: Path,
    playbook: Playbook,
    run: JobRun,
    *,
    as_of: dt.datetime,
    title: str,
    figures: Iterable[Figure] = (),
    notes: Sequence[str] = (),
) -> None:
    """Write the files and the report, and show the summary."""
    from crmkit.adapters.exports import FILES, export
    from crmkit.adapters.files import remove_parts, write_text
    from crmkit.report import gather, html
    from crmkit.workflows import summarise

    _begins("report")
    started = time.perf_counter()
    history, profiles = run.history, run.profiles
    remove_parts(out, (*FILES, REPORT))
    files = export(storage, profiles, out)
    found = gather(storage, history, profiles, playbook, as_of=as_of, title=title, figures=figures)
    write_text(out / REPORT, html(found))
    seconds = time.perf_counter() - started
    _show(str(summarise(storage, history, profiles, playbook, as_of=as_of)))
    for note in notes:
        _show(f"\n{note}")
    sent = ", ".join(f"{count:,} {outcome}" for outcome, count in run.outcomes.items())
    _show(f"\nMessages: {sent}")
    phases = [f"{one.name} {'done before' if one.skipped else f'{one.seconds:.1f} s'}" for one in run.phases]
    _show(f"Time: {', '.join(phases)}, report {seconds:.1f} s")
    _show(f"\nWritten to {out}: {DATABASE}, {', '.join(file.name for file in files)}, {SENT}")
    _show(f"Open {out / REPORT} in a browser; ask `crmkit explain CUSTOMER --db {out / DATABASE}`.")


def _progress(values: Sequence[T], label: str) -> Iterator[T]:
    """Show a bar on a terminal, and nothing anywhere else."""
    if sys.stderr.isatty():
        with click.progressbar(values, label=f"{label:<10}", file=sys.stderr) as bar:
            yield from bar
        return
    yield from values


def _begins(phase: str) -> None:
    _say(f"{phase} …")


def _show(text: str) -> None:
    click.echo(_plain(text))


def _say(text: str) -> None:
    click.echo(_plain(text), err=True)


def _plain(text: str) -> str:
    """Return *text* without the characters by which data could command a terminal."""
    return "".join(one if one in "\n\t" or one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
