"""What the SQLite files of a generation share: how one is opened, asked by several threads, changed and closed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class SqliteStore:
    """One SQLite file, for reading or, in a draft, for writing. Calls from several threads take turns.

    A writer is in autocommit mode outside `begin` and `commit`. Errors are sqlite3's own; the callers translate them.
    """

    def __init__(self, path: Path | None, schema: str, table: str, *, writable: bool = False) -> None:
        """Opens `path`, which a writer makes with `schema` if it isn't there; None is an empty store in memory.

        `table` is the one whose rows are counted. sqlite3.Error for a file that doesn't hold it.
        """
        new = path is None or (writable and not path.exists())
        self._table = table
        self._lock = threading.Lock()
        self._connection = _connect(path, writable=writable)
        try:
            if new:
                self._connection.executescript(schema)
            self.__len__()  # SQLite reads a file when first asked: a wrong one shows now
        except sqlite3.Error:
            self._connection.close()
            raise

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows that one statement gives, as tuples."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def __len__(self) -> int:
        return int(self.rows(f"select count(*) from {self._table}")[0][0])

    def begin(self) -> None:
        self.rows("begin")

    def commit(self) -> None:
        self.rows("commit")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _each(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        """Runs one statement for each of the values."""
        with self._lock:
            self._connection.executemany(sql, values)


def _connect(path: Path | None, *, writable: bool) -> sqlite3.Connection:
    """A connection that any thread may use; read-only ones take the file as never changing."""
    if path is None:
        return sqlite3.connect(":memory:", check_same_thread=False)
    if not writable:
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # A draft is thrown away if anything goes wrong, and synced as a whole before it counts.
    connection.execute("pragma journal_mode = off")
    connection.execute("pragma synchronous = off")
    connection.execute("pragma secure_delete = on")  # what was removed is gone, not merely unlinked
    return connection
