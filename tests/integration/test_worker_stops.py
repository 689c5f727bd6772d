"""A worker that is asked to leave commits, leaves its group and ends by itself: nobody has to kill it."""

from __future__ import annotations

from pathlib import Path

from kit.stream import behaviour, running

from streams.local.ports import Ports


def test_sigterm_ends_a_worker_with_code_0(kafka: str, tmp_path: Path, ports: Ports) -> None:
    with running(kafka, tmp_path, ports) as stream:
        stream.publish(behaviour("ann", "song"))
        stream.wait_for_list("ann")
        child = stream.workers[0].child
        child.ask_to_stop()
        assert child.wait(within_s=60.0), "it had to be killed"
        assert child.exit_code == 0
