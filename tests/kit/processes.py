"""What a run has started, found by the home folder that all of it inherits."""

from __future__ import annotations

import psutil


def processes_of(home: str) -> list[psutil.Process]:
    """Every process that was started, however indirectly, with this UPWELL_HOME."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("UPWELL_HOME", "").startswith(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue  # it ended meanwhile, or is another user's
    return found
