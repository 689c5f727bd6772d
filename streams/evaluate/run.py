"""A whole run: reads the data set, encodes what methods need, sends the trials to the cores, gathers their outcomes."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from streams.datasets.folder import Dataset
from streams.datasets.report import DatasetError
from streams.evaluate.encoded import encoded_items, has
from streams.evaluate.expression import parsed
from streams.evaluate.labels import Labels
from streams.evaluate.methods.registry import Items, Kit, items_needed, methods_of
from streams.evaluate.options import Options
from streams.evaluate.parallel import Tick, side_by_side
from streams.evaluate.protocols import LEAKS, PROTOCOLS
from streams.evaluate.report import MAIN, compared, figures_of
from streams.evaluate.script import Script
from streams.evaluate.setup import Setup
from streams.evaluate.shelf import Shelf
from streams.evaluate.trial import Course, Outcome, Trial
from streams.events import ContentEvent, ContentOperation
from streams.settings import Settings

Progress = Callable[[str, int, int | None], object]
"""progress(what, done, total)"""


@dataclass(frozen=True, slots=True)
class Job:
    """One trial: some of the methods under one seed. `tags` by item id, `items` and `setup` as in Kit."""

    course: Course
    seed: int
    methods: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    items: Mapping[str, Items]
    setup: Setup

    def run(self, tick: Tick) -> dict[str, Outcome]:
        options, facts = self.course.options, self.course.facts
        shelf = Shelf(facts.item_ids, self.seed, unseen=options.unseen)
        kit = Kit(shelf, self.seed, options, self.items, self.setup)
        make = methods_of(self.setup)
        methods = [make[name](kit) for name in self.methods]
        trial = Trial(self.course, shelf, methods, Labels(shelf, self.tags, len(facts.users)))
        PROTOCOLS[options.protocol](trial, tick)
        return trial.finish()


def evaluate(
    dataset: Dataset,
    options: Options,
    methods: Sequence[str],
    *,
    seeds: int,
    jobs: int,
    settings: Settings,
    setup: Setup,
    progress: Progress,
) -> dict[str, Any]:
    """The report (see report.py). Raises DatasetError, and ExpressionError for `options.positive`."""
    parsed(options.positive)  # a mistake in it is said before anything is read
    script = Script(dataset, options.positive, options.only_positive)
    content = {e.item_id: e for e in dataset.content() if e.operation is ContentOperation.UPSERT}
    published = {item_id: event.published_at for item_id, event in content.items()}
    facts = script.scanned(published, lambda done: done % 5000 or progress("reading events", done, None))
    absent = [name for name in methods if (need := items_needed(name)) and not _any_has(content.values(), need)]
    methods = [name for name in methods if name not in absent]
    if not methods:
        raise DatasetError(f"no item of {dataset.root} has what {', '.join(absent)} needs; choose other --methods")
    items: dict[str, Items] = {}
    for need in sorted({need for name in methods if (need := items_needed(name)) is not None}):
        what = f"encoding {need or 'items'}"
        tell = partial(progress, what)
        items[need] = encoded_items(dataset, list(content.values()), settings, tell, need)
    course = Course(script, facts, options, published)
    tags = {item_id: event.tags for item_id, event in content.items()}
    work = [Job(course, seed, names, tags, items, setup) for seed in range(seeds) for names in shares(methods, jobs)]
    total = facts.events * len(work)
    outcomes: dict[str, Outcome] = {}
    for found in side_by_side([job.run for job in work], jobs, lambda done: progress("testing", done, total)):
        for name, outcome in found.items():
            if name in outcomes:
                outcomes[name].join(outcome)
            else:
                outcomes[name] = outcome
    outcomes = {name: outcomes[name] for name in methods}
    figures = {name: figures_of(outcome, options.k, facts.events) for name, outcome in outcomes.items()}
    head = figures.get(MAIN) or next(iter(figures.values()))
    return {
        "dataset": dataset.about.name,
        "options": {**asdict(options), "seeds": seeds},
        "settings": setup.unusual(),
        "events": facts.events,
        "tested": head["tested"] // seeds,
        "tested_cold": head["cold"]["tested"] // seeds,
        "users": len(facts.users),
        "items": len(facts.item_ids),
        "events_per_second": head["events_per_second"],
        "bytes_per_user": head["bytes_per_user"],
        "bytes_per_item": head["bytes_per_item"],
        "peak_bytes": peak_bytes(min(jobs, len(work))),
        "left_out": absent,
        "problems": _problems(items.get("", {})),
        "items_not_encoded": len(content) - len(items[""]) if "" in items else None,
        "leaks": LEAKS[options.protocol],
        "publication_lead_s": facts.lead_s,
        "methods": figures,
        "comparisons": compared({name: outcome.tally for name, outcome in outcomes.items()}, options.k),
    }


def shares(methods: Sequence[str], jobs: int) -> list[tuple[str, ...]]:
    """The methods dealt out to `jobs` trials of about equal length: lists of Upwell's variants cost most by far.

    Upwell and the simple methods go to the first; variants are dealt so that each trial has as many lists to make.
    """
    variants = [name for name in methods if name.startswith(f"{MAIN}-")]
    dealt: list[list[str]] = [[name for name in methods if name not in variants], *([] for _ in range(jobs - 1))]
    for name in variants:
        min(dealt, key=lambda share: sum(one.startswith(MAIN) for one in share)).append(name)
    return [tuple(share) for share in dealt if share]


def peak_bytes(processes: int) -> int:
    """The most memory that this process had, and its children, if each was as large as the largest of them."""
    own, largest = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return 1024 * (own + (processes * largest if processes > 1 else 0))


def _problems(items: Items) -> dict[str, int]:
    """How many items each problem befell, as `modality:code`."""
    return dict(sorted(Counter(problem for item in items.values() for problem in item.problems).items()))


def _any_has(content: Iterable[ContentEvent], modality: str) -> bool:
    return any(has(event, modality) for event in content)
