"""`upwell evaluate`: how good lists are on a data set, test then learn, beside simpler methods."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.evaluate.options import Candidates, Options, Protocol, Published
from streams.verbs._failure import ExitCode, Failure

if TYPE_CHECKING:
    from streams.evaluate.setup import Setup

EPILOG = 'Example: upwell evaluate films --positive "rating>=4.5" --only-positive --unseen --report report'
DEFAULTS = Options()
EXPERIMENTS = "experiments"
WIDTH = 110  # of the tables, where the output is a pipe or the terminal narrower


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
    methods: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Comma separated: methods, or all, baselines, ablation, trade-off, modalities, experiments.",
        ),
    ] = "all",
    seeds: Annotated[int, typer.Option(min=1, help="Runs with other draws; figures are their means.")] = 1,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 for one per core.")] = 0,
    sample: Annotated[float, typer.Option(min=0.001, max=1, help="Share of users tested; all are learned from.")] = 1.0,
    variant_tests: Annotated[
        int, typer.Option(min=1, help="About so many lists of each of Upwell's variants are judged, at most.")
    ] = DEFAULTS.variant_tests,
    keep_cold: Annotated[int, typer.Option(min=0, help="Places of Upwell's list kept for cold items.")] = 0,
    protocol: Annotated[Protocol, typer.Option(help="How it is tested.")] = DEFAULTS.protocol,
    frozen: Annotated[bool, typer.Option("--frozen", help="Upwell's ranker does not learn.")] = False,
    report: Annotated[Path | None, typer.Option(metavar="DIR", help="Write JSON and plots here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Test lists on a data set in time order: each is made before what it is judged by is learned."""
    # Before numpy loads: the trials share the cores among themselves, and a BLAS that takes them all slows each.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from streams.core.business import BusinessRulesError
    from streams.core.experiments.definition import ExperimentsError
    from streams.datasets.folder import is_dataset, open_dataset
    from streams.datasets.report import DatasetError
    from streams.evaluate.expression import ExpressionError
    from streams.evaluate.run import evaluate as run
    from streams.evaluate.setup import Setup
    from streams.observe import logs
    from streams.settings import Settings
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
        variant_tests=variant_tests,
        keep_cold=keep_cold,
        protocol=protocol,
        frozen=frozen,
    )
    settings = Settings()
    parts = {"seeds": seeds, "jobs": jobs or os.cpu_count() or 1}
    try:
        setup = Setup.of(settings, k)
        names = chosen(methods, setup)
        with logs.quiet_tool(settings), progress_bar() as progress:
            found = run(
                open_dataset(dataset), options, names, **parts, settings=settings, setup=setup, progress=progress
            )
    except ExpressionError as error:
        raise Failure(f"--positive: {error}", ExitCode.USAGE) from error
    except (DatasetError, BusinessRulesError, ExperimentsError) as error:
        raise Failure(str(error), ExitCode.FAILED) from error
    _tell(found, report, as_json)


def _tell(found: dict[str, Any], folder: Path | None, as_json: bool) -> None:
    from streams.evaluate.table import heading, tables
    from streams.verbs._output import out, print_json

    if folder is not None:
        import msgspec

        from streams.evaluate.plots import draw

        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(found)))
        draw(found, folder)
    if as_json:
        print_json(found)
        return
    console = out()
    console.width = max(console.width, WIDTH)
    console.print(heading(found), soft_wrap=True)
    for table in tables(found):
        console.print(table)


def chosen(names: str, setup: Setup) -> Sequence[str]:
    """The methods that `--methods` names, in the order of the registry. Raises Failure for one that does not exist, or
    cannot be tried on a data set.
    """
    from streams.evaluate.methods.registry import GROUPS, methods_of
    from streams.evaluate.methods.trying import trials

    there, tried = methods_of(setup), trials(setup.experiments)
    groups = {**GROUPS, EXPERIMENTS: ("upwell", *tried)}
    words = {name.strip() for name in names.split(",") if name.strip()}
    if EXPERIMENTS in words and not tried:
        raise Failure(f"--methods {EXPERIMENTS}: name a file of them in UPWELL_EXPERIMENTS_FILE", ExitCode.USAGE)
    if unknown := words - there.keys() - groups.keys():
        known = ", ".join((*groups, *there))
        raise Failure(f"--methods: no {', '.join(sorted(unknown))}; choose from {known}", ExitCode.USAGE)
    wanted = {name for word in words for name in groups.get(word, (word,))}
    if not wanted:
        raise Failure("--methods: name at least one, or `all`", ExitCode.USAGE)
    for name, changes in tried.items():
        if name in wanted and changes.encoder_version is not None:
            raise Failure(
                f"{name}: only a stream in an upgrade has the vectors of two encoder versions", ExitCode.USAGE
            )
    return [name for name in there if name in wanted]
