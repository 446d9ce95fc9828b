"""Lazy tables: what a read of a matter gives to a notebook, row by row or as a data frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars


class Table:
    """Rows that are fetched when asked for; iterate, or turn into a frame of polars or pandas."""

    def __init__(self, columns: Sequence[str], rows: Callable[[], Iterator[Sequence[Any]]]) -> None:
        self.columns = tuple(columns)
        self._rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows():
            yield dict(zip(self.columns, row, strict=True))

    def __repr__(self) -> str:
        return f"Table({', '.join(self.columns)})"

    def to_polars(self) -> polars.DataFrame:
        """Return a polars data frame (polars must be installed)."""
        import polars

        return polars.DataFrame([list(row) for row in self._rows()], schema=list(self.columns), orient="row")

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas data frame (pandas must be installed)."""
        import pandas

        return pandas.DataFrame([list(row) for row in self._rows()], columns=list(self.columns))
