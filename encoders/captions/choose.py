"""From a name to a captioner or rewriter: `labels`, or a model of transformers by hub name or local folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from encoders.captions.port import Captioner, Rewriter
from encoders.captions.words import LANGUAGES
from encoders.layout import MODEL_REPOSITORY, WEIGHTS
from encoders.spec import Modality

LABELS = "labels"
T = TypeVar("T")


class NoSuchCaptioner(ValueError):
    """The model is not there, or is of another kind than was asked for."""


def choose_captioner(
    name: str,
    modality: Modality,
    languages: Sequence[str] = (),
    repository: Path = MODEL_REPOSITORY,
    weights: Path = WEIGHTS,
) -> Captioner:
    """Who puts media of this modality into words: IMAGE or AUDIO. Loads the model.

    `languages`: for `labels` those to speak (none: all it can); for a model the one that its words are in (none: "en").
    Raises NoSuchCaptioner, NotExported, and ValueError for a language that `labels` does not speak.
    """
    if name == LABELS:
        from encoders.captions.labels import LabelCaptioner

        return LabelCaptioner(repository, weights, languages or LANGUAGES)
    # Imported late: transformers takes seconds, and the labels do without.
    from encoders.captions.huggingface import PictureCaptioner, SoundCaptioner

    kind = PictureCaptioner if modality is Modality.IMAGE else SoundCaptioner
    language = languages[0] if languages else "en"
    return _loaded(name, f"captions of a model for {modality.name.lower()}s", lambda: kind(name, language))


def choose_rewriter(name: str) -> Rewriter:
    """Loads the causal language model. Raises NoSuchCaptioner."""
    from encoders.captions.huggingface import LanguageModelRewriter

    return _loaded(name, "sentences of a language model", lambda: LanguageModelRewriter(name))


def _loaded(name: str, wanted: str, load: Callable[[], T]) -> T:
    try:
        return load()
    except OSError as error:  # what transformers raises for a missing folder, a missing file, and a hub out of reach
        raise NoSuchCaptioner(f"{name} is no folder with a saved model, and no hub has or is there to ask") from error
    except (ValueError, KeyError) as error:  # and for a model of another kind
        raise NoSuchCaptioner(f"{name} cannot give {wanted}: {str(error).splitlines()[0][:120]}") from error
