"""The captioning and rewriting path, on tiny models with random weights saved to a folder."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from encoders.captions.huggingface import LanguageModelRewriter, PictureCaptioner, SoundCaptioner
from encoders.captions.port import Caption, UnsupportedMedium
from encoders.samples import drawing, tone

WORDS = ["[PAD]", "[UNK]", "[BOS]", "[EOS]", "a", "red", "fox", "runs", "over", "the", "snow", "and", "sings", "loud"]
SMALL: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
SPECIAL: dict[str, Any] = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(1)


def save(folder: Path, model: Any, extractor: Any = None) -> Path:
    inner = Tokenizer(WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    inner.pre_tokenizer = Whitespace()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", bos_token="[BOS]", eos_token="[EOS]"
    ).save_pretrained(folder)
    model.save_pretrained(folder)
    if extractor is not None:
        extractor.save_pretrained(folder)
    return folder


def blip(folder: Path) -> Path:
    text = {**SMALL, **SPECIAL, "vocab_size": len(WORDS), "encoder_hidden_size": 16, "sep_token_id": 3}
    config = transformers.BlipConfig(
        text_config=text, vision_config={**SMALL, "image_size": 32, "patch_size": 8}, projection_dim=12
    )
    processor = transformers.BlipImageProcessorPil(size={"height": 32, "width": 32})
    return save(folder, transformers.BlipForConditionalGeneration(config), processor)


def whisper(folder: Path) -> Path:
    config = transformers.WhisperConfig(
        vocab_size=len(WORDS), d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=80, max_source_positions=1500,
        max_target_positions=60, decoder_start_token_id=2, suppress_tokens=None, begin_suppress_tokens=None, **SPECIAL,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    return save(folder, model, transformers.WhisperFeatureExtractor(feature_size=80))


def llama(folder: Path) -> Path:
    config = transformers.LlamaConfig(**SMALL, **SPECIAL, vocab_size=len(WORDS), num_key_value_heads=2)
    return save(folder, transformers.LlamaForCausalLM(config))


def test_a_picture_model_puts_every_picture_into_words(tmp_path: Path) -> None:
    captioner = PictureCaptioner(blip(tmp_path / "blip"))
    pictures = [np.asarray(drawing(40, 60, seed)) for seed in range(3)]
    said = captioner.pictures(pictures)
    assert len(said) == 3
    assert all(set(caption.text.split()) <= set(WORDS) for captions in said for caption in captions)
    assert said == captioner.pictures(pictures)
    with pytest.raises(UnsupportedMedium, match="pictures"):
        captioner.sounds([tone(1.0)])


def test_a_sound_model_puts_every_sound_into_words(tmp_path: Path) -> None:
    captioner = SoundCaptioner(whisper(tmp_path / "whisper"))
    said = captioner.sounds([tone(1.0), tone(2.0, hertz=880.0)])
    assert len(said) == 2
    assert all(set(caption.text.split()) <= set(WORDS) for captions in said for caption in captions)
    with pytest.raises(UnsupportedMedium, match="sounds"):
        captioner.pictures([np.asarray(drawing())])


def test_a_language_model_makes_one_sentence_and_leaves_items_without_words_alone(tmp_path: Path) -> None:
    rewriter = LanguageModelRewriter(llama(tmp_path / "llama"))
    said = [[Caption("fox", "en", 2.0), Caption("snow", "en", 1.0), Caption("狐狸", "zh", 1.0)], []]
    first, second = rewriter.rewrite(said)
    assert len(first) == 1
    assert first[0].language == "en"
    assert set(first[0].text.split()) <= set(WORDS)
    assert second == []


def test_a_language_model_that_says_nothing_takes_nothing_away(tmp_path: Path) -> None:
    folder = llama(tmp_path / "llama")
    model = transformers.LlamaForCausalLM.from_pretrained(folder)
    model.lm_head.weight.data.zero_()  # every word is as likely: the first one, padding, wins
    model.save_pretrained(folder)
    said = [[Caption("fox", "en")]]
    assert LanguageModelRewriter(folder).rewrite(said) == said


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        PictureCaptioner(tmp_path / "missing")
