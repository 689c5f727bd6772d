"""A sweep over training configurations: what may vary, what comes first, what is remembered."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from encoders.bridge import Bridge
from encoders.learning.config import ModelConfig, TrainConfig, read_config
from encoders.learning.dataset import Content
from encoders.learning.features import Features
from encoders.learning.slots import Slots
from encoders.sweep import Range, Space, SweepError, Trial, as_toml, read_space, sweep, value_of, with_values
from encoders.verbs.compare import CONFIGS

TINY = TrainConfig(
    seed=3, epochs=2, batch=64, evaluate_every=1, duplicates=1.0,
    model=ModelConfig(text="none", picture="linear", sound="none", hidden=8, fusion="average"),
)  # fmt: skip
SPACE = Space({"learning_rate": Range(1e-4, 1e-1, log=True), "model.fusion": ["weighted"]})


@pytest.fixture
def bridge() -> Bridge:
    rng = np.random.default_rng(0)
    shapes = ((512,), (512, 256), (1000, 256), (50, 256))
    return Bridge(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))


@pytest.fixture
def features() -> Features:
    """150 items whose text and picture say the same thing in two random languages."""
    rng = np.random.default_rng(1)
    n = 150
    meaning = rng.normal(size=(n, 24))
    text = (meaning @ rng.normal(size=(24, 512))).astype(np.float32)
    picture = (meaning @ rng.normal(size=(24, 1280))).astype(np.float32)
    classes = rng.dirichlet(np.ones(1000), n).astype(np.float32)
    ids = tuple(f"item {number}" for number in range(n))
    present = np.zeros((n, 4), np.bool_)
    present[:, :2] = True
    none = np.zeros(0, np.int64)
    return Features(
        name="made up",
        dataset=Path("nowhere"),
        item_ids=ids,
        contents=tuple(Content(item_id=item_id, title=item_id) for item_id in ids),
        texts={"text": text / np.linalg.norm(text, axis=1, keepdims=True)},
        pictures=Slots(np.arange(n), np.full(n, 2, np.int32), picture, classes),
        sounds=Slots(none, none.astype(np.int32), np.zeros((0, 200), np.float32), np.zeros((0, 50), np.float32)),
        quality=present.astype(np.float32),
        present=present,
        key="k",
    )


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
