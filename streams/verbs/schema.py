"""`upwell schema`: prints the events' JSON Schema or AsyncAPI document."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from streams.verbs._connect import PrefixOption, connect
from streams.verbs._failure import ExitCode, Failure

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Print the events' JSON Schema or AsyncAPI document.",
)


@app.command("json", epilog="Example: upwell schema json behaviour > behaviour.schema.json")
def json_schema(
    topic: Annotated[str | None, typer.Argument(help="Only the values of this topic, e.g. content.")] = None,
) -> None:
    """Print the JSON Schema (draft 2020-12) of every event, or of one topic's."""
    from streams.schema import json_schema as schema_of
    from streams.topics import Topic

    names = [one.value for one in Topic]
    if topic is not None and topic not in names:
        raise Failure(f"there is no topic {topic!r}; one of {', '.join(names)}", ExitCode.USAGE)
    _print(schema_of(None if topic is None else Topic(topic)))


@app.command(epilog="Example: upwell schema asyncapi > asyncapi.json")
def asyncapi(*, prefix: PrefixOption = None) -> None:
    """Print the AsyncAPI 3.0 document: topics, keys, values and settings."""
    from streams.schema import asyncapi as document

    settings = connect(topic_prefix=prefix).settings
    _print(document(settings.topic_prefix, settings.partitions))


def _print(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
