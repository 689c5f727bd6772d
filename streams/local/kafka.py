"""Apache Kafka in KRaft mode: one broker by default, three on request, from the jars that Maven laid out."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.local import paths, probe
from streams.local.errors import LocalError, PartFailed
from streams.local.process import Child, Command

# Largest record (bytes): a dead letter carries a 12 MB event once more as base64 (streams/topics.py).
MESSAGE_MAX_BYTES = 33_554_432
LOGGING = """\
status = warn
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c{1})%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


@dataclass(frozen=True, slots=True)
class BrokerPorts:
    """Where a broker listens on 127.0.0.1: for clients, and for its fellow controllers."""

    client: int
    controller: int


def settings(node: int, ports: Sequence[BrokerPorts], data: Path) -> dict[str, str]:
    """server.properties of broker `node` (from 1). Every broker is a controller as well."""
    here = ports[node - 1]
    replicas = str(min(3, len(ports)))
    in_sync = str(min(2, len(ports)))
    return {
        "process.roles": "broker,controller",
        "node.id": str(node),
        "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{p.controller}" for n, p in enumerate(ports, 1)),
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{here.client},CONTROLLER://127.0.0.1:{here.controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{here.client}",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(data),
        # Topics are made by us with their partition counts; a misspelt name must be an error.
        "auto.create.topics.enable": "false",
        "message.max.bytes": str(MESSAGE_MAX_BYTES),
        "replica.fetch.max.bytes": str(MESSAGE_MAX_BYTES),
        # A lone worker need not wait for others to join.
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        # The defaults (50 partitions each, 128 MB for the cleaner) are for big clusters; a small heap starts quicker.
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.num.partitions": "4",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    }


class Broker:
    """One broker. It formats its folder at its first start."""

    def __init__(self, node: int, ports: Sequence[BrokerPorts], folder: Path, heap_mb: int) -> None:
        self._node = node
        self._ports = tuple(ports)
        self._folder = folder
        self._heap_mb = heap_mb
        self.bootstrap = f"127.0.0.1:{ports[node - 1].client}"
        self.child = Child(self._command([*self._java_heap(), "kafka.Kafka", str(self._config)]))

    def start(self) -> None:
        paths.java()
        paths.required(paths.KAFKA_LIBS, "Kafka")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._logging.write_text(LOGGING, encoding="utf-8")
        data = self._folder / f"data-{self._node}"
        lines = [f"{name}={value}" for name, value in settings(self._node, self._ports, data).items()]
        self._config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if not (data / "meta.properties").exists():
            self._format(data)
        self.child.start()

    def stop(self) -> None:
        self.child.stop()

    def ready(self) -> bool:
        """Whether it answers, knows every broker of the cluster, and has a coordinator for consumer groups."""
        # The client backs off for seconds when nobody listens yet, so it is not asked before somebody does.
        if not probe.listening("127.0.0.1", self._ports[self._node - 1].client):
            return False
        from kafka.admin import KafkaAdminClient
        from kafka.errors import KafkaError

        try:
            admin = KafkaAdminClient(bootstrap_servers=[self.bootstrap], request_timeout_ms=5000)
        except KafkaError:
            return False  # listening, but not answering yet
        try:
            # The first question for a group makes the topic of offsets; workers log each no until it is there.
            admin.list_group_offsets({"upwell": None})
            return len(admin.describe_cluster()["brokers"]) == len(self._ports)
        except KafkaError:
            return False  # answering, but without a controller or a coordinator yet
        finally:
            admin.close()

    @property
    def _config(self) -> Path:
        return self._folder / f"server-{self._node}.properties"

    @property
    def _logging(self) -> Path:
        return self._folder / "log4j2.properties"

    def _java_heap(self) -> list[str]:
        return [f"-Xms{min(256, self._heap_mb)}m", f"-Xmx{self._heap_mb}m", "-XX:+ExitOnOutOfMemoryError"]

    def _command(self, arguments: Sequence[str]) -> Command:
        return Command(
            name=f"Kafka broker {self._node}",
            argv=(
                "java",
                "-cp",
                f"{paths.KAFKA_LIBS}/*",
                f"-Dlog4j2.configurationFile={self._logging.absolute().as_uri()}",
                *arguments,
            ),
            log=self._folder / f"broker-{self._node}.log",
        )

    def _format(self, data: Path) -> None:
        command = self._command(
            ["kafka.tools.StorageTool", "format", f"--cluster-id={self._cluster_id()}", "-c", str(self._config)]
        )
        done = subprocess.run(command.argv, capture_output=True, text=True, check=False)  # noqa: S603  no shell
        if done.returncode != 0:
            raise PartFailed(f"Kafka could not format {data}: {(done.stderr or done.stdout).strip()[-300:]}")

    def _cluster_id(self) -> str:
        file = self._folder / "cluster.id"
        if not file.exists():
            file.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="), encoding="utf-8")
        return file.read_text(encoding="utf-8")


class Kafka:
    """A cluster on this machine. Its data stay in `folder` and serve the next start, also on other ports.

    Raises LocalError when the folder's data were made by another number of brokers.
    """

    def __init__(self, folder: Path, ports: Sequence[BrokerPorts], heap_mb: int = 512) -> None:
        had = len(list(folder.glob("data-*")))
        if had and had != len(ports):
            raise LocalError(
                f"the Kafka data in {folder} were made by {had} broker(s), not {len(ports)}; "
                f"use `--brokers {had}`, another UPWELL_HOME, or remove that folder"
            )
        self.brokers = [Broker(node, ports, folder, heap_mb) for node in range(1, len(ports) + 1)]

    @property
    def bootstrap(self) -> str:
        return ",".join(broker.bootstrap for broker in self.brokers)

    @property
    def children(self) -> list[Child]:
        return [broker.child for broker in self.brokers]

    def start(self) -> None:
        for broker in self.brokers:
            broker.start()

    def wait_ready(self, within_s: float = 60.0) -> None:
        """Return when every broker knows every other."""
        for broker in self.brokers:
            broker.child.wait_ready(broker.ready, within_s)

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()
