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
from crmkit.adapters.parquet_rows import parquet_table
from crmkit.errors import InvalidValue, Problem, UnknownName
from crmkit.workflows.intake import Table, table_of

SUFFIXES: Final = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
"""The kinds of file that are read, by suffix; text files are CSV with any usual delimiter."""

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SURROGATE = re.compile("[\ud800-\udfff]")
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

    A spreadsheet takes text that begins with ``= + - @``, a tab or a carriage
    return for a formula, so such text gets a quote before it; `read` takes it
    off again.  None is written as nothing, several values with "; " between
    them, times in ISO 8601.
    """
    import csv

    with replacing(path) as file:
        writer = csv.writer(file)
        writer.writerow([_escaped(column) for column in columns])
        writer.writerows(
            [_escaped(_text(value)) if _is_text(value) else _text(value) for value in row] for row in rows
        )


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


def _check_readable(path: Path) -> None:
    if path.is_dir():
        names = ", ".join(_readable(path)[:5]) or "none that is read"
        raise InvalidValue(f"{str(path)!r} is a folder; name a file in it: {names}")
    if not path.exists():
        raise UnknownName("file", str(path), [str(path.parent / name) for name in _readable(path.parent)])
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidValue(
            f"{path.name!r} is of a kind that is not read; save it as CSV, JSON lines or Parquet "
            f"({', '.join(SUFFIXES)})"
        )


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
    if b"\0" in content[:4096]:
        raise InvalidValue(f"{source!r} is no text file; save it as CSV in UTF-8")
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
    if text.lstrip().startswith("["):
        raise InvalidValue(f"{path.name!r} holds a JSON array; write one object a line")
    rows: list[tuple[int, Mapping[str, object]]] = []
    number = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        number += 1
        try:
            rows.append((number, _json_row(line)))
        except (ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, InvalidValue) else "the line is no JSON"
            problems.append(Problem(source=source, row=number, reason=reason))
    if number == 0:
        problems.append(Problem(source=source, reason="the file is empty"))
    return table_of(rows, source=source, problems=problems)


def _json_row(line: str) -> Mapping[str, object]:
    """Return the object of one line; objects within it become names with dots."""
    if _SURROGATE.search(line):
        raise InvalidValue("the line has bytes that are not UTF-8")
    row = json.loads(line, parse_constant=_constant)
    if not isinstance(row, dict):
        raise InvalidValue("the line is no JSON object")
    flat = dict(_flat(row, ""))
    if "\\u" in line and _SURROGATE.search(json.dumps(flat, ensure_ascii=False)):
        raise InvalidValue("the line has text that is no Unicode")
    return flat


def _constant(name: str) -> None:
    if name != "NaN":
        raise InvalidValue("the line has an infinite number")


def _flat(row: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _is_text(value: object) -> bool:
    return not isinstance(value, (bool, int, float, Decimal, dt.date))


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


def _escaped(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text
