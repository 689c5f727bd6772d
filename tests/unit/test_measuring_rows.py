"""What each row makes of items, whole and with less to go by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_builders import made_features, random_bridge, write_behaviour
from numpy.typing import NDArray

from encoders.learning.config import ModelConfig
from encoders.learning.features import Features
from encoders.learning.model import AlignmentModel
from encoders.learning.saved import save
from encoders.learning.splits import rows_of
from encoders.measuring.measure import Bench, contributions, measure
from encoders.measuring.rows import NoSuchRow, Setting, all_rows, make_row, shipped_row
from encoders.measuring.run import Evaluation
from encoders.measuring.space import space_of
from encoders.measuring.subsets import modalities_of, name_of, only_text, subsets, without
from encoders.measuring.trained_logs import columns, logs_of
from encoders.measuring.training import comparison, folder_of, train_cached
from encoders.spec import Floats, Modality

ITEMS = made_features(160)


def setting(tmp_path: Path) -> Setting:
    return Setting((ITEMS,), checkpoint=tmp_path / "none.safetensors", cache=tmp_path)


def lengths(vectors: Floats) -> NDArray[np.floating]:
    found: NDArray[np.floating] = np.linalg.norm(vectors, axis=-1)
    return found


@pytest.mark.parametrize("name", ["random", "text", "image", "audio", "unaligned"])
def test_a_row_gives_unit_vectors_where_an_item_has_something_for_it(name: str, tmp_path: Path) -> None:
    vectors, parts = make_row(name, setting(tmp_path), ITEMS)(ITEMS)
    there = np.abs(parts).sum(axis=2) > 0
    np.testing.assert_allclose(lengths(vectors)[there.any(axis=1)], 1.0, atol=1e-5)
    assert not vectors[~there.any(axis=1)].any()
    assert not (there & ~ITEMS.present).any()
    if name in ("random", "unaligned"):
        np.testing.assert_array_equal(there, ITEMS.present)


def test_the_random_row_draws_anew_for_another_text_of_the_same_items(tmp_path: Path) -> None:
    space = space_of(make_row("random", setting(tmp_path), ITEMS), ITEMS, fields=["zh"])
    assert abs(float((space.part("text") * space.part("text.zh")).sum(axis=1).mean())) < 0.1


def test_a_single_encoder_is_centred_on_the_train_split(tmp_path: Path) -> None:
    train = ITEMS.take(rows_of(ITEMS.item_ids, "train"))
    known = train.texts["text"] - train.texts["text"].mean(axis=0)
    vectors, _ = make_row("text", setting(tmp_path), ITEMS)(train)
    np.testing.assert_allclose(vectors, known / np.linalg.norm(known, axis=1, keepdims=True), atol=1e-4)


def test_the_adapted_row_is_the_shipped_model_with_the_data_sets_own_centre(tmp_path: Path) -> None:
    model = AlignmentModel(ModelConfig(hidden=16, fusion="words-first"), random_bridge())
    save(model, tmp_path / "shipped.safetensors")
    given = Setting((ITEMS,), checkpoint=tmp_path / "shipped.safetensors")
    shifted = replace(ITEMS, texts={"text": ITEMS.texts["text"] + 1.0})
    vectors, _ = make_row("adapted", given, shifted)(shifted)
    expected, _ = make_row("adapted", given, ITEMS)(ITEMS)
    np.testing.assert_allclose(vectors, expected, atol=5e-3)  # a file holds float16
    assert np.abs(make_row("everything", given, ITEMS)(shifted)[0] - expected).max() > 0.1


def test_an_item_without_a_modality_has_nothing_of_it_left() -> None:
    less = without(ITEMS, [Modality.IMAGE])
    assert not less.present[:, 1].any()
    assert not less.quality[:, 1].any()
    assert not less.picture.any()
    np.testing.assert_array_equal(less.sound, ITEMS.sound)
    alone = only_text(ITEMS, "zh")
    assert alone.present[:, 0].all()
    assert not alone.present[:, 1:].any()
    np.testing.assert_array_equal(alone.texts["text"], ITEMS.texts["zh"])


def test_every_way_to_lose_some_but_not_all_is_a_subset() -> None:
    present = modalities_of(ITEMS)
    assert present == [Modality.TEXT, Modality.IMAGE, Modality.AUDIO]
    names = [name_of(lost) for lost in subsets(present)]
    assert len(names) == 6
    assert names[0] == "without text"
    assert names[-1] == "without image and audio"


def test_an_unknown_row_is_refused_and_the_known_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchRow, match="bridge"):
        make_row("objective:none", setting(tmp_path), ITEMS)
    known = all_rows(setting(tmp_path))
    assert not {"everything", "adapted"} & set(known)  # nothing is shipped in this setting
    assert {"random", "text", "bridge", "late", "objective:info-nce", "fusion:gated"} <= set(known)
    assert shipped_row(setting(tmp_path)) == "bridge"
    (tmp_path / "none.safetensors").touch()
    assert shipped_row(setting(tmp_path)) == "everything"


def test_a_row_of_one_modality_owes_everything_to_it(tmp_path: Path) -> None:
    test = ITEMS.take(rows_of(ITEMS.item_ids, "test"))
    bench = Bench(ITEMS, test, test, None, None, ())
    row = make_row("text", setting(tmp_path), ITEMS)
    told = contributions(row, space_of(row, test), bench)
    assert told["text"]["share"] == pytest.approx(1.0)
    assert told["image"]["moves"] == pytest.approx(0.0, abs=1e-6)


def test_what_a_data_set_cannot_tell_is_left_out(tmp_path: Path) -> None:
    test = ITEMS.take(rows_of(ITEMS.item_ids, "test"))
    told = measure(make_row("random", setting(tmp_path), ITEMS), Bench(ITEMS, test, test, None, None, ()))
    assert set(told) == {"retrieval", "alignment", "contributions", "neighbours"}
    assert {"image->text", "text->image"} <= set(told["retrieval"])


def test_films_bring_the_behaviour_objective_and_only_the_named_choice_differs(tmp_path: Path) -> None:
    write_behaviour(tmp_path, users=4, items=20)
    sets = [made_features(40, folder=tmp_path)]
    one, other = comparison("objective:mse", sets), comparison("fusion:concat", sets)
    assert (one.objectives, one.model.fusion) == ({"mse": 1.0}, "gated")
    assert (other.objectives, other.model.fusion) == ({"info-nce": 1.0}, "concat")
    assert one.item_objectives == other.item_objectives == {"views": 0.5, "behaviour": 0.5}
    assert "behaviour" not in comparison("objective:mse", [ITEMS]).item_objectives


def test_a_row_is_trained_once_and_its_curve_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import encoders.learning.train as training

    runs = []
    learn = training.train

    def counted(config: object, sets: list[Features], *rest: object, **options: object) -> object:
        from learning_builders import random_bridge

        runs.append(config)
        return learn(config, sets, *rest, bridge=random_bridge(), **options)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr(training, "train", counted)
    monkeypatch.setattr("encoders.measuring.training.STEPS", 2)
    paths = [train_cached("objective:mse", [ITEMS], tmp_path, lambda what, done, of: None) for _ in range(2)]
    assert paths[0] == paths[1]
    assert len(runs) == 1
    assert {"step", "loss", "score"} <= set(columns(paths[0].parent / "log.csv"))


def test_the_curves_of_a_run_are_of_the_sets_that_it_was_trained_on(tmp_path: Path) -> None:
    folder = folder_of("objective:mse", [ITEMS], tmp_path)
    folder.mkdir()
    (folder / "log.csv").write_text("step,loss\n2,0.5\n4,0.25\n", encoding="utf-8")
    bench = Bench(ITEMS, ITEMS, ITEMS, None, None, ())
    run = Evaluation({"rows": {"objective:mse": {}, "bridge": {}}}, [], {"made": bench})
    before = Setting(cache=tmp_path)  # a run loads its data sets itself
    assert logs_of(run, before) == {"objective:mse": {"step": [2.0, 4.0], "loss": [0.5, 0.25]}}
