"""SQL: storage on SQLAlchemy; SQLite is the embedded default.

Needs the extra ``sql``.
"""

from crmkit.errors import MissingExtra

try:
    import sqlalchemy as _sqlalchemy  # noqa: F401
except ImportError:
    raise MissingExtra("sql", "keeping data in a data base") from None

from crmkit.adapters.sql.storage import SqlStorage, sqlite_storage

__all__ = ["SqlStorage", "sqlite_storage"]
