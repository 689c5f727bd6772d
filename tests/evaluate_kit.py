"""Small data sets for the tests of `upwell evaluate`, and trials on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from streams.core.tuning import Tuning
from streams.datasets.folder import open_dataset
from streams.evaluate.encoded import MODALITIES, encoded_items
from streams.evaluate.labels import Labels
from streams.evaluate.methods.base import Act, Asked, Footprint, Method
from streams.evaluate.methods.registry import Kit
from streams.evaluate.options import Options
from streams.evaluate.protocols import PROTOCOLS
from streams.evaluate.script import Script
from streams.evaluate.setup import Setup
from streams.evaluate.shelf import Shelf
from streams.evaluate.trial import Course, Outcome, Trial
from streams.events import Action, BehaviourEvent, ContentEvent, EncodedItem
from streams.settings import Settings

START = 1_000_000_000.0
THEMES = ("jazz", "trains", "bread", "stars")


def liked(user: str, item: str, step: int, action: Action = Action.LIKE, value: float | None = None) -> BehaviourEvent:
    """An act `step` seconds after START."""
    return BehaviourEvent(f"{user}-{item}-{step}", user, item, action, START + step, value)


def likes(text: str) -> list[BehaviourEvent]:
    """`"ann a, bob b"`: one like a second, in that order."""
    pairs = [pair.split() for pair in text.split(",")]
    return [liked(user, item, step) for step, (user, item) in enumerate(pairs)]


def themed_items(each: int = 10) -> list[ContentEvent]:
    """jazz-0 … stars-9: items whose texts are alike within a theme."""
    return [
        ContentEvent(f"{theme}-{n}", title=f"{theme} {theme} {n}", tags=(theme,), published_at=START - 1000)
        for theme in THEMES
        for n in range(each)
    ]


def themed_likes(users: int = 8, steps: int = 120) -> list[BehaviourEvent]:
    """Users who keep to a theme, most of the time, and never take an item twice in a row."""
    return [
        liked(f"user-{n % users}", f"{THEMES[(n % users + n // 50) % 4]}-{(n * 7 + n // users) % 10}", 60 * n)
        for n in range(steps)
    ]


def written(folder: Path, content: Iterable[ContentEvent], behaviour: Iterable[BehaviourEvent]) -> Path:
    """A data set folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "content.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, content)))
    (folder / "behaviour.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, behaviour)))
    return folder


def without_costs(report: dict[str, Any]) -> dict[str, Any]:
    """What must not depend on the machine."""
    kept = {name: value for name, value in report.items() if name not in {"events_per_second", "peak_bytes"}}
    kept["methods"] = {
        name: {key: value for key, value in figures.items() if key != "events_per_second"}
        for name, figures in report["methods"].items()
    }
    return kept


class Spy(Method):
    """Recommends the shelf's first candidates, and keeps what it was asked and told, in order."""

    name = "spy"

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.log: list[str] = []
        self.offered: list[set[str]] = []
        self.surfaces: list[str] = []

    def recommend(self, asked: Asked, k: int) -> list[int]:
        self.log.append(f"list for {asked.user_id}")
        self.surfaces.append(asked.surface)
        rows = [row for row, free in enumerate(self.shelf.candidates(asked.user)) if free]
        self.offered.append({self.shelf.ids[row] for row in rows})
        return rows[:k]

    def learn(self, act: Act) -> None:
        self.log.append(f"{act.event.user_id} {act.event.item_id}")

    def footprint(self) -> Footprint:
        return Footprint(0.0, 0.0)


class Bench:
    """One data set on disk, and trials on it."""

    def __init__(
        self,
        folder: Path,
        behaviour: Sequence[BehaviourEvent],
        content: Sequence[ContentEvent] = (),
        options: Options | None = None,
    ) -> None:
        self.options = options or Options(positive="like", unseen=True, warmup=0.0, k=2)
        ids = sorted({event.item_id for event in behaviour})
        self.content = list(content) or [ContentEvent(one, title=one, published_at=START - 1) for one in ids]
        self.dataset = open_dataset(written(folder, self.content, behaviour))
        published = {event.item_id: event.published_at for event in self.content}
        script = Script(self.dataset, self.options.positive, self.options.only_positive)
        facts = script.scanned(published, lambda _: None)
        self.course = Course(script, facts, self.options, published)
        self.shelf = Shelf(facts.item_ids, 0, unseen=self.options.unseen)

    def kit(self, items: Mapping[str, EncodedItem] | None = None) -> Kit:
        setup = Setup(Tuning(list_size=self.options.k))
        return Kit(self.shelf, 0, self.options, {modality: items or {} for modality in ("", *MODALITIES)}, setup)

    def items(self) -> dict[str, EncodedItem]:
        """The content by the dummy encoder."""
        settings = Settings(encoder="dummy", home=self.dataset.root / "home")
        return encoded_items(self.dataset, self.content, settings, lambda *_: None)

    def run(self, *methods: Method) -> dict[str, Outcome]:
        tags = {event.item_id: event.tags for event in self.content}
        labels = Labels(self.shelf, tags, len(self.course.facts.users))
        trial = Trial(self.course, self.shelf, methods, labels)
        PROTOCOLS[self.options.protocol](trial, lambda _: None)
        return trial.finish()

    def recommended(self, method: Method, user: str, k: int = 2) -> list[str]:
        """What the method recommends after the run, as ids."""
        number = self.course.facts.users.get(user, len(self.course.facts.users))
        return [self.shelf.ids[row] for row in method.recommend(Asked(number, user, START + 10_000), k)]
