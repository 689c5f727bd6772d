"""The transformers loading path, on tiny models with random weights saved to a folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from encoders.huggingface import TransformersEncoder, UnsupportedModel
from encoders.samples import drawing, tone

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[EOS]", "a", "red", "fox", "runs", "over", "the", "snow", "and", "sings"]
SMALL: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
TEXT = {**SMALL, "vocab_size": len(WORDS), "max_position_embeddings": 20}
VISION = {**SMALL, "image_size": 32, "patch_size": 8}


def save(folder: Path, model: Any, extractor: Any = None) -> Path:
    inner = Tokenizer(WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    inner.pre_tokenizer = Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", eos_token="[EOS]", model_max_length=18
    )
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    if extractor is not None:
        extractor.save_pretrained(folder)
    return folder


def minilm(folder: Path) -> Path:
    return save(folder, transformers.BertModel(transformers.BertConfig(**TEXT)))


def clip(folder: Path) -> Path:
    config = transformers.CLIPConfig(
        text_config={**TEXT, "eos_token_id": 4, "bos_token_id": 2, "pad_token_id": 0, "projection_dim": 12},
        vision_config={**VISION, "projection_dim": 12},
        projection_dim=12,
    )
    sizes = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    return save(folder, transformers.CLIPModel(config), transformers.CLIPImageProcessorPil(**sizes))


def siglip(folder: Path) -> Path:
    config = transformers.SiglipConfig(text_config={**TEXT, "projection_size": 16}, vision_config=VISION)
    processor = transformers.SiglipImageProcessorPil(size={"height": 32, "width": 32})
    return save(folder, transformers.SiglipModel(config), processor)


def clap(folder: Path) -> Path:
    audio = {
        "patch_embeds_hidden_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "depths": [1, 1], "num_mel_bins": 64,
        "num_attention_heads": [2, 2], "spec_size": 256, "patch_size": 4, "patch_stride": [4, 4], "window_size": 8,
        "projection_dim": 12, "enable_fusion": False,
    }  # fmt: skip
    config = transformers.ClapConfig(
        text_config={**TEXT, "projection_dim": 12, "pad_token_id": 0}, audio_config=audio, projection_dim=12
    )
    extractor = transformers.ClapFeatureExtractor(truncation="rand_trunc", padding="repeatpad")
    return save(folder, transformers.ClapModel(config), extractor)


@pytest.fixture(params=[minilm, clip, siglip, clap], ids=lambda made: made.__name__)
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> TransformersEncoder:
    torch.manual_seed(0)
    return TransformersEncoder(request.param(tmp_path / "model"))


def assert_unit(vectors: np.ndarray[Any, np.dtype[np.float32]], rows: int) -> None:
    assert vectors.dtype == np.float32
    assert len(vectors) == rows
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_texts_become_unit_vectors_whatever_their_company(encoder: TransformersEncoder) -> None:
    together = encoder.texts(["a red fox", "the snow sings " * 30, "runs"])
    assert_unit(together, 3)
    np.testing.assert_allclose(encoder.texts(["a red fox"])[0], together[0], atol=1e-4)
    assert together[0] @ together[2] < 0.9999


def test_pictures_share_the_space_of_the_texts_where_the_model_sees(encoder: TransformersEncoder) -> None:
    pictures = [np.asarray(drawing(50, 70, seed)) for seed in (1, 2)]
    if "image" not in encoder.modalities:
        with pytest.raises(UnsupportedModel, match="image"):
            encoder.pictures(pictures)
        return
    vectors = encoder.pictures(pictures)
    assert_unit(vectors, 2)
    assert vectors.shape[1] == encoder.texts(["fox"]).shape[1]
    assert vectors[0] @ vectors[1] < 0.9999


def test_sounds_share_the_space_of_the_texts_where_the_model_hears(encoder: TransformersEncoder) -> None:
    if "audio" not in encoder.modalities:
        with pytest.raises(UnsupportedModel, match="audio"):
            encoder.sounds([tone(1.0)])
        return
    sounds = [tone(1.0, encoder.sampling_rate, hertz) for hertz in (220.0, 880.0)]
    vectors = encoder.sounds(sounds)
    assert_unit(vectors, 2)
    assert vectors.shape[1] == encoder.texts(["fox"]).shape[1]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        TransformersEncoder(tmp_path / "missing")
