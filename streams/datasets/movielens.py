"""MovieLens (ml-latest and its kin: movies.csv, ratings.csv) as a dataset: films with posters and plots, real ratings.

Layout: Harper & Konstan 2015, "The MovieLens Datasets", and the README of ml-latest-small. Beside the two files that
every release has, `plots.csv` (movieId, plot, director, actors) and `posters/<movieId>.jpg` are used when there.
"""

from __future__ import annotations

import re
from pathlib import Path

from streams.datasets.folder import About
from streams.datasets.movielens_files import Film, is_movielens, item_id, read_films, read_ratings
from streams.datasets.report import DatasetError, Progress, Report, silent
from streams.datasets.writing import DatasetWriter
from streams.events import Attribute, ContentEvent

LEAD_S = 60.0  # a film is published this long before its first rating: it must be there to be rated
NAME = "MovieLens films and ratings"
LICENCE = "MovieLens: research use, redistribution under the same terms only (see its README); posters: third parties"
_YEAR = re.compile(r"\s*\((\d{4})\)\s*$")
_ARTICLE = re.compile(r"^(.*), (The|A|An|Le|La|Les|L'|Il|Der|Die|Das|El|Los|Las)$")
_STEP = 2000


def convert_movielens(source: Path, out: Path, *, copy_media: bool = False, progress: Progress = silent) -> Report:
    """Write the dataset; broken rows are refused. Raises DatasetError when `source` is no MovieLens folder."""
    if not is_movielens(source):
        raise DatasetError(
            f"{source} holds no movies.csv and ratings.csv; give a MovieLens folder such as ml-latest-small"
        )
    report = Report()
    films = read_films(source, report)
    ratings = list(read_ratings(source, {film.film for film in films}, report, progress))
    if not films or not ratings:
        why = "; ".join(report.examples) or "the files are empty"
        raise DatasetError(f"{source} has no usable film or rating ({why})")
    writer = DatasetWriter(out, copy_media=copy_media)
    first: dict[str, float] = {}
    for event in ratings:
        first[event.item_id] = min(event.occurred_at, first.get(event.item_id, event.occurred_at))
    last = max(event.occurred_at for event in ratings)
    content = []
    for done, film in enumerate(films, 1):
        poster = source / "posters" / f"{film.film}.jpg"
        image = writer.add_media(poster, poster.name) if poster.is_file() and poster.stat().st_size else None
        report.notes["without picture"] += image is None
        report.notes["without plot"] += film.plot.text is None
        content.append(_content(film, image, first.get(item_id(film.film), last) - LEAD_S))
        if done % _STEP == 0 or done == len(films):
            progress("films", done, len(films))
    report.items, report.events = len(content), len(ratings)
    report.users = len({event.user_id for event in ratings})
    about = About(NAME, "MovieLens (grouplens.org)", LICENCE, items=report.items, events=report.events)
    writer.write(content, ratings, about)
    return report


def readable_title(title: str) -> str:
    """`American President, The (1995)` as people write it: `The American President (1995)`."""
    year = _YEAR.search(title)
    name = title[: year.start()] if year else title.strip()
    moved = _ARTICLE.match(name)
    if moved:
        article = moved.group(2)
        name = f"{article}{'' if article.endswith(chr(39)) else ' '}{moved.group(1)}"
    return f"{name} ({year.group(1)})" if year else name


def _content(film: Film, image: str | None, published_at: float) -> ContentEvent:
    attributes: dict[str, Attribute] = {}
    if year := _YEAR.search(film.title):
        attributes["year"] = float(year.group(1))
    if film.plot.actors:
        attributes["actors"] = film.plot.actors
    return ContentEvent(
        item_id=item_id(film.film),
        title=readable_title(film.title),
        text=film.plot.text,
        language="en",
        tags=film.genres,
        creator=film.plot.director,
        image=image,
        published_at=published_at,
        attributes=attributes,
    )
