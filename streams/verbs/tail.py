"""`upwell tail`: prints recommendations as they come."""

from __future__ import annotations

from typing import Annotated

import typer

from streams.verbs._connect import JsonOption, KafkaOption, PrefixOption, connect

EPILOG = "Example: upwell tail --user u1; or: upwell tail --json | jq .items[0].title"


def tail(
    *,
    user: Annotated[str | None, typer.Option(help="Only this user's lists.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many lists.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with the lists that are kept.")] = False,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print recommendations as they come, until Ctrl-C or --count. With --json, one list per line as it was sent."""
    import msgspec

    from streams.events import RecommendationList
    from streams.topics import Topic
    from streams.verbs._kafka import open_reader
    from streams.verbs._lists import as_table
    from streams.verbs._output import err, out, print_json

    settings = connect(kafka=kafka, topic_prefix=prefix).settings
    wanted = None if user is None else user.encode()
    decoder = msgspec.json.Decoder(RecommendationList)
    console = out()
    printed = 0
    reader = open_reader(settings, Topic.RECOMMENDATIONS, key=user, from_start=from_start)
    try:
        while count is None or printed < count:
            for record in reader.poll(0.5):
                if record.value is None or (wanted is not None and record.key != wanted):
                    continue
                if count is not None and printed >= count:
                    break
                try:
                    made = decoder.decode(record.value)
                except msgspec.DecodeError as error:
                    where = f"{record.topic} {record.partition}:{record.offset}"
                    err().print(f"{where} is no list: {error}", style="yellow", soft_wrap=True)
                    continue
                if as_json:
                    print_json(made)
                else:
                    console.print(as_table(made), end="\n\n")
                printed += 1
    finally:
        reader.close()
