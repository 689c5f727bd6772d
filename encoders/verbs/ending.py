"""How a verb ends when it cannot go on: one line on standard error, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

FAILED, INTERRUPTED = 1, 130


def failed(why: Exception | str) -> typer.Exit:
    """The line, and what to raise."""
    typer.echo(f"error: {why}", err=True)
    return typer.Exit(FAILED)


@contextmanager
def one_line(*expected: type[Exception], interrupted: str = "stopped") -> Iterator[None]:
    """Errors of the kinds `expected` become a line and exit code 1, Ctrl-C one and 130; others are bugs and show."""
    try:
        yield
    except expected as error:
        raise failed(error) from error
    except KeyboardInterrupt as error:
        typer.echo(interrupted, err=True)
        raise typer.Exit(INTERRUPTED) from error
