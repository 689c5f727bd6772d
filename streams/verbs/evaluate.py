"""`upwell evaluate`: how good lists are on a data set, test then learn, beside simpler methods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from streams.evaluate.options import Candidates, Options, Protocol, Published
from streams.verbs._failure import ExitCode, Failure

EPILOG = 'Example: upwell evaluate films --positive "rating>=4.5" --only-positive --unseen --report report'
DEFAULTS = Options()


def evaluate(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Folder made by `upwell convert`.")],
    *,
    positive: Annotated[
        str, typer.Option(metavar="EXPRESSION", help="Which acts are a success, over actions and their value.")
    ] = DEFAULTS.positive,
    only_positive: Annotated[bool, typer.Option("--only-positive", help="Drop all other events beforehand.")] = False,
    warmup: Annotated[float, typer.Option(min=0, max=0.99, help="Share of events only learned from.")] = 0.3,
    k: Annotated[int, typer.Option(min=1, max=200, help="Places of a list.")] = 10,
    unseen: Annotated[bool, typer.Option("--unseen", help="Items a user had are no candidates for them.")] = False,
    candidates: Annotated[
        Candidates, typer.Option(help="Items that behaviour has named so far, or everything published.")
    ] = DEFAULTS.candidates,
    published: Annotated[
        Published,
        typer.Option(
            help="When catalogue items come: when they say, at the start, or auto: as said unless that leaks."
        ),
    ] = DEFAULTS.published,
    methods: Annotated[str, typer.Option(metavar="NAMES", help="Comma separated; `all` for every one.")] = "all",
    seeds: Annotated[int, typer.Option(min=1, help="Runs with other draws; figures are their means.")] = 1,
    sample: Annotated[float, typer.Option(min=0.001, max=1, help="Share of users tested; all are learned from.")] = 1.0,
    keep_cold: Annotated[int, typer.Option(min=0, help="Places of Upwell's list kept for cold items.")] = 0,
    protocol: Annotated[Protocol, typer.Option(help="How it is tested.")] = DEFAULTS.protocol,
    frozen: Annotated[bool, typer.Option("--frozen", help="Upwell's ranker does not learn.")] = False,
    report: Annotated[Path | None, typer.Option(metavar="DIR", help="Write JSON and plots here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Test lists on a data set in time order: each is made before what it is judged by is learned."""
    from streams.datasets.folder import is_dataset, open_dataset
    from streams.datasets.report import DatasetError
    from streams.evaluate.expression import ExpressionError
    from streams.evaluate.run import evaluate as run
    from streams.settings import Settings
    from streams.verbs._output import print_json
    from streams.verbs.convert import progress_bar

    if not is_dataset(dataset):
        message = f"{dataset} holds no content.jsonl; make a dataset with `upwell convert`"
        raise Failure(message, ExitCode.NOT_FOUND)
    options = Options(
        positive=positive,
        only_positive=only_positive,
        warmup=warmup,
        k=k,
        unseen=unseen,
        candidates=candidates,
        published=published,
        sample=sample,
        keep_cold=keep_cold,
        protocol=protocol,
        frozen=frozen,
    )
    try:
        with progress_bar() as progress:
            found = run(
                open_dataset(dataset), options, chosen(methods), seeds=seeds, settings=Settings(), progress=progress
            )
    except ExpressionError as error:
        raise Failure(f"--positive: {error}", ExitCode.USAGE) from error
    except DatasetError as error:
        raise Failure(str(error), ExitCode.FAILED) from error
    if as_json:
        print_json(found)


def chosen(names: str) -> Sequence[str]:
    """The methods that `--methods` names, in the order of the registry. Raises Failure for one that does not exist."""
    from streams.evaluate.methods.registry import METHODS

    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := wanted - METHODS.keys() - {"all"}:
        there = ", ".join(METHODS)
        raise Failure(f"--methods: no {', '.join(sorted(unknown))}; there are all, {there}", ExitCode.USAGE)
    return [name for name in METHODS if name in wanted or "all" in wanted]
