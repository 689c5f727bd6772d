"""A sweep over training configurations: what may vary, what comes first, what is remembered."""

from pathlib import Path

import msgspec
import pytest
from made_up_features import made_up_bridge, made_up_features

from encoders.bridge import Bridge
from encoders.learning.config import ModelConfig, TrainConfig, read_config
from encoders.learning.features import Features
from encoders.sweep import Range, Space, SweepError, Trial, as_toml, read_space, sweep, value_of, with_values
from encoders.verbs.compare import CONFIGS

TINY = TrainConfig(
    seed=3, epochs=2, batch=64, evaluate_every=1, duplicates=1.0,
    model=ModelConfig(text="none", picture="linear", sound="none", hidden=8, fusion="average"),
)  # fmt: skip
SPACE = Space({"learning_rate": Range(1e-4, 1e-1, log=True), "model.fusion": ["weighted"]})


@pytest.fixture
def bridge() -> Bridge:
    return made_up_bridge()


@pytest.fixture
def features() -> Features:
    return made_up_features()


def run(features: Features, bridge: Bridge, trials: int, storage: Path | None = None) -> list[Trial]:
    return sweep(TINY, SPACE, [features], trials=trials, storage=storage, bridge=bridge)


def test_the_configuration_as_given_is_the_first_trial_and_the_best_comes_first(
    features: Features, bridge: Bridge
) -> None:
    rows = run(features, bridge, 4)
    assert sorted(row.number for row in rows) == [0, 1, 2, 3]
    scores = [row.score for row in rows if row.score is not None]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
    (given,) = [row for row in rows if row.as_given]
    assert given.number == 0
    assert given.varied == {"learning_rate": TINY.learning_rate, "model.fusion": "average"}
    assert {row.varied["model.fusion"] for row in rows} <= {"average", "weighted"}


def test_a_stored_sweep_goes_on_where_it_was_and_proposes_nothing_twice(
    features: Features, bridge: Bridge, tmp_path: Path
) -> None:
    storage = tmp_path / "sweep.log"
    first = run(features, bridge, 2, storage)
    both = run(features, bridge, 4, storage)
    assert {(row.number, row.score) for row in first} < {(row.number, row.score) for row in both}
    assert len({row.varied["learning_rate"] for row in both}) == 4
    assert sum(row.as_given for row in both) == 1
    again = run(features, bridge, 4, storage)
    assert again == both
    with pytest.raises(SweepError, match="another --storage"):
        sweep(msgspec.structs.replace(TINY, seed=4), SPACE, [features], trials=5, storage=storage, bridge=bridge)


def test_equal_seeds_give_equal_sweeps(features: Features, bridge: Bridge) -> None:
    one, other = run(features, bridge, 3), run(features, bridge, 3)
    assert [(row.number, row.score, row.varied) for row in one] == [
        (row.number, row.score, row.varied) for row in other
    ]


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ({"learning_speed": [1.0]}, "learning_speed is no key"),
        ({"model.shape": ["round"]}, "model.shape is no key"),
        ({"seed.of": [1]}, "seed.of is no key"),
        ({"epochs": ["many"]}, "epochs: "),
        ({"model.fusion": Range(0, 1)}, "no number"),
        ({"learning_rate": Range(0, 1, log=True)}, "low > 0"),
    ],
)
def test_a_space_that_does_not_fit_the_configuration_is_refused_before_anything_is_trained(
    vary: dict[str, list[object] | Range], said: str, features: Features
) -> None:
    with pytest.raises(SweepError, match=said):
        sweep(TINY, Space(vary), [features], trials=1)  # type: ignore[arg-type]  # wrong on purpose


def test_deeper_keys_are_dotted() -> None:
    varied = with_values(TINY, {"model.hidden": 16, "objectives": {"sigmoid": 1.0}})
    assert (varied.model.hidden, varied.objectives, varied.seed) == (16, {"sigmoid": 1.0}, 3)
    assert value_of(varied, "model.hidden") == 16


def test_the_best_configuration_is_written_for_training_to_read(tmp_path: Path) -> None:
    config = with_values(TINY, {"objectives": {"info-nce": 1.0, "mse": 0.5}, "texts": {"zh": 2.0}})
    path = tmp_path / "best.toml"
    path.write_text(as_toml(config))
    assert read_config(path) == config


def test_the_space_that_is_shipped_fits_the_defaults() -> None:
    space = read_space(CONFIGS / "sweep" / "default.toml")
    for key, wide in space.vary.items():
        for value in (wide.low, wide.high) if isinstance(wide, Range) else wide:
            assert value_of(with_values(TrainConfig(), {key: value}), key) == value


def test_a_broken_space_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    path.write_text("[vary]\nseed = 3\n")
    with pytest.raises(SweepError, match=r"space\.toml"):
        read_space(path)
