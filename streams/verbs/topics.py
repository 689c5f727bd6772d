"""`upwell topics`: create the topics, or say how they differ from what they should be."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.verbs._connect import JsonOption, KafkaOption, PrefixOption, connect
from streams.verbs._failure import ExitCode
from streams.verbs._output import out, print_json

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Create the topics, or say how they differ from what they should be.",
)

Partitions = Annotated[int | None, typer.Option(min=1, help="Partitions of every topic.")]
Replication = Annotated[int | None, typer.Option(min=1, help="Replicas of every topic.")]


@app.command(epilog="Example: upwell topics create --partitions 8")
def create(
    *,
    partitions: Partitions = None,
    replication: Replication = None,
    alter: Annotated[
        bool, typer.Option("--alter", help="Also set retention and limits of topics that differ.")
    ] = False,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create the topics that are missing; those that are there stay as they are (see --alter)."""
    from streams.admin import alter_topics, check_topics, create_topics, open_admin

    settings = connect(kafka=kafka, topic_prefix=prefix, partitions=partitions, replication=replication).settings
    with open_admin(settings.kafka) as admin:
        made = create_topics(admin, settings)
        altered = alter_topics(admin, check_topics(admin, settings)) if alter else 0
    if as_json:
        print_json({"created": made, "settings_altered": altered})
        return
    for name in made:
        out().print(f"created {name}")
    out().print(f"{len(made)} topics created, {altered} settings altered; `upwell topics check` says what differs")


@app.command(epilog="Example: upwell topics check && echo all well")
def check(
    *,
    partitions: Partitions = None,
    replication: Replication = None,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what differs, a line each with what to do. Exit code 1 when anything does."""
    from streams.admin import check_topics, open_admin

    settings = connect(kafka=kafka, topic_prefix=prefix, partitions=partitions, replication=replication).settings
    with open_admin(settings.kafka) as admin:
        differences = check_topics(admin, settings)
    if as_json:
        print_json({"differences": differences})
    else:
        for difference in differences:
            out().print(str(difference), soft_wrap=True)
        if not differences:
            out().print("all topics are as they should be")
    if differences:
        raise typer.Exit(ExitCode.FAILED)
