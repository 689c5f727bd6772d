"""A sweep over training configurations: what may vary, and one model trained for each trial (Optuna).

The sampler is TPE (Bergstra et al., "Algorithms for Hyper-Parameter Optimization", 2011); a trial that is behind the
median of the earlier ones at the same step is ended (Golovin et al., "Google Vizier", 2017, section 3.2.2). Every trial
is judged on the validation splits: the test splits are never looked at.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from encoders.bridge import Bridge
from encoders.learning.config import TrainConfig
from encoders.learning.features import Features

Value = str | int | float | bool | dict[str, float]
BEFORE_PRUNING = 4  # trials that run to their end before any is compared with their median
NAME = "upwell-compare"


class SweepError(ValueError):
    """A space or a storage that cannot be used; the message says what to change."""


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any number between two, both included; `log`: evenly by its logarithm."""

    low: float
    high: float
    log: bool = False


class Space(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may vary: a key of the training configuration (`model.fusion`) to its choices or its range."""

    vary: dict[str, list[Value] | Range]


@dataclass(frozen=True, slots=True)
class Trial:
    """One trained configuration. `score`: the best on the validation splits, None when it failed.

    state: `complete`, `pruned` (ended early, its score is the best until then) or `fail` (no finite score).
    """

    number: int
    score: float | None
    state: str
    seconds: float
    as_given: bool
    varied: dict[str, Value] = field(default_factory=dict)


# A trial's number, steps done, of how many, the best score of the whole sweep so far (None before the first).
Report = Callable[[int, int, int, float | None], None]


def read_space(path: Path) -> Space:
    """Raises SweepError."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Space)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SweepError(f"{path}: {error}; see encoders/configs/sweep/default.toml for an example") from error


def with_values(base: TrainConfig, varied: dict[str, Value]) -> TrainConfig:
    """The configuration with some keys (dotted for what lies deeper) set. Raises SweepError for one it doesn't have."""
    plain: dict[str, Any] = msgspec.to_builtins(base)
    for key, value in varied.items():
        value_of(base, key)
        *path, last = key.split(".")
        inner = plain
        for step in path:
            inner = inner[step]
        inner[last] = value
    try:
        return msgspec.convert(plain, TrainConfig)
    except msgspec.ValidationError as error:
        raise SweepError(f"{', '.join(varied)}: {error}; see encoders/learning/config.py for every key") from error


def value_of(config: TrainConfig, key: str) -> Value:
    """What a configuration says under a dotted key. Raises SweepError."""
    found: Any = msgspec.to_builtins(config)
    for step in key.split("."):
        if not isinstance(found, dict) or step not in found:
            raise SweepError(f"{key} is no key of a training configuration; see encoders/learning/config.py")
        found = found[step]
    value: Value = found
    return value


def as_toml(config: TrainConfig) -> str:
    """For `read_config`. The standard library only reads TOML; these values are written alike in JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(config)
    tables = {key: value for key, value in plain.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in plain.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def options_of(base: TrainConfig, space: Space) -> dict[str, dict[str, Value] | Range]:
    """What each key may be, the configuration's own value included: choices by their label, or a range.

    Raises SweepError for what does not fit the configuration.
    """
    options = {key: _options(key, wide, value_of(base, key)) for key, wide in space.vary.items()}
    for key, choices in options.items():
        for value in choices.values() if isinstance(choices, dict) else (choices.low, choices.high):
            with_values(base, {key: value})
    return options


def sweep(
    base: TrainConfig,
    space: Space,
    sets: Sequence[Features],
    *,
    trials: int,
    storage: Path | None = None,
    report: Report = lambda *_: None,
    bridge: Bridge | None = None,
) -> list[Trial]:
    """Train until there are `trials` of them, the configuration as given first; best first.

    `storage` (a file) keeps them: the same sweep then goes on where it was. The sampler's seed is the
    configuration's. Raises SweepError, NothingToLearn, and what `train` raises.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    options = options_of(base, space)
    given = {key: value_of(base, key) for key in space.vary}
    study = _study(optuna, base, space, sets, storage)
    stale = [trial for trial in study.get_trials(deepcopy=False) if trial.state == optuna.trial.TrialState.RUNNING]
    for trial in stale:  # its process was killed
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    # A sampler that starts again with the same seed would propose the same again.
    study.sampler = optuna.samplers.TPESampler(seed=base.seed + len(study.trials))
    if not any(trial.user_attrs.get("as_given") and trial.value is not None for trial in study.trials):
        labels = {key: _label(value) if isinstance(options[key], dict) else value for key, value in given.items()}
        study.enqueue_trial(labels, user_attrs={"as_given": True})

    def objective(trial: Any) -> float:
        varied = {key: _suggested(trial, key, choices) for key, choices in options.items()}
        trial.set_user_attr("varied", varied)
        return _trained(trial, with_values(base, varied), sets, report, bridge)

    left = trials - (len(study.trials) - len(stale) - _waiting(optuna, study))
    if left > 0:
        study.optimize(objective, n_trials=left)
    return _ranked(study)


def _trained(trial: Any, config: TrainConfig, sets: Sequence[Features], report: Report, bridge: Bridge | None) -> float:
    import optuna

    from encoders.learning.train import train

    best = -math.inf
    known = [row.score for row in _ranked(trial.study) if row.score is not None]
    start = time.monotonic()

    def progress(done: int, steps: int, figures: dict[str, float]) -> None:
        nonlocal best
        report(trial.number, done, steps, max([*known, best]) if known or math.isfinite(best) else None)
        if "score" not in figures:
            return
        best = max(best, figures["score"])
        trial.report(best, done)
        trial.set_user_attr("seconds", time.monotonic() - start)
        if trial.should_prune():
            raise optuna.TrialPruned

    train(config, sets, progress, bridge=bridge)
    return best if math.isfinite(best) else math.nan


def _study(optuna: Any, base: TrainConfig, space: Space, sets: Sequence[Features], storage: Path | None) -> Any:
    told = [msgspec.json.encode(each, order="deterministic").decode() for each in (base, space)]
    told += [f"{features.name} {features.key} {len(features)}" for features in sets]
    fingerprint = hashlib.sha256("\n".join(told).encode()).hexdigest()
    study = optuna.create_study(
        study_name=NAME,
        direction="maximize",
        storage=None if storage is None else _file(optuna, storage),
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=BEFORE_PRUNING),
    )
    if study.user_attrs.setdefault("fingerprint", fingerprint) != fingerprint:
        raise SweepError(f"{storage} is of another configuration, space or data: choose another --storage")
    study.set_user_attr("fingerprint", fingerprint)
    return study


