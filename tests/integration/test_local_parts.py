"""Each part, as the launcher starts it: it answers, and its data are there at the next start."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from streams.local import paths
from streams.local.errors import LocalError, PartFailed
from streams.local.kafka import BrokerPorts, Kafka
from streams.local.ports import Ports
from streams.local.prometheus import Prometheus
from streams.local.triton import Triton, TritonPorts

DOUBLER = """\
import triton_python_backend_utils as pb_utils

class TritonPythonModel:
    def execute(self, requests):
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor("Y", pb_utils.get_input_tensor_by_name(r, "X").as_numpy() * 2)]
            )
            for r in requests
        ]
"""
DOUBLER_CONFIG = """\
backend: "python"
max_batch_size: 8
input [{ name: "X" data_type: TYPE_FP32 dims: [4] }]
output [{ name: "Y" data_type: TYPE_FP32 dims: [4] }]
"""


def shared_memory() -> set[Path]:
    """What servers may have left; other tests that run beside this one have theirs under other names."""
    return {path for path in Path("/dev/shm").iterdir() if path.name.startswith(("upwell", "triton"))}


def _records(bootstrap: str, topic: str) -> list[bytes]:
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=10_000
    )
    try:
        return [next(consumer).value]
    finally:
        consumer.close()


def test_kafka_keeps_its_data_over_a_restart_on_other_ports(tmp_path: Path, ports: Ports) -> None:
    from kafka import KafkaProducer
    from kafka.admin import KafkaAdminClient, NewTopic

    first = Kafka(tmp_path, [BrokerPorts(ports.free(), ports.free())], heap_mb=256)
    try:
        first.start()
        first.wait_ready()
        admin = KafkaAdminClient(bootstrap_servers=first.bootstrap)
        admin.create_topics([NewTopic("kept", 1, 1)])
        admin.close()
        producer = KafkaProducer(bootstrap_servers=first.bootstrap)
        producer.send("kept", b"still here").get(10)
        producer.close()
    finally:
        first.stop()
    again = Kafka(tmp_path, [BrokerPorts(ports.free(), ports.free())], heap_mb=256)
    try:
        again.start()
        again.wait_ready()
        assert _records(again.bootstrap, "kept") == [b"still here"]
    finally:
        again.stop()


def test_a_fresh_kafka_is_ready_only_when_consumer_groups_are_answered(tmp_path: Path, ports: Ports) -> None:
    from kafka.admin import KafkaAdminClient

    broker = Kafka(tmp_path, [BrokerPorts(ports.free(), ports.free())], heap_mb=256)
    try:
        broker.start()
        broker.wait_ready()
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        # Enough names for every partition of the offsets; an answer that is no would be raised.
        groups = [f"group-{n}" for n in range(40)]
        assert admin.list_group_offsets(dict.fromkeys(groups)).keys() == set(groups)
        admin.close()
    finally:
        broker.stop()


def test_kafka_refuses_data_of_another_number_of_brokers(tmp_path: Path, ports: Ports) -> None:
    (tmp_path / "data-1").mkdir()
    with pytest.raises(LocalError, match="--brokers 1"):
        Kafka(tmp_path, [BrokerPorts(ports.free(), ports.free()) for _ in range(3)])


def test_a_topic_that_nobody_made_is_an_error(kafka: str) -> None:
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

    producer = KafkaProducer(bootstrap_servers=kafka, max_block_ms=1500)
    with pytest.raises(KafkaError):
        producer.send("nobody-made-this", b"x").get(5)
    producer.close()


def test_triton_serves_a_python_model_and_leaves_no_shared_memory(tmp_path: Path, ports: Ports) -> None:
    from tritonclient.grpc import InferenceServerClient, InferInput

    (tmp_path / "models" / "doubler" / "1").mkdir(parents=True)
    (tmp_path / "models" / "doubler" / "1" / "model.py").write_text(DOUBLER)
    (tmp_path / "models" / "doubler" / "config.pbtxt").write_text(DOUBLER_CONFIG)
    before = shared_memory()
    server = Triton(
        tmp_path / "triton", TritonPorts(ports.free(), ports.free(), ports.free()), repository=tmp_path / "models"
    )
    try:
        server.start()
        server.wait_ready()
        given = InferInput("X", [1, 4], "FP32")
        given.set_data_from_numpy(np.array([[1, 2, 3, 4]], dtype=np.float32))
        client = InferenceServerClient(server.grpc)
        answer = client.infer("doubler", [given]).as_numpy("Y")
        client.close()
        assert answer.tolist() == [[2, 4, 6, 8]]
    finally:
        server.stop()
    assert shared_memory() <= before


def test_triton_says_which_model_it_could_not_load(tmp_path: Path, ports: Ports) -> None:
    (tmp_path / "models" / "broken" / "1").mkdir(parents=True)
    (tmp_path / "models" / "broken" / "1" / "model.py").write_text("raise RuntimeError('no weights')")
    (tmp_path / "models" / "broken" / "config.pbtxt").write_text(DOUBLER_CONFIG)
    server = Triton(
        tmp_path / "triton", TritonPorts(ports.free(), ports.free(), ports.free()), repository=tmp_path / "models"
    )
    try:
        server.start()
        with pytest.raises(PartFailed, match="Triton"):
            server.wait_ready()
    finally:
        server.stop()


@pytest.mark.skipif(not Prometheus.available(), reason="no prometheus binary: install the Debian package prometheus")
def test_prometheus_scrapes_what_it_is_told_to(prometheus: Callable[..., str], eventually: Callable[..., None]) -> None:
    from prometheus_client import CollectorRegistry, Counter, start_http_server

    registry = CollectorRegistry()
    Counter("pebbles", "Something to scrape", registry=registry).inc(3)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    try:
        url = prometheus({"upwell": [f"127.0.0.1:{server.server_port}"]})
        query = f"{url}/api/v1/query?" + urllib.parse.urlencode({"query": 'pebbles_total{job="upwell"}'})

        def scraped() -> bool:
            with urllib.request.urlopen(query, timeout=5) as answer:
                result = json.load(answer)["data"]["result"]
            return [sample["value"][1] for sample in result] == ["3"]

        eventually(scraped, within_s=30)
    finally:
        server.shutdown()
        thread.join()


def test_the_parts_are_installed() -> None:
    for path in (paths.KAFKA_LIBS, paths.MILVUS_PYTHON, paths.TRITON_SERVER, paths.TRITON_MODELS):
        assert paths.required(path, path.name).exists()
