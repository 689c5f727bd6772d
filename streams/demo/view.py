"""What the screen says besides the figures: whose data, what is simulated or moved in time, and where to look."""

from __future__ import annotations

from dataclasses import dataclass

from streams.topics import Topic


@dataclass(frozen=True, slots=True)
class View:
    """The fixed facts of a run. `workers` are base URLs; `tail` is a command line that can be pasted as it is."""

    data: str
    simulated: bool
    replayed: bool
    speed: float
    kafka: str
    prefix: str
    prometheus: str | None
    workers: tuple[str, ...]
    tail: str

    @property
    def banner(self) -> str:
        """What must not be mistaken: who acts, and whose clock it is."""
        who = (
            "SIMULATED VISITORS: no person did any of this" if self.simulated else "real acts, replayed in their order"
        )
        when = "; times are moved to now, intervals scaled" if self.replayed else ""
        return f"{who}{when}; about {self.speed:g} acts/s"

    @property
    def places(self) -> list[tuple[str, str]]:
        """Where things are, as label and address."""
        topics = f"{self.prefix}.{Topic.RECOMMENDATIONS}, .{Topic.BEHAVIOUR}, .{Topic.CONTENT}, …"
        return [
            ("Kafka", f"{self.kafka}  topics {topics}"),
            ("Prometheus", self.prometheus or "not on this machine (Debian package prometheus)"),
            ("metrics", "  ".join(f"{worker}/metrics" for worker in self.workers) or "starting"),
            ("lists as they come", self.tail),
        ]
