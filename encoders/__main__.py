"""`python -m encoders …`: what makes the item vectors, learns them and measures them; one verb each."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import typer

from encoders.export import export
from encoders.layout import MODEL_REPOSITORY, WEIGHTS, NotExported
from encoders.verbs.adapt import adapt
from encoders.verbs.caption import caption
from encoders.verbs.collect import collect
from encoders.verbs.compare import compare
from encoders.verbs.complete import complete
from encoders.verbs.compress import compress
from encoders.verbs.evaluate import evaluate
from encoders.verbs.tower import tower
from encoders.verbs.train import train

app = typer.Typer(help="The models behind the item vectors.", no_args_is_help=True, add_completion=False)
Repository = Annotated[Path, typer.Option(help="the model repository")]


def _stop(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)


@app.command("export")
def export_command(
    *,
    repository: Repository = MODEL_REPOSITORY,
    weights: Annotated[Path, typer.Option(help="where the weight packages are")] = WEIGHTS,
    aligner: Annotated[Path | None, typer.Option(help="a checkpoint of `train`, exported beside the others")] = None,
    int8: Annotated[Path | None, typer.Option(help="how to quantise it, see encoders/configs/serving")] = None,
    calibrate: Annotated[Path | None, typer.Option(help="a data set with pictures, for --int8")] = None,
    torch: Annotated[bool, typer.Option("--torch", help="torch programs as well, which serve on a GPU")] = False,
    force: Annotated[bool, typer.Option(help="write again even what is up to date")] = False,
) -> None:
    """Write the ONNX files that Triton and the in-process encoder run, and print the encoder version.

    Example: python -m encoders export --int8 encoders/configs/serving/int8.toml --calibrate DATASET
    """
    from encoders.quantised import CannotQuantise, calibration_pictures, export_int8, read_quantisation

    try:
        version = export(repository, weights, aligner=aligner, programs=torch, force=force, say=typer.echo)
        if int8 is not None:
            config = read_quantisation(int8)
            if calibrate is None and config.image_encoder == "static":
                raise CannotQuantise(f"{int8} calibrates the image encoder: name a data set with --calibrate")
            pictures = calibration_pictures(calibrate, config.pictures) if calibrate else []
            export_int8(repository, pictures, config, version, say=typer.echo)
    except (FileNotFoundError, ValueError) as error:  # weights, checkpoints and configurations that cannot be used
        raise _stop(error) from error


@app.command()
def info(repository: Repository = MODEL_REPOSITORY) -> None:
    """Print the exported version, the space, and what can be wrong with a medium, as JSON.

    Example: python -m encoders info
    """
    from encoders import runtime
    from encoders.served import aligner_folder, served_versions
    from encoders.spec import DIMENSION, MODALITIES, PROBLEM_CODES

    try:
        version = runtime.version(aligner_folder(repository))
    except NotExported as error:
        raise _stop(error) from error
    facts = {
        "version": version,
        "served": served_versions(repository),
        "dimension": DIMENSION,
        "modalities": MODALITIES,
        "problem_codes": PROBLEM_CODES,
    }
    typer.echo(json.dumps(facts, indent=2))


@app.command()
def encode(
    *,
    text: Annotated[str | None, typer.Option(help="the item's text")] = None,
    image: Annotated[Path | None, typer.Option(help="a picture file")] = None,
    audio: Annotated[Path | None, typer.Option(help="a sound file")] = None,
    video: Annotated[Path | None, typer.Option(help="a video file")] = None,
    repository: Repository = MODEL_REPOSITORY,
    version: Annotated[str | None, typer.Option(help="an encoder version, see `info`; by default the default")] = None,
) -> None:
    """Encode one item and print its vector, modalities and problems as JSON.

    Example: python -m encoders encode --text "a red fox" --image fox.png
    """
    from encoders.pipeline import Pipeline

    try:
        media = {
            name: path.read_bytes() if path else None
            for name, path in (("image", image), ("audio", audio), ("video", video))
        }
        pipeline = Pipeline(repository, version=version)
    except OSError as error:
        raise _stop(error) from error
    encoded = pipeline.encode([SimpleNamespace(text=text, **media)])[0]
    vector = None if encoded.vector is None else [round(float(value), 6) for value in encoded.vector]
    out = {
        "version": pipeline.version,
        "modalities": encoded.modalities,
        "problems": encoded.problems,
        "vector": vector,
    }
    typer.echo(json.dumps(out))
    if vector is None:
        raise typer.Exit(2)


app.command()(adapt)
app.command()(caption)
app.command()(collect)
app.command()(compare)
app.command()(compress)
app.command()(complete)
app.command()(evaluate)
app.command()(tower)
app.command()(train)

if __name__ == "__main__":
    app()
