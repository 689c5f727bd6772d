"""`python -m encoders caption`: what a picture shows or a sound is, in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from encoders.captions.choose import LABELS, choose_captioner, choose_rewriter
from encoders.layout import MODEL_REPOSITORY
from encoders.spec import Limits, Modality, UnusableMedium

if TYPE_CHECKING:
    from encoders.captions.port import Caption

NOTHING_SAID = 2


def caption(
    *,
    image: Annotated[Path | None, typer.Option(help="a picture file")] = None,
    audio: Annotated[Path | None, typer.Option(help="a sound file")] = None,
    captioner: Annotated[
        str, typer.Option(metavar="labels|NAME|FOLDER", help="the classifiers' labels, or a model of transformers")
    ] = LABELS,
    rewriter: Annotated[
        str | None, typer.Option(metavar="NAME|FOLDER", help="a language model that makes one sentence of the words")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="to speak: en, zh, de, es, fr; of a model: the one it speaks. Repeatable")
    ] = None,
    repository: Annotated[Path, typer.Option(help="the model repository")] = MODEL_REPOSITORY,
) -> None:
    """Put a picture or a sound into words and print them as JSON, the surest first.

    `text` holds them as one line: the field of that name in a content event takes it as it is.
    Exit codes: 0 something was said, 1 an error in one line, 2 nothing was (see `problems`), or wrong usage.

    Example: python -m encoders caption --image fox.png --language en --language zh
    """
    if image is None and audio is None:
        raise typer.BadParameter("name a file with --image or --audio")
    problems: list[str] = []
    said: dict[str, list[Caption]] = {}
    try:
        if image is not None:
            said["image"] = _used("image", lambda: _seen(image, captioner, language or [], repository), problems)
        if audio is not None:
            said["audio"] = _used("audio", lambda: _heard(audio, captioner, language or [], repository), problems)
        if rewriter is not None:
            said = dict(zip(said, choose_rewriter(rewriter).rewrite([*said.values()]), strict=True))
    except (OSError, ValueError) as error:  # no such file, model or language; nothing exported
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    surest = {medium: sorted(captions, key=lambda one: -one.weight) for medium, captions in said.items()}
    told = {
        "captioner": captioner,
        "captions": {medium: [asdict(one) for one in captions] for medium, captions in surest.items()},
        "problems": problems,
        "text": ", ".join(dict.fromkeys(one.text for captions in surest.values() for one in captions)),
    }
    typer.echo(json.dumps(told, ensure_ascii=False))
    if not told["text"]:
        raise typer.Exit(NOTHING_SAID)


def _seen(file: Path, captioner: str, languages: list[str], repository: Path) -> list[Caption]:
    import numpy as np

    from encoders.picture import upright_rgb

    pixels = np.asarray(upright_rgb(file.read_bytes(), Limits().max_pixels))
    return choose_captioner(captioner, Modality.IMAGE, languages, repository).pictures([pixels])[0]


def _heard(file: Path, captioner: str, languages: list[str], repository: Path) -> list[Caption]:
    from encoders.container import decode_sound, opened

    with opened(file.read_bytes(), "sound") as container:
        samples = decode_sound(container, Limits().max_seconds)
    if not len(samples):
        raise UnusableMedium("empty", "the sound has no samples")
    return choose_captioner(captioner, Modality.AUDIO, languages, repository).sounds([samples])[0]


def _used(medium: str, say: Callable[[], list[Caption]], problems: list[str]) -> list[Caption]:
    try:
        return say()
    except UnusableMedium as problem:
        problems.append(f"{medium}:{problem.code}")
        return []
