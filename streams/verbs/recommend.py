"""`upwell recommend`: asks for a user's list on the requests topic and prints the answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from streams.verbs._connect import JsonOption, KafkaOption, PrefixOption, connect
from streams.verbs._failure import ExitCode, Failure

if TYPE_CHECKING:
    from streams.events import RecommendationList, RecommendationRequest
    from streams.settings import Settings

EPILOG = "Example: upwell recommend u1 --k 5"


def recommend(
    user: Annotated[str, typer.Argument(help="The user's id; one never seen gets what a new user gets.")],
    *,
    k: Annotated[int, typer.Option("--k", "-k", min=1, max=200, help="Places of the list.")] = 10,
    tag: Annotated[list[str] | None, typer.Option(help="Only items with this tag (may be repeated).")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Leave this item out (may be repeated).")] = None,
    surface: Annotated[str, typer.Option(help="Where the list is to be shown.")] = "default",
    timeout: Annotated[float, typer.Option(min=0.1, help="Longest wait for the answer (s).")] = 10.0,
    kafka: KafkaOption = None,
    prefix: PrefixOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a user's list now and print the answer. Exit code 5 when no worker answers in time."""
    from uuid import uuid4

    from streams.events import RecommendationRequest
    from streams.verbs._lists import as_table
    from streams.verbs._output import out, print_json

    settings = connect(kafka=kafka, topic_prefix=prefix).settings
    request = RecommendationRequest(
        request_id=str(uuid4()),
        user_id=user,
        requested_at=time.time(),
        surface=surface,
        k=k,
        tags=tuple(tag or ()),
        exclude=tuple(exclude or ()),
    )
    made = _ask(settings, request, timeout)
    if as_json:
        print_json(made)
    else:
        out().print(as_table(made))


def _ask(settings: Settings, request: RecommendationRequest, timeout_s: float) -> RecommendationList:
    """The list with the request's id. Raises Failure when none comes in time."""
    import msgspec

    from streams.events import RecommendationList
    from streams.topics import Topic
    from streams.verbs._kafka import open_producer, open_reader

    decoder = msgspec.json.Decoder(RecommendationList)
    key = request.user_id.encode()
    # The reader stands at the end before the question is asked, so the answer cannot be missed.
    reader = open_reader(settings, Topic.RECOMMENDATIONS, key=request.user_id)
    try:
        producer = open_producer(settings)
        try:
            topic = Topic.REQUESTS.under(settings.topic_prefix)
            producer.send(topic, key=key, value=msgspec.json.encode(request)).get(timeout=timeout_s)
        finally:
            producer.close(timeout=timeout_s)
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            for record in reader.poll(min(left, 0.5)):
                if record.key == key and record.value is not None:
                    made = decoder.decode(record.value)
                    if made.request_id == request.request_id:
                        return made
    finally:
        reader.close()
    message = f"no worker answered within {timeout_s:g} s; see `upwell status`, or wait longer with --timeout"
    raise Failure(message, ExitCode.TIMED_OUT)
