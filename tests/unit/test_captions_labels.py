"""Words for pictures and sounds from the classifiers that are there anyway."""

import numpy as np
import pytest

from encoders.audio import TAGS
from encoders.captions.kinds import kinds
from encoders.captions.labels import SAID, LabelCaptioner, label_words
from encoders.captions.port import Caption
from encoders.captions.tags import TAG_WORDS
from encoders.captions.vectors import caption_vectors
from encoders.captions.words import LANGUAGES, WORDS
from encoders.layout import MODEL_REPOSITORY, model_folder
from encoders.runtime import TextModel
from encoders.samples import drawing, tone
from encoders.spec import Floats
from encoders.tokens import tokenize

GOLDEN_RETRIEVER, TABBY_CAT, ACOUSTIC_GUITAR = 207, 281, 402  # ImageNet's numbers


@pytest.fixture(scope="module")
def captioner() -> LabelCaptioner:
    return LabelCaptioner()


@pytest.fixture(scope="module")
def text_model() -> TextModel:
    return TextModel(model_folder(MODEL_REPOSITORY, "text_encoder"))


def sure_of(label: int) -> Floats:
    scores = np.zeros((1, 1000), np.float32)
    scores[0, label] = 1.0
    return scores


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (GOLDEN_RETRIEVER, {"Golden Retriever", "狗", "Hund", "perro", "chien"}),
        (TABBY_CAT, {"tabby cat", "猫", "Katze", "gato", "chat"}),
        (ACOUSTIC_GUITAR, {"acoustic guitar", "吉他", "Gitarre", "guitarra", "guitare"}),
    ],
)
def test_a_fine_label_is_said_in_english_and_its_everyday_word_in_other_languages(
    captioner: LabelCaptioner, label: int, words: set[str]
) -> None:
    assert {caption.text for caption in captioner.classes(sure_of(label))[0]} == words


def test_captions_weigh_as_the_classifier_was_sure(captioner: LabelCaptioner) -> None:
    scores = np.zeros((1, 50), np.float32)
    scores[0, [TAGS.index("flute"), TAGS.index("drums")]] = 0.81, 0.25
    english = {caption.text: caption.weight for caption in captioner.tags(scores)[0] if caption.language == "en"}
    assert english == pytest.approx({"flute": 0.9, "drums": 0.5})


def test_every_picture_and_sound_gets_words_in_every_language(captioner: LabelCaptioner) -> None:
    seen = captioner.pictures([np.asarray(drawing(40, 300, 1)), np.asarray(drawing(500, 200, 2))])
    heard = captioner.sounds([tone(1.0), tone(8.0, hertz=880.0)])
    for said in (*seen, *heard):
        assert {caption.language for caption in said} == set(LANGUAGES)
        assert 1 <= len(said) <= SAID * len(LANGUAGES)


def test_of_a_blank_picture_and_a_silent_sound_nothing_is_said(captioner: LabelCaptioner) -> None:
    assert captioner.pictures([np.full((50, 50, 3), 200, np.uint8)]) == [[]]
    assert captioner.sounds([np.zeros(16_000, np.float32)]) == [[]]


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="tlh"):
        LabelCaptioner(languages=("en", "tlh"))


def test_the_words_of_one_thing_lie_together_in_the_text_space(text_model: TextModel) -> None:
    by_language = {language: text_model.run([tokenize(word[language]) for word in WORDS]) for language in LANGUAGES}
    for language, vectors in by_language.items():
        nearest = (vectors @ by_language["en"].T).argmax(axis=1)
        # Not all of them: homographs ("chat", "fan") and near synonyms ("ship", "boat") fall elsewhere.
        assert (nearest == np.arange(len(WORDS))).mean() > 0.7, language


def test_the_tag_words_follow_the_taggers_order() -> None:
    assert tuple(word["en"] for word in TAG_WORDS) == TAGS


def test_every_kind_is_an_everyday_word() -> None:
    assert set(kinds().values()) <= {word["en"] for word in WORDS}


def test_a_label_outside_the_tree_takes_the_word_nearest_in_direction() -> None:
    vectors = {word["en"]: np.eye(len(WORDS), dtype=np.float32)[at] for at, word in enumerate(WORDS)}
    vectors["seat"] = 9 * vectors["chair"] + vectors["table"]
    labels = ["?"] * 420 + ["seat"]
    vectors["?"] = vectors["dog"]
    said = label_words(labels, labels, lambda texts: np.stack([vectors[text] for text in texts]))
    assert said[420]["en"] == "seat"
    assert said[420]["zh"] == "椅子"


def test_captions_meet_in_one_unit_vector_and_no_captions_in_zeros() -> None:
    space = {"a": np.array([3.0, 0.0], np.float32), "b": np.array([0.0, 4.0], np.float32)}
    said = [[Caption("a", weight=4.0), Caption("b", weight=3.0)], [], [Caption("b")]]
    vectors = caption_vectors(said, lambda texts: np.array([space[text] for text in texts], np.float32).reshape(-1, 2))
    expected = np.array([[0.5**0.5, 0.5**0.5], [0, 0], [0, 1]], np.float32)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    nothing = caption_vectors([[]], lambda texts: np.zeros((len(texts), 2), np.float32))
    assert nothing.shape == (1, 2)
