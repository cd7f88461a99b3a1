"""One rule for every public reader: a string gives a reading, a Series a struct Series, an Expr an expression.

``polymorphic(read)`` is enough for a small list; ``polymorphic(read, worker="reconcile.normalize.columns_x:f")``
where a faster worker for whole columns exists. Polars is imported only when a Series or an Expr arrives.
"""

from __future__ import annotations

import dataclasses
import importlib
import types
import typing
from datetime import date
from functools import lru_cache, update_wrapper
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


class Reading(Protocol):
    """What a reader returns: a frozen dataclass that shows itself as JSON-ready values."""

    def as_dict(self) -> dict[str, Any]:
        """Return field → JSON-ready value."""
        ...  # pragma: no cover


R = TypeVar("R", bound=Reading)


class Polymorphic(Generic[R]):
    """A reader of single values that also takes ``pl.Series`` and ``pl.Expr``. Built by ``polymorphic``.

    ``work``: name ``"module:function"`` of a worker ``(pl.Series, **options) -> pl.DataFrame | pl.Series`` of
    the same length. Columns it lacks are left out of the struct; a bare Series is returned as it is. An
    option may be a Series (one value per row) or, beside an Expr, an Expr.
    """

    def __init__(self, read: Callable[..., R], work: str | None) -> None:
        self.read = read
        self._work = work
        update_wrapper(self, read)

    @overload
    def __call__(self, x: str | None, **options: Any) -> R: ...
    @overload
    def __call__(self, x: pl.Series, **options: Any) -> pl.Series: ...
    @overload
    def __call__(self, x: pl.Expr, **options: Any) -> pl.Expr: ...

    def __call__(self, x: str | pl.Series | pl.Expr | None, **options: Any) -> R | pl.Series | pl.Expr:
        """Read one value, a column or an expression. A type other than these is a TypeError."""
        if x is None or isinstance(x, str):
            return self.read(x, **options)
        import polars as pl

        if isinstance(x, pl.Series):
            return self.column(x, **options)
        if isinstance(x, pl.Expr):
            return self._expression(x, **options)
        raise TypeError(
            f"{getattr(self.read, '__name__', 'reader')}() takes str, None, pl.Series or pl.Expr, "
            f"not {type(x).__name__}. Convert numbers and dates to text first."
        )

    def column(self, values: pl.Series, **options: Any) -> pl.Series:
        """Read a column: a struct Series (or the worker's own Series) with the name and length of ``values``."""
        import polars as pl

        if self._work is None:
            return read_distinct(self.read, values, **options)
        module, _, function = self._work.partition(":")
        out = getattr(importlib.import_module(module), function)(values, **options)
        if isinstance(out, pl.DataFrame):
            out = out.to_struct(values.name)
        return typing.cast("pl.Series", out.alias(values.name))

    def _expression(self, values: pl.Expr, **options: Any) -> pl.Expr:
        import polars as pl

        columns = {name: option for name, option in options.items() if isinstance(option, pl.Expr)}
        fixed = {name: option for name, option in options.items() if name not in columns}

        def batch(parts: typing.Sequence[pl.Series]) -> pl.Series:
            return self.column(parts[0], **dict(zip(columns, parts[1:], strict=True)), **fixed)

        sample = self.column(pl.Series("sample", [], dtype=pl.String), **fixed)
        return pl.map_batches([values, *columns.values()], batch, return_dtype=sample.dtype)


def polymorphic(read: Callable[..., R], worker: str | None = None) -> Polymorphic[R]:
    """Make the public function of a reader; see ``Polymorphic``."""
    return Polymorphic(read, worker)


def read_distinct(read: Callable[..., Reading], values: pl.Series, **options: Any) -> pl.Series:
    """Call ``read`` once per distinct value (and per-row option) and join back: a struct Series of its fields."""
    import polars as pl

    dtype = pl.Struct(reading_dtypes(read))
    columns = {name: option for name, option in options.items() if isinstance(option, pl.Series)}
    fixed = {name: option for name, option in options.items() if name not in columns}
    rows = pl.DataFrame({"x": values, **columns})
    distinct = rows.unique(maintain_order=True)
    readings = [
        {field: column_value(getattr(reading, field)) for field in reading_dtypes(read)}
        for x, *rest in distinct.iter_rows()
        for reading in (read(x, **dict(zip(columns, rest, strict=True)), **fixed),)
    ]
    answers = distinct.with_columns(pl.Series("reading", readings, dtype=dtype))
    joined = rows.join(answers, on=rows.columns, how="left", nulls_equal=True, maintain_order="left")
    return joined["reading"].alias(values.name)


@lru_cache(maxsize=64)
def reading_dtypes(read: Callable[..., Reading]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Field → Polars dtype of the dataclass that ``read`` is annotated to return."""
    reading = typing.get_type_hints(read)["return"]
    hints = typing.get_type_hints(reading)
    return {field.name: _dtype(hints[field.name]) for field in dataclasses.fields(reading)}


def _dtype(hint: Any) -> Any:
    import polars as pl

    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        (hint,) = [argument for argument in arguments if argument is not type(None)]
        return _dtype(hint)
    if origin in {tuple, list}:
        return pl.List(_dtype(arguments[0]))
    if dataclasses.is_dataclass(hint):
        return pl.Struct({key: _dtype(kind) for key, kind in typing.get_type_hints(hint).items()})
    plain: dict[Any, Any] = {
        str: pl.String,
        bool: pl.Boolean,
        int: pl.Int64,
        float: pl.Float64,
        date: pl.Date,
    }
    if hint not in plain:
        raise TypeError(
            f"A reading field of type {hint!r} has no column type. Use str, int, bool, date or tuples."
        )
    return plain[hint]


def column_value(value: Any) -> Any:
    """Turn a reading's field into what a column holds: tuples as lists, dataclasses as objects, the rest as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: column_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [column_value(item) for item in value]
    return value


def jsonable(value: Any) -> Any:
    """Turn a reading's field into what JSON holds: dates as ISO text, tuples as lists, dataclasses as objects."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [jsonable(item) for item in value]
    return value
