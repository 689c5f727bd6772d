"""A whole run: reads the data set, makes what the methods need, runs them, and puts the figures together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from streams.datasets.folder import Dataset
from streams.evaluate.encoded import encoded_items
from streams.evaluate.expression import parsed
from streams.evaluate.labels import Labels
from streams.evaluate.methods.registry import METHODS, NEED_ITEMS, Kit
from streams.evaluate.options import Options
from streams.evaluate.protocols import LEAKS, PROTOCOLS
from streams.evaluate.report import MAIN, compared, figures_of
from streams.evaluate.script import Script
from streams.evaluate.shelf import Shelf
from streams.evaluate.trial import Course, Outcome, Trial
from streams.events import ContentOperation, EncodedItem
from streams.settings import Settings

Progress = Callable[[str, int, int | None], object]
"""progress(what, done, total)"""


def evaluate(
    dataset: Dataset,
    options: Options,
    methods: Sequence[str],
    *,
    seeds: int,
    settings: Settings,
    progress: Progress,
) -> dict[str, Any]:
    """The report (see report.py). Raises DatasetError, and ExpressionError for `options.positive`."""
    script = Script(dataset, parsed(options.positive), options.only_positive)
    content = {e.item_id: e for e in dataset.content() if e.operation is ContentOperation.UPSERT}
    published = {item_id: event.published_at for item_id, event in content.items()}
    facts = script.scanned(published, lambda done: done % 5000 or progress("reading events", done, None))
    items: dict[str, EncodedItem] = {}
    if NEED_ITEMS & set(methods):
        ask = list(content.values())
        items = encoded_items(dataset, ask, settings, lambda done, total: progress("encoding items", done, total))
    tags = {item_id: event.tags for item_id, event in content.items()}
    course = Course(script, facts, options, published)
    outcomes: dict[str, Outcome] = {}
    for seed in range(seeds):
        shelf = Shelf(facts.item_ids, seed, unseen=options.unseen)
        kit = Kit(shelf, seed, options, items)
        made = [METHODS[name](kit) for name in methods]
        trial = Trial(course, shelf, made, Labels(shelf, tags, len(facts.users)))
        what = "testing" if seeds == 1 else f"testing, seed {seed + 1} of {seeds}"
        PROTOCOLS[options.protocol](trial, lambda done, what=what: progress(what, done, facts.events))
        for name, outcome in trial.finish().items():
            if name in outcomes:
                outcomes[name].join(outcome)
            else:
                outcomes[name] = outcome
    figures = {name: figures_of(outcome, options.k, facts.events) for name, outcome in outcomes.items()}
    head = figures.get(MAIN) or next(iter(figures.values()))
    return {
        "dataset": dataset.about.name,
        "options": {**asdict(options), "seeds": seeds},
        "events": facts.events,
        "tested": head["tested"] // seeds,
        "tested_cold": head["cold"]["tested"] // seeds,
        "users": len(facts.users),
        "items": len(facts.item_ids),
        "events_per_second": head["events_per_second"],
        "bytes_per_user": head["bytes_per_user"],
        "bytes_per_item": head["bytes_per_item"],
        "leaks": LEAKS[options.protocol],
        "publication_lead_s": facts.lead_s,
        "methods": figures,
        "comparisons": compared({name: outcome.tally for name, outcome in outcomes.items()}, options.k),
    }
