"""From a data set's features to the tasks that rows are measured on."""

from __future__ import annotations

from encoders.learning.dataset import engagements
from encoders.learning.features import Features
from encoders.learning.splits import rows_of
from encoders.learning.towers import Towers
from encoders.measuring.cold import cold_task
from encoders.measuring.labels import classes_of
from encoders.measuring.measure import LEAST_PAIRS, Bench
from encoders.measuring.prompts import text_items
from encoders.measuring.space import text_fields_of


class TooSmall(ValueError):
    """A data set whose test split holds too few items for any figure."""


def bench_of(features: Features, towers: Towers, seed: int = 0) -> Bench:
    """The test and the validation split, the labels as words, and cold tasks where there is behaviour.

    Raises TooSmall, and NoDataset for a line of behaviour that cannot be read.
    """
    test = features.take(rows_of(features.item_ids, "test"))
    if len(test) < LEAST_PAIRS:
        raise TooSmall(
            f"{features.dataset}: {len(test)} of {len(features)} items fall into the test split, too few to measure; "
            f"give a data set of {10 * LEAST_PAIRS} items or more"
        )
    acts = engagements(features.dataset)
    task, choosing = (cold_task(features.item_ids, acts, split) for split in ("test", "validation"))
    names = classes_of(features.labels)
    return Bench(
        whole=features,
        test=test,
        choosing=features.take(rows_of(features.item_ids, "validation")),
        classes=(names, text_items(names, towers)) if len(names) > 1 else None,
        cold=(task, choosing) if task is not None and choosing is not None else None,
        fields=text_fields_of(features),
        seed=seed,
    )
