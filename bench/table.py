"""A bench's report as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.table import Table


def tables(report: Mapping[str, object]) -> Iterator[Table]:
    """Plain figures first, then one table for each group of them."""
    plain = {name: value for name, value in report.items() if not isinstance(value, Mapping)}
    yield _table("result", plain)
    for name, value in report.items():
        if isinstance(value, Mapping):
            yield _table(name, value)


def _table(title: str, figures: Mapping[str, object]) -> Table:
    table = Table("", "", title=title, title_justify="left", show_header=False)
    for name, value in figures.items():
        table.add_row(str(name), _text(value))
    return table


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    return "not measured" if value is None else str(value)
