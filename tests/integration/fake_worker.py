"""A program in a worker's place, for tests of the launcher: it answers over HTTP and, if told so, holds events back.

FAKE_WORKER=stuck joins the consumer group, takes the partitions of `<prefix>.behaviour` and never commits.
"""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

partitions: list[dict[str, object]] = []


class Answers(BaseHTTPRequestHandler):
    """200 to everything; /status says which partitions it has."""

    def do_GET(self) -> None:
        body = json.dumps({"items": 0, "users": 0, "encoder_version": "", "partitions": partitions}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Quiet."""


def hold_back() -> None:
    from kafka import KafkaConsumer

    topic = f"{os.environ['UPWELL_TOPIC_PREFIX']}.behaviour"
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=os.environ["UPWELL_KAFKA"],
        group_id=os.environ["UPWELL_APP_ID"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    while True:
        consumer.poll(500)
        partitions[:] = [{"topic": tp.topic, "partition": tp.partition} for tp in consumer.assignment()]


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["UPWELL_WEB_PORT"])), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if os.environ.get("FAKE_WORKER") == "stuck":
        hold_back()
    threading.Event().wait()
