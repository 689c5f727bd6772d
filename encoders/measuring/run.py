"""All rows on all data sets: what `python -m encoders evaluate` prints, and what its report is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from encoders.learning.features import CACHE, Features, load_features
from encoders.learning.splits import TRAIN_PERCENT, VALIDATION_PERCENT
from encoders.learning.towers import Towers
from encoders.measuring import rows as known
from encoders.measuring.benches import bench_of
from encoders.measuring.combine import combined
from encoders.measuring.disturbances import DISTURBANCES
from encoders.measuring.disturbed import disturbed
from encoders.measuring.goals import Goal, goals, summary
from encoders.measuring.measure import LEAST_PAIRS, Bench, Figures, measure
from encoders.measuring.robustness import robustness
from encoders.measuring.rows import NoSuchRow, Setting, all_rows, make_row, shipped_row
from encoders.measuring.space import Row, Space, space_of
from encoders.measuring.subsets import modalities_of
from encoders.spec import Modality

NOT_SPOILT = ("random", *known.LATE)  # robust without merit, or without vectors to ask with; nor are trained variants


class NothingMeasured(ValueError):
    """No data set, or two of one name."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """`figures` is the JSON. spaces: by (data set, row), the test split to be drawn. benches: by data set."""

    figures: Figures
    goals: list[Goal]
    benches: dict[str, Bench] = field(default_factory=dict)
    spaces: dict[tuple[str, str], Space] = field(default_factory=dict)


def evaluate(
    folders: Sequence[Path], names: Sequence[str], setting: Setting, *, cache: Path = CACHE, drawn: Sequence[str] = ()
) -> Evaluation:
    """Measure the rows of `names` (none: all) on the data sets; `setting.sets` is filled from `folders`.

    Raises NothingMeasured, NoDataset, NotExported, TooSmall, NoSuchRow.
    """
    sets = _loaded(folders, setting, cache)
    setting = replace(setting, sets=sets, made={})
    chosen = list(dict.fromkeys(names)) or all_rows(setting)
    unknown = [name for name in chosen if name not in all_rows(setting)]
    if unknown:
        raise NoSuchRow(f"no such row: {', '.join(unknown)}; one of {', '.join(all_rows(setting))}")
    towers = Towers(setting.repository)
    evaluation = Evaluation({}, [])
    datasets: dict[str, Figures] = {}
    for features in sets:
        bench = bench_of(features, towers, setting.seed)
        evaluation.benches[features.name] = bench
        spoilt = _spoilt(bench, towers, setting, cache)
        measured: dict[str, Figures] = {}
        for number, name in enumerate(chosen):
            setting.progress(f"rows on {features.name}", number, len(chosen))
            if name in known.SINGLE and Modality[name.upper()] not in modalities_of(bench.test, LEAST_PAIRS):
                continue
            row = make_row(name, setting, features)
            measured[name] = _measured(name, row, bench, spoilt)
            if name in drawn:
                evaluation.spaces[features.name, name] = space_of(row, bench.test, fields=bench.fields)
        setting.progress(f"rows on {features.name}", len(chosen), len(chosen))
        datasets[features.name] = _told(bench) | {"rows": measured}
    shipped = shipped_row(setting)
    for judged in dict.fromkeys([shipped, *setting.checkpoints]):
        evaluation.goals.extend(goals(judged, datasets))
    evaluation.figures.update(
        {
            "shipped": shipped,
            "rows": {
                name: combined([one["rows"][name] for one in datasets.values() if name in one["rows"]])
                for name in chosen
                if any(name in one["rows"] for one in datasets.values())
            },
            "datasets": datasets,
            "goals": msgspec.to_builtins(evaluation.goals),
            "goals_met": summary(evaluation.goals),
            "split": {
                "by": "hash of the item's id",
                "train": TRAIN_PERCENT / 100,
                "validation": VALIDATION_PERCENT / 100,
            },
            "seed": setting.seed,
        }
    )
    return evaluation


def _loaded(folders: Sequence[Path], setting: Setting, cache: Path) -> list[Features]:
    if not folders:
        raise NothingMeasured("no data set: name one or more with --data; `upwell convert` makes them")
    sets = [
        load_features(folder, repository=setting.repository, cache=cache, progress=setting.progress)
        for folder in folders
    ]
    names = [features.name for features in sets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NothingMeasured(f"two data sets are called {', '.join(twice)}; rename one of the folders")
    return sets


def _measured(name: str, row: Row, bench: Bench, spoilt: dict[str, Features]) -> Figures:
    figures = measure(row, bench, late=name in known.LATE)
    if name not in (*NOT_SPOILT, *known.trained_rows()):
        temperature: Any = figures.get("cold", {}).get("temperature")
        fallen = robustness(row, bench, spoilt, temperature)
        figures |= {"robustness": fallen} if fallen else {}
    return figures


def _spoilt(bench: Bench, towers: Towers, setting: Setting, cache: Path) -> dict[str, Features]:
    present = modalities_of(bench.test, LEAST_PAIRS)
    return {
        name: disturbed(bench.test, name, towers, seed=setting.seed, cache=cache, progress=setting.progress)
        for name, how in DISTURBANCES.items()
        if how.modality in present
    }


def _told(bench: Bench) -> Figures:
    """What a data set holds."""
    return {
        "items": len(bench.whole),
        "test_items": len(bench.test),
        "modalities": {
            modality.name.lower(): int(bench.test.present[:, int(modality) - 1].sum())
            for modality in modalities_of(bench.test)
        },
        "classes": len(bench.classes[0]) if bench.classes else 0,
        "cold_users": bench.cold[0].users if bench.cold else 0,
    }
