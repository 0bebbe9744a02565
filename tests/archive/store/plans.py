"""How SQLite goes about what it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from archive.store import Store


@contextmanager
def plans_of(store: Store) -> Iterator[list[str]]:
    """The steps of its plans for the statements of the block, when that has ended."""
    done: list[tuple[str, object]] = []
    engine = store._database._engine
    event.listen(engine, "before_cursor_execute", lambda *given: done.append((given[2], given[3])))
    plans: list[str] = []
    yield plans
    with engine.connect() as connection:
        for statement, parameters in tuple(done):
            first = parameters[0] if isinstance(parameters, list) else parameters
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", first)
                plans += [str(row.detail) for row in rows]
