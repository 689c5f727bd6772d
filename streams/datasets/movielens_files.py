"""Reads MovieLens's CSV files row by row; what cannot be used is counted as refused, with its line."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from streams.datasets.report import DatasetError, Progress, Report
from streams.events import Action, BehaviourEvent

NO_GENRE = "(no genres listed)"
_STEP = 20_000


@dataclass(frozen=True, slots=True)
class Plot:
    """One row of plots.csv; an empty field is None."""

    text: str | None = None
    director: str | None = None
    actors: str | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """One row of movies.csv, its title as MovieLens writes it."""

    film: str
    title: str
    genres: tuple[str, ...]
    plot: Plot


def item_id(film: str) -> str:
    return f"film-{film}"


def is_movielens(source: Path) -> bool:
    return (source / "movies.csv").is_file() and (source / "ratings.csv").is_file()


def read_films(source: Path, report: Report) -> list[Film]:
    """The films of movies.csv, with what plots.csv says of them when it is there."""
    plots = _plots(source / "plots.csv", report)
    films = {}
    path = source / "movies.csv"
    for number, row in _rows(path, ("movieId", "title", "genres")):
        film, title, genres = (row["movieId"] or "").strip(), (row["title"] or "").strip(), row["genres"] or ""
        if not film or not title:
            report.refuse("a film without id or title", f"{path.name} line {number}")
            continue
        tags = tuple(tag for tag in genres.split("|") if tag and tag != NO_GENRE)
        films[film] = Film(film, title, tags, plots.get(film, Plot()))
    return list(films.values())


def _plots(path: Path, report: Report) -> dict[str, Plot]:
    if not path.is_file():
        report.notes["no plots.csv"] = 1
        return {}
    return {
        row["movieId"] or "": Plot(_given(row["plot"]), _given(row["director"]), _given(row["actors"]))
        for _, row in _rows(path, ("movieId", "plot", "director", "actors"))
    }


def read_ratings(source: Path, films: Collection[str], report: Report, progress: Progress) -> Iterator[BehaviourEvent]:
    """The ratings as events, in the file's order; `films` are the ids that exist."""
    path = source / "ratings.csv"
    for number, row in _rows(path, ("userId", "movieId", "rating", "timestamp")):
        user, film, where = row["userId"] or "", row["movieId"] or "", f"{path.name} line {number}"
        try:
            stars, at = float(row["rating"] or ""), float(row["timestamp"] or "")
        except ValueError:
            report.refuse("a rating or time that is no number", where)
            continue
        if not user or film not in films:
            report.refuse("a rating without a user or of an unknown film", where)
        elif not 0.0 <= stars <= 5.0 or not 0.0 < at < 1e11:
            report.refuse("a rating outside 0 to 5 stars or a time that is none", where)
        else:
            identifier = f"ml-{user}-{film}-{int(at)}"
            yield BehaviourEvent(identifier, f"user-{user}", item_id(film), Action.RATING, at, stars)
        if number % _STEP == 0:
            progress("ratings", number, None)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Each row with its line's number. Raises DatasetError when a column is missing or the bytes are not UTF-8."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise DatasetError(f"{path} has no column {', '.join(missing)}; is it of an ml-latest release?")
            for row in reader:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as CSV in UTF-8: {error}") from error


def _given(text: str | None) -> str | None:
    stripped = (text or "").strip()
    return stripped if stripped and stripped != "N/A" else None
