"""A real PostgreSQL for the tests: a server of their own, in a folder that goes when they end."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

# PostgreSQL refuses to run as root, who borrows the user that its package brings.
_USER = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def is_here() -> bool:
    """Return whether this machine has PostgreSQL's programs."""
    return _program("initdb") is not None and _program("pg_ctl") is not None


@cache
def url() -> str:
    """Return the address of a running server, which is started on first use."""
    folder = Path(tempfile.mkdtemp(prefix="crmkit-pg-"))
    if _USER is not None:
        shutil.chown(folder, _USER)
    data = folder / "data"
    _run("initdb", "-D", str(data), "-U", "crmkit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    _run("pg_ctl", "-D", str(data), "-w", "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "start")

    def stop() -> None:
        _run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return f"host={folder} user=crmkit dbname=postgres"


def _program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or next((str(one / name) for one in places if (one / name).exists()), None)


def _run(name: str, *arguments: str) -> None:
    program = _program(name)
    assert program is not None
    subprocess.run(
        [program, *arguments],
        user=_USER,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
