"""Files: CSV, JSON lines and Parquet read into tables; tables, JSON lines and text written whole.

Reading never stops at a bad row: it becomes a problem of the table.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Final, TextIO

from crmkit.adapters.csv_rows import csv_table
from crmkit.adapters.json_rows import json_table
from crmkit.adapters.parquet_rows import parquet_table
from crmkit.display import inert
from crmkit.errors import InvalidValue, Problem, UnknownName
from crmkit.workflows.intake import Table

SUFFIXES: Final = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
"""The kinds of file that are read, by suffix; text files are CSV with any usual delimiter."""

_MARKS: Final = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (.xls)"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"SQLite format 3\0", "a SQLite data base"),
    (b"PAR1", "a Parquet file (name it .parquet)"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
)
_HEAD: Final = 4096
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")


def read(path: str | Path, *, source: str | None = None) -> Table:
    """Return the rows of the file at *path*, and what could not be read of it.

    *source* names it in records and problems; it is the file's name if absent.
    An empty file is a table without rows and one problem.

    Raises:
        UnknownName: If there is no such file; the closest in its folder is offered.
        InvalidValue: If it is a folder, of a kind not read, or broken as a whole.
        MissingExtra: If it is Parquet and the extra ``frames`` is not installed.
    """
    path = Path(path)
    _check_readable(path)
    name = source or path.name
    readers: dict[str, Callable[[Path, str], Table]] = {
        ".jsonl": _read_json_lines,
        ".ndjson": _read_json_lines,
        ".json": _read_json_lines,
        ".parquet": parquet_table,
        ".pq": parquet_table,
    }
    try:
        return readers.get(path.suffix.lower(), _read_csv)(path, name)
    except OSError as error:
        raise InvalidValue(f"cannot read {str(path)!r}: {error.strerror or 'it is broken'}") from None


def write_csv(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write *rows* as CSV in UTF-8: whole, or not at all.

    A spreadsheet may take text for a formula (`display.FORMULA` says which), so such
    text gets a quote before it; `read` takes it off again.  None is written as
    nothing, several values with "; " between them, times in ISO 8601.
    """
    import csv

    with replacing(path) as file:
        writer = csv.writer(file)
        writer.writerow([inert(column) for column in columns])
        writer.writerows([_cell(value) for value in row] for row in rows)


def write_json_lines(path: str | Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line in UTF-8: whole, or not at all; times in ISO 8601."""
    with replacing(path) as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, default=_text, allow_nan=False) + "\n")


def write_text(path: str | Path, text: str) -> None:
    """Write *text* in UTF-8: whole, or not at all."""
    with replacing(path) as file:
        file.write(text)


@contextmanager
def replacing(path: str | Path) -> Iterator[TextIO]:
    """Open a text file that takes the place of *path* when the block ends well, and vanishes else.

    Missing folders are made.

    Raises:
        InvalidValue: If nothing can be written there.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise InvalidValue(f"cannot write {str(path)!r}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def remove_parts(folder: Path, names: Iterable[str]) -> None:
    """Remove what a process that was killed while it wrote files of these *names* left in *folder*.

    Call it only where nobody else is writing them.
    """
    for name in names:
        mine = re.compile(rf"\.{re.escape(name)}\.\d+\.part")
        for path in folder.iterdir():
            if mine.fullmatch(path.name):
                path.unlink()


def _check_readable(path: Path) -> None:
    if path.is_dir():
        names = ", ".join(_readable(path)[:5]) or "none that is read"
        raise InvalidValue(f"{str(path)!r} is a folder; name a file in it: {names}")
    if path.is_symlink() and not path.exists():
        raise InvalidValue(f"{str(path)!r} is a link that leads to no file; name the file itself")
    if not path.exists():
        raise UnknownName("file", str(path), [str(path.parent / name) for name in _readable(path.parent)])
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidValue(
            f"{path.name!r} is of a kind that is not read; save it as CSV, JSON lines or Parquet "
            f"({', '.join(SUFFIXES)})"
        )
    if not path.is_file():
        raise InvalidValue(f"{str(path)!r} is a pipe or a device; save what comes out of it as a file")


def _readable(folder: Path) -> list[str]:
    """Return the names of the files in *folder* that could be read, sorted; none if it cannot be listed."""
    try:
        return sorted(one.name for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)
    except OSError:
        return []


def _read_csv(path: Path, source: str) -> Table:
    text, problems = _decoded(path.read_bytes(), source)
    return csv_table(text, source=source, problems=problems)


def _decoded(content: bytes, source: str) -> tuple[str, list[Problem]]:
    """Return the text of a file; bytes that fit no encoding become lone surrogates, which mark their row."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            handler = "replace" if encoding == "utf-16" else "surrogateescape"
            return content.decode(encoding, errors=handler), []
    if kind := _binary_kind(content):
        raise InvalidValue(f"{source!r} is no text file but {kind}; save what is in it as CSV in UTF-8")
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    if not _is_chinese(content):
        return content.decode("utf-8", errors="surrogateescape"), []
    reason = "is not UTF-8 and was read as GB18030; save it as UTF-8 to be sure"
    return content.decode("gb18030", errors="surrogateescape"), [
        Problem(source=source, reason=reason, kept=True)
    ]


def _binary_kind(content: bytes) -> str:
    """Return what a file that is no text is, or "": a stray NUL makes none, it costs its row."""
    for mark, kind in _MARKS:
        if content.startswith(mark):
            return kind
    head = content[:_HEAD]
    return "binary, or text in UTF-16" if 10 * head.count(0) > len(head) else ""


def _is_chinese(content: bytes) -> bool:
    """Return whether a file is GB18030: most foreign lines break UTF-8, and high bytes come in pairs."""
    foreign = [line for line in content.splitlines() if not line.isascii()]
    broken = sum(_breaks(line, "utf-8") for line in foreign)
    runs = [len(run) for line in foreign for run in _HIGH_BYTES.findall(line)]
    return 2 * broken > len(foreign) and 2 * sum(length % 2 == 0 for length in runs) > len(runs)


def _breaks(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def _read_json_lines(path: Path, source: str) -> Table:
    text, problems = _decoded(path.read_bytes(), source)
    return json_table(text, source=source, problems=problems)


def _cell(value: object) -> str:
    if type(value) is str:
        return inert(value)
    is_number_or_date = isinstance(value, (bool, int, float, Decimal, dt.date))
    return _text(value) if is_number_or_date else inert(_text(value))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, (tuple, list, set, frozenset)):
        return "; ".join(_text(one) for one in value)
    return str(value)
