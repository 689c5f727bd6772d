"""`upwell encoders`: which encoder versions there are, and the way from one to another without stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.verbs._connect import Connection, JsonOption, KafkaOption, PrefixOption, WorkerOption, connect
from streams.verbs._failure import ExitCode, Failure

if TYPE_CHECKING:
    from streams.events import EncoderState

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="List encoder versions, change to another one while the stream runs, and change back.",
)

NoWait = Annotated[bool, typer.Option("--no-wait", help="Return once a worker has taken the command.")]
TritonOption = Annotated[
    str | None, typer.Option("--triton", metavar="HOST:PORT", help="Triton, instead of what is running.")
]


@app.command("list", epilog="Example: upwell encoders list --json")
def list_versions(
    *, kafka: KafkaOption = None, triton: TritonOption = None, prefix: PrefixOption = None, as_json: JsonOption = False
) -> None:
    """Show the encoder versions that are served, and which one lists are made with."""
    import asyncio

    from rich.table import Table

    from streams.verbs._encoders import states
    from streams.verbs._output import out, print_json

    settings = connect(kafka=kafka, triton=triton, topic_prefix=prefix).settings
    with states(settings) as following:
        state = following.last
    served = asyncio.run(_served(settings))
    named = {} if state is None else {state.active: "active", state.standby or "": str(state.phase)}
    versions = sorted({*served, *named} - {""})
    rows = [{"version": one, "served": one in served, "role": named.get(one, "")} for one in versions]
    if as_json:
        print_json(rows)
        return
    table = Table("version", "served", "role", box=None, pad_edge=False)
    for row in rows:
        table.add_row(str(row["version"]), "yes" if row["served"] else "no", str(row["role"]))
    out().print(table)


@app.command(
    epilog="Example: upwell encoders upgrade aligned-1a2b3c4d --rate 100 --keep 48. Exit codes: 1 refused or given up, "
    "4 Kafka cannot be reached, 5 no worker answers. Ctrl-C stops the watching, not the upgrade."
)
def upgrade(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="As `python -m encoders export` named it.")],
    *,
    rate: Annotated[float, typer.Option(min=0.01, help="Items a second to encode again.")] = 50.0,
    shadow: Annotated[float, typer.Option(min=0, max=1, help="Share of users whose lists are made twice.")] = 0.1,
    shadow_seconds: Annotated[float, typer.Option(min=0, help="How long both versions are compared.")] = 60.0,
    keep: Annotated[float, typer.Option(min=0, help="Hours to keep the version before.")] = 24.0,
    hold: Annotated[bool, typer.Option("--hold", help="Compare until the upgrade is repeated without this.")] = False,
    max_refused: Annotated[
        float, typer.Option(min=0, max=1, help="Do not change over when a larger share of items cannot be encoded.")
    ] = 0.01,
    no_wait: NoWait = False,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    worker: WorkerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change to another encoder version while the stream runs: load, fill, compare, change over, keep the old one.

    Repeated during an upgrade, it changes the options; the version must be exported (see docs/operations.md).
    """
    from streams.events import EncoderOperation, EncoderPhase, UpgradeOptions
    from streams.verbs._encoders import command, follow, states, wait_for_workers
    from streams.verbs._encoders_shown import bar

    connection = connect(worker, kafka=kafka, topic_prefix=prefix)
    options = UpgradeOptions(rate, shadow, shadow_seconds, keep * 3600, hold, max_refused)
    with states(connection.settings) as following:
        state = command(connection.settings, following, EncoderOperation.UPGRADE, version, options)

        def ended(state: EncoderState) -> bool:
            held = state.phase is EncoderPhase.SHADOWING and (state.options.hold or bool(state.problem))
            given_up = state.phase in (EncoderPhase.RETIRING, EncoderPhase.STEADY)
            return state.active == version or held or given_up

        if not no_wait:
            with bar() as tell:
                tell(state)
                state = follow(following, ended, tell=tell) or state
    if not no_wait and state.active == version:
        _require(wait_for_workers(connection, version), version)
    elif state.problem:
        raise Failure(state.problem)
    _show(connection, state, as_json)


@app.command(epilog="Example: upwell encoders rollback. Exit codes: 1 there is nothing to go back to, 5 no answer.")
def rollback(
    *,
    no_wait: NoWait = False,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    worker: WorkerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to the version before, at once; or give up an upgrade that has not changed over yet."""
    from streams.events import EncoderOperation
    from streams.verbs._encoders import command, states, wait_for_workers

    connection = connect(worker, kafka=kafka, topic_prefix=prefix)
    with states(connection.settings) as following:
        state = command(connection.settings, following, EncoderOperation.ROLLBACK)
    if not no_wait:
        _require(wait_for_workers(connection, state.active), state.active)
    _show(connection, state, as_json)


@app.command(epilog="Example: upwell encoders retire. Exit codes: 1 nothing is kept, 5 no worker answers.")
def retire(
    *,
    no_wait: NoWait = False,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    worker: WorkerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop keeping the version before: delete its vectors and its collection, and unload it."""
    from streams.events import EncoderOperation, EncoderPhase
    from streams.verbs._encoders import command, follow, states
    from streams.verbs._encoders_shown import bar

    connection = connect(worker, kafka=kafka, topic_prefix=prefix)
    with states(connection.settings) as following:
        state = command(connection.settings, following, EncoderOperation.RETIRE)
        if not no_wait:
            with bar() as tell:
                state = follow(following, lambda one: one.phase is EncoderPhase.STEADY, tell=tell) or state
    _show(connection, state, as_json)


@app.command(epilog="Example: upwell encoders status --json")
def status(
    *, kafka: KafkaOption = None, prefix: PrefixOption = None, worker: WorkerOption = None, as_json: JsonOption = False
) -> None:
    """Show how far an upgrade is, when it will be done, and how the two versions compare."""
    from streams.verbs._encoders import states

    connection = connect(worker, kafka=kafka, topic_prefix=prefix)
    with states(connection.settings) as following:
        state = following.last
    _show(connection, state, as_json)


def _show(connection: Connection, state: EncoderState | None, as_json: bool) -> None:
    from streams.verbs._encoders import ask_workers, status_of
    from streams.verbs._encoders_shown import sentences
    from streams.verbs._output import out, print_json

    found = status_of(state, ask_workers(connection))
    if as_json:
        print_json(found)
        return
    console = out()
    if state is None:
        console.print("no upgrade has been asked for on this stream")
    else:
        console.print(*sentences(state, found.shadow), sep="\n", soft_wrap=True)
    for url, version in found.workers.items():
        console.print(f"{url}: {version or 'no answer'}", soft_wrap=True)


def _require(late: Any, version: str) -> None:
    if late:
        message = f"{', '.join(late)} does not use {version} yet: it has not read all vectors; see `upwell status`"
        raise Failure(message, ExitCode.TIMED_OUT)


async def _served(settings: Any) -> list[str]:
    from streams.adapters.encoder_choice import make_encoder_versions

    versions = make_encoder_versions(settings)
    try:
        return await versions.served()
    finally:
        await versions.close()
