"""Training as a whole, on made-up features: it learns, chooses, stops, resumes, and keeps off the test split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from learning_builders import made_features, random_bridge, write_behaviour

from encoders.learning.config import ModelConfig, TrainConfig
from encoders.learning.features import Features
from encoders.learning.fusion.fixed import WordsFirst
from encoders.learning.logs import read_log
from encoders.learning.model import AlignmentModel
from encoders.learning.saved import load, save
from encoders.learning.slots import Slots
from encoders.learning.splits import rows_of, split_of
from encoders.learning.state import WrongCheckpoint
from encoders.learning.train import NothingToLearn, train
from encoders.learning.validate import apply, hold, validate
from encoders.spec import DIMENSION

SMALL = TrainConfig(
    model=ModelConfig(picture="linear", sound="linear", hidden=16, dropout=0.1, fusion="gated"),
    objectives={"info-nce": 1.0},
    item_objectives={"views": 0.5},
    epochs=6,
    batch=64,
    learning_rate=3e-3,
    average=0.5,
    evaluate_every=2,
    duplicates=1.0,
)
BRIDGE = random_bridge()


@pytest.fixture(scope="module")
def made() -> Features:
    return made_features()


def with_(config: TrainConfig, **changes: object) -> TrainConfig:
    return msgspec.structs.replace(config, **changes)


def score(model: AlignmentModel, features: Features) -> float:
    return validate(model, [hold(features, behaviour=False)])["score"]


def equal(one: AlignmentModel, other: AlignmentModel) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.state_dict().items())


def test_it_finds_what_the_modalities_have_in_common(made: Features) -> None:
    before = score(AlignmentModel(SMALL.model, BRIDGE), made)
    after = score(train(SMALL, [made], bridge=BRIDGE), made)
    assert after > 2 * before


def test_equal_seeds_give_equal_weights_and_others_do_not(made: Features) -> None:
    brief = with_(SMALL, epochs=2)
    assert equal(train(brief, [made], bridge=BRIDGE), train(brief, [made], bridge=BRIDGE))
    assert not equal(train(brief, [made], bridge=BRIDGE), train(with_(brief, seed=8), [made], bridge=BRIDGE))


def test_a_resumed_run_equals_an_unbroken_one(made: Features, tmp_path: Path) -> None:
    unbroken = train(SMALL, [made], bridge=BRIDGE, folder=tmp_path / "whole")
    train(SMALL, [made], bridge=BRIDGE, folder=tmp_path / "broken", stop_after=8)  # the checkpoint is of step 6
    resumed = train(SMALL, [made], bridge=BRIDGE, folder=tmp_path / "broken", resume=True)
    assert equal(resumed, unbroken)
    assert read_log(tmp_path / "broken" / "log.csv") == read_log(tmp_path / "whole" / "log.csv")


def test_a_checkpoint_of_another_configuration_is_refused(made: Features, tmp_path: Path) -> None:
    train(SMALL, [made], bridge=BRIDGE, folder=tmp_path, stop_after=6)
    with pytest.raises(WrongCheckpoint, match="--resume"):
        train(with_(SMALL, noise=0.1), [made], bridge=BRIDGE, folder=tmp_path, resume=True)


def test_without_a_checkpoint_resuming_starts_afresh(made: Features, tmp_path: Path) -> None:
    brief = with_(SMALL, epochs=2)
    assert equal(train(brief, [made], bridge=BRIDGE, folder=tmp_path, resume=True), train(brief, [made], bridge=BRIDGE))


def test_it_stops_when_validation_no_longer_gets_better(made: Features, tmp_path: Path) -> None:
    frozen = with_(SMALL, learning_rate=0.0, patience=2, epochs=50)
    seen: list[int] = []
    train(frozen, [made], lambda done, steps, figures: seen.append(done), bridge=BRIDGE, folder=tmp_path)
    assert len(read_log(tmp_path / "log.csv")) == 3  # the first is the best so far, then two that are no better
    assert max(seen) < 50


def test_the_best_weights_are_returned_not_the_last(made: Features, tmp_path: Path) -> None:
    wild = with_(SMALL, learning_rate=0.3, average=0.0, epochs=20, evaluate_every=1)
    model = train(wild, [made], bridge=BRIDGE, folder=tmp_path)
    scores = [float(row["score"]) for row in read_log(tmp_path / "log.csv")]
    assert score(model, made) == pytest.approx(max(scores), abs=1e-5)


def test_a_model_can_learn_by_one_fusion_and_serve_by_another(made: Features, tmp_path: Path) -> None:
    gate = train(SMALL, [made], bridge=BRIDGE)
    other = train(with_(SMALL, serve="words-first"), [made], bridge=BRIDGE, folder=tmp_path)
    assert other.config == msgspec.structs.replace(SMALL.model, fusion="words-first")
    heads = [name for name in gate.state_dict() if not name.startswith("fusion.")]
    assert all(torch.equal(gate.state_dict()[name], other.state_dict()[name]) for name in heads)
    vectors, parts = apply(other, made)
    expected = WordsFirst(DIMENSION)(*map(torch.from_numpy, (parts, made.present.astype(np.float32), made.quality)))
    assert vectors == pytest.approx(expected.numpy(), abs=1e-5)
    save(other, tmp_path / "other.safetensors")
    assert load(tmp_path / "other.safetensors").config == other.config


def test_nothing_of_the_test_split_is_ever_looked_at(made: Features) -> None:
    spoiled = _spoiled(made, rows_of(made.item_ids, "test"))
    assert any(split_of(item_id) == "test" for item_id in made.item_ids)
    brief = with_(SMALL, epochs=2, ridge=0.1)
    assert equal(train(brief, [made], bridge=BRIDGE), train(brief, [spoiled], bridge=BRIDGE))


def test_the_log_tells_losses_gradients_contributions_and_validation(made: Features, tmp_path: Path) -> None:
    train(with_(SMALL, epochs=2), [made], bridge=BRIDGE, folder=tmp_path)
    row = read_log(tmp_path / "log.csv")[-1]
    expected = {"step", "loss", "info-nce", "views", "temperature info-nce", "score", "made text->image"}
    assert expected | {"gradient picture", "contribution text", "contribution audio"} <= set(row)


@pytest.mark.parametrize("objective", ["behaviour", "graph"])
def test_what_the_same_users_like_comes_to_lie_together(objective: str, tmp_path: Path) -> None:
    made = made_features(folder=tmp_path)
    write_behaviour(tmp_path, users=30, items=len(made))
    learning = with_(SMALL, objectives={"mse": 0.01}, item_objectives={objective: 1.0}, epochs=8, learning_rate=0.01)
    train(learning, [made], bridge=BRIDGE, folder=tmp_path)
    before = validate(AlignmentModel(SMALL.model, BRIDGE), [hold(made, behaviour=True)])["made cold"]
    assert float(read_log(tmp_path / "log.csv")[-1]["made cold"]) > before + 0.08


def test_half_precision_learns_too(made: Features) -> None:
    before = score(AlignmentModel(SMALL.model, BRIDGE), made)
    assert score(train(with_(SMALL, precision="bfloat16"), [made], bridge=BRIDGE), made) > 2 * before


def test_data_without_an_item_to_learn_from_are_refused(made: Features) -> None:
    with pytest.raises(NothingToLearn, match="--data"):
        train(SMALL, [made.take(rows_of(made.item_ids, "test"))], bridge=BRIDGE)


def _spoiled(features: Features, rows: np.ndarray) -> Features:
    """Everything that is known of some items is replaced by noise."""
    rng = np.random.default_rng(9)

    def noised(values: np.ndarray, where: np.ndarray) -> np.ndarray:
        out = values.copy()
        out[where] = rng.random(size=out[where].shape).astype(np.float32)
        return out

    def slots(given: Slots) -> Slots:
        theirs = np.isin(given.owner, rows)
        return replace(given, embedding=noised(given.embedding, theirs), scores=noised(given.scores, theirs))

    texts = {name: noised(values, rows) for name, values in features.texts.items()}
    return replace(features, texts=texts, pictures=slots(features.pictures), sounds=slots(features.sounds))
