"""A simulated month of news as a data set: articles that are old after a day, readers who come back.

Films are there for ever; here nothing is read after four days. A reader has three subjects, comes about daily, and in a
visit takes articles by how they like the subject, by how good the article is, which nobody is told, and by its age.
Everything is labelled as simulated by its ids, and the same seed gives the same month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.synthetic import SUBJECTS
from streams.datasets.folder import About
from streams.datasets.writing import DatasetWriter
from streams.events import Action, BehaviourEvent, ContentEvent

_DAY_S = 86_400.0
_START = 1_750_000_000.0
_SUBJECTS = tuple(SUBJECTS)[:16]
_LIKED = 3
_FADES_S = 12 * 3600.0  # an article loses one nat in half a day
_GONE_S = 4 * _DAY_S
_QUALITY = 0.8  # its standard deviation, in nats
_UNREAD = 0.25  # of readings are followed by something that was seen and not read


@dataclass(frozen=True, slots=True)
class Month:
    """How much of it there is."""

    days: int = 30
    articles_a_day: int = 60
    readers: int = 500
    visits_apart_s: float = 1.2 * _DAY_S
    seed: int = 7


class Article(NamedTuple):
    """What it is, and what only the simulation knows: subject and quality."""

    event: ContentEvent
    subject: int
    quality: float


def articles(month: Month) -> list[Article]:
    """By time of publication. A third have no tag, as where nobody files them."""
    draw = np.random.default_rng(month.seed)
    times = np.sort(draw.uniform(0, month.days * _DAY_S, month.days * month.articles_a_day)) + _START
    return [_article(number, float(at), draw) for number, at in enumerate(times)]


def _article(number: int, at: float, draw: Generator) -> Article:
    subject, aside = (int(one) for one in draw.integers(len(_SUBJECTS), size=2))
    name = _SUBJECTS[subject]
    words, others = (SUBJECTS[_SUBJECTS[one]].split() for one in (subject, aside))
    title = " ".join(draw.choice(words, 5)).capitalize()
    event = ContentEvent(
        item_id=f"simulated-article-{number:05d}",
        title=title,
        text=" ".join([*draw.choice(words, 12), *draw.choice(others, 3)]),
        language="en",
        tags=(name,) if draw.random() < 2 / 3 else (),
        creator=f"desk {draw.integers(20)}",
        published_at=at,
    )
    return Article(event, subject, float(draw.normal(0, _QUALITY)))


def readings(month: Month, published: Sequence[Article]) -> list[BehaviourEvent]:
    """Of all readers, by time: clicks, some likes and saves, and views and impressions of what was passed over."""
    draw = np.random.default_rng(month.seed + 1)
    found = [event for reader in range(month.readers) for event in _reader(reader, month, published, draw)]
    return sorted(found, key=lambda event: (event.occurred_at, event.event_id))


def _reader(number: int, month: Month, published: Sequence[Article], draw: Generator) -> Iterator[BehaviourEvent]:
    taste = np.full(len(_SUBJECTS), -2.0)
    taste[draw.choice(len(_SUBJECTS), _LIKED, replace=False)] = draw.uniform(2, 3, _LIKED)
    at = np.array([one.event.published_at for one in published])
    worth = np.array([taste[one.subject] + one.quality for one in published])
    now, end = _START + draw.uniform(0, 2 / 3) * month.days * _DAY_S, _START + month.days * _DAY_S
    visit = count = 0
    while now < end:
        visit += 1
        for _ in range(1 + draw.poisson(2)):
            fresh = np.flatnonzero((at < now) & (now - at < _GONE_S) & (worth > -np.inf))
            if not len(fresh):
                break
            for action, place in _choices(worth[fresh] - (now - at[fresh]) / _FADES_S, draw):
                row = int(fresh[place])
                count += 1
                yield BehaviourEvent(
                    event_id=f"simulated-{number}-{count}",
                    user_id=f"simulated-reader-{number:04d}",
                    item_id=published[row].event.item_id,
                    action=action,
                    occurred_at=round(now, 3),
                    session_id=f"{number}-{visit}",
                )
                now += float(draw.uniform(20, 140))
                if action not in {Action.IMPRESSION, Action.VIEW}:
                    worth[row] = -np.inf  # nobody reads it twice
        now += 600 + float(draw.exponential(month.visits_apart_s))


def _choices(scores: NDArray[np.float64], draw: Generator) -> Iterator[tuple[Action, int]]:
    """What is read, drawn by softmax of `scores`, and sometimes what was seen beside it."""
    read = int(np.argmax(scores + draw.gumbel(size=len(scores))))
    yield Action(draw.choice([Action.CLICK, Action.LIKE, Action.SAVE], p=[0.75, 0.125, 0.125])), read
    beside = int(draw.integers(len(scores)))
    if beside != read and draw.random() < _UNREAD:
        yield Action(draw.choice([Action.IMPRESSION, Action.VIEW], p=[2 / 3, 1 / 3])), beside


def write(month: Month, folder: Path) -> About:
    """The data set in `folder`, and what it says of itself. Raises DatasetError where other files are."""
    writer = DatasetWriter(folder)
    published = articles(month)
    events = readings(month, published)
    about = About("simulated-news", "bench/news.py", "none", True, len(published), len(events))
    writer.write([one.event for one in published], events, about)
    return about