def _file(optuna: Any, path: Path) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    journal = optuna.storages.journal
    try:
        return optuna.storages.JournalStorage(journal.JournalFileBackend(str(path)))
    except ValueError as error:  # what json raises is one too
        raise SweepError(f"{path} keeps no sweep: choose another --storage") from error


def _options(key: str, wide: list[Value] | Range, given: Value) -> dict[str, Value] | Range:
    """Choices by label, or a range; either way with the value given, so that the configuration itself is a trial."""
    if isinstance(wide, Range):
        if not isinstance(given, int | float):
            raise SweepError(f"{key} is no number, so it cannot have a range: list its choices")
        if not wide.low < wide.high or (wide.log and wide.low <= 0):
            raise SweepError(f"{key}: a range needs low < high, and low > 0 where it is logarithmic")
        return Range(min(wide.low, float(given)), max(wide.high, float(given)), wide.log)
    return {_label(value): value for value in (given, *wide)}


def _suggested(trial: Any, key: str, options: dict[str, Value] | Range) -> Value:
    if isinstance(options, Range):
        return float(trial.suggest_float(key, options.low, options.high, log=options.log))
    return options[trial.suggest_categorical(key, list(options))]


def _label(value: Value) -> str:
    """What Optuna stores of a choice, which must be a plain value."""
    return json.dumps(value, sort_keys=True)


def _waiting(optuna: Any, study: Any) -> int:
    return sum(trial.state == optuna.trial.TrialState.WAITING for trial in study.trials)


def _ranked(study: Any) -> list[Trial]:
    rows = []
    for trial in study.get_trials(deepcopy=False):
        state = trial.state.name.lower()
        if state in ("running", "waiting"):
            continue
        score = max(trial.intermediate_values.values(), default=trial.value)
        told = trial.user_attrs
        rows.append(
            Trial(
                number=trial.number,
                score=score if score is not None and math.isfinite(score) else None,
                state=state,
                seconds=round(told.get("seconds", 0.0), 2),
                as_given=bool(told.get("as_given")),
                varied=told.get("varied", {}),
            )
        )
    return sorted(rows, key=lambda row: (-math.inf if row.score is None else -row.score, row.number))
