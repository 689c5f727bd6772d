"""Runs a program that ends when the process that started it ends, however that one ended (also by SIGKILL).

Used as `python -I -S attached.py PARENT_PID PROGRAM ARGUMENT...`. It asks the kernel for the signal and then becomes
the program, so the process id stays the same. No `preexec_fn` is needed, which would be unsafe beside threads. The
kernel sends the signal when the *thread* that started the child ends: start children from a thread that outlives them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def main(parent: int, argv: list[str]) -> None:
    """Ask for SIGKILL at the parent's death, then exec. SIGKILL, because nobody is left to wait for anything milder."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execvpe(argv[0], argv, os.environ)  # noqa: S606  becoming the program is the point


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
