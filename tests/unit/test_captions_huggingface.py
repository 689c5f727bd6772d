"""The captioning and rewriting path, on tiny models with random weights saved to a folder."""

from pathlib import Path

import numpy as np
import pytest
import transformers
from kit.tiny_captioners import WORDS, blip, llama, whisper

from encoders.captions.huggingface import LanguageModelRewriter, PictureCaptioner, SoundCaptioner
from encoders.captions.port import Caption, UnsupportedMedium
from encoders.samples import drawing, tone


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
