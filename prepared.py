"""A SELECT whose SQL is built once: putting its words together costs more than running it."""

from collections.abc import Callable
from typing import Any

from peewee import Database

from models import database

#: No key of a row is as large; where it stands in the parameters, a value goes.
_FIRST_SLOT = 7_000_000_000_000_000


class Prepared:
    """A query of whole rows with some numbers or texts left open.

    ``make`` gets a stand-in for each of them and gives the query; it is called once for each kind
    of database and must give the same query every time.  Lists for IN cannot be left open.

        orders_of = Prepared(lambda customer: Order.select().where(Order.customer == customer))
        orders_of(7)
    """

    def __init__(self, make: Callable[..., Any], open_values: int = 1) -> None:
        self._make = make
        self._open = open_values
        self._built: dict[type[Database], _Built] = {}

    def __call__(self, *values: Any) -> list[Any]:
        """The rows, as the query itself would give them."""
        kind = type(database.obj)
        built = self._built.get(kind) or self._built.setdefault(
            kind, _Built(self._make, self._open)
        )
        return built.rows(values)


class _Built:
    """The SQL for one kind of database, and what turns its rows into objects."""

    def __init__(self, make: Callable[..., Any], open_values: int) -> None:
        slots = {str(_FIRST_SLOT + number): number for number in range(open_values)}
        self._query = make(*map(int, slots))
        self._sql, parameters = self._query.sql()
        self._fixed = list(parameters)
        # A column of texts has made a text of its stand-in.
        self._places = [
            (place, slots[str(value)])
            for place, value in enumerate(parameters)
            if str(value) in slots
        ]
        self._shape: Any = None

    def rows(self, values: tuple[Any, ...]) -> list[Any]:
        bound = list(self._fixed)
        for place, number in self._places:
            bound[place] = values[number]
        cursor = database.execute_sql(self._sql, bound)
        shape = self._shape
        if shape is None:
            shape = self._query._get_cursor_wrapper(cursor)
            shape.initialize()
            self._shape = shape
        return [shape.process_row(row) for row in cursor.fetchall()]
