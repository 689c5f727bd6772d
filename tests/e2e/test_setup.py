"""`make setup` as a user runs it, on a machine where it has been run before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from deploy.local.steps import ROOT


def _make(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # The test itself may run under make, whose variables would make this one its child.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    return subprocess.run(
        ["make", "--no-print-directory", "-C", str(ROOT), *words],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_setup_does_nothing_from_any_folder(tmp_path: Path) -> None:
    assert _make("setup", folder=tmp_path).returncode == 0  # the first, if something was changed since
    # No proxy leads anywhere from here: whatever wanted to download something would fail.
    nowhere = "http://127.0.0.1:9"
    done = _make("setup", folder=tmp_path, http_proxy=nowhere, https_proxy=nowhere)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (ROOT / ".venv" / "bin" / "upwell").exists()


def test_another_python_is_refused_in_one_line(tmp_path: Path) -> None:
    # There may be no other Python here, so it is the right one, saying that it is another.
    other = tmp_path / "python3.12"
    other.write_text(
        f"#!{ROOT}/.venv/bin/python\n"
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "sys.version_info = (3, 12, 0, 'final', 0)\n"
        "from deploy.local import setup\n"
        "sys.exit(setup.main())\n"
    )
    other.chmod(0o755)
    done = _make("setup", f"PYTHON={other}", folder=tmp_path)
    assert done.returncode != 0
    assert "setup: Python 3.11 is needed" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_given_on_the_line_reaches_the_demo_whole(tmp_path: Path) -> None:
    done = _make("-n", "demo", "SECONDS=60", "DATA=it's a folder", "SPEED=5", folder=tmp_path)
    line = done.stdout.splitlines()[-1]
    assert line == r"exec .venv/bin/upwell demo --seconds '60' --data 'it'\''s a folder' --speed '5'"
    bare = _make("-n", "demo", folder=tmp_path).stdout.splitlines()[-1]
    assert bare.split() == ["exec", ".venv/bin/upwell", "demo"]
