"""The command line as a whole: quick help, one line per error, documented exit codes."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from kafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from streams.cli import VERBS, run
from streams.local.runfile import Run
from streams.ports.vector_index import VectorIndexUnavailable
from streams.verbs._explain import explain
from streams.verbs._failure import MEANINGS, ExitCode, Failure
from streams.verbs.up import show

UPWELL = Path(sys.executable).with_name("upwell")


@pytest.fixture(autouse=True)
def _nothing_runs_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPWELL_HOME", str(tmp_path))


def test_help_names_every_verb_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == ExitCode.OK
    shown = " ".join(capsys.readouterr().out.split())
    assert all(name in shown for name in VERBS)
    assert set(MEANINGS) == set(ExitCode)
    assert all(f"{code:d} " in shown for code in ExitCode)


def test_help_imports_no_verb() -> None:
    program = (
        "import sys, streams.cli; streams.cli.run(['--help']); "
        "heavy = [m for m in ('kafka', 'pymilvus', 'torch', 'faust', 'streams.verbs.publish') if m in sys.modules]; "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [[name, "--help"]]
    group = getattr(import_module(f"streams.verbs.{name}"), "app", None)
    if group is not None:
        lines = [[name, str(sub.name or sub.callback.__name__), "--help"] for sub in group.registered_commands]
    for line in lines:
        assert run(line) == ExitCode.OK
        assert "Example" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ([], ExitCode.USAGE, ""),
        (["tial"], ExitCode.USAGE, "Did you mean 'tail'? See `upwell --help`."),
        (["recommend"], ExitCode.USAGE, "See `upwell recommend --help`."),
        (["topics", "check", "--bogus"], ExitCode.USAGE, "See `upwell topics check --help`."),
        (["publish", "-", "--rate", "1", "--speed", "1"], ExitCode.USAGE, "exclude each other"),
        (["publish", "-", "--topic", "items"], ExitCode.USAGE, "--topic items cannot be published to"),
        (["publish", "nowhere.jsonl"], ExitCode.NOT_FOUND, "nowhere.jsonl: no such file or folder"),
        (["schema", "json", "nonsense"], ExitCode.USAGE, "there is no topic 'nonsense'"),
        (["topics", "check", "--kafka", "127.0.0.1:1"], ExitCode.UNREACHABLE, "start it with `upwell up`"),
        (["tail", "--kafka", "127.0.0.1:1"], ExitCode.UNREACHABLE, "set UPWELL_KAFKA"),
        (["item", "x", "--worker", "http://127.0.0.1:1"], ExitCode.UNREACHABLE, "no worker answers"),
        (["profile", "x", "--worker", "http://127.0.0.1:1"], ExitCode.UNREACHABLE, "give --worker URL"),
    ],
)
def test_every_failure_has_its_code_and_says_what_to_do(
    line: list[str], code: ExitCode, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line) == code
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == bool(said), f"one line, and no more:\n{error}"


def test_a_wrong_setting_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPWELL_PARTITIONS", "many")
    assert run(["topics", "check"]) == ExitCode.USAGE
    assert "correct UPWELL_PARTITIONS" in capsys.readouterr().err


def test_the_trace_comes_only_with_debug(capsys: pytest.CaptureFixture[str]) -> None:
    run(["publish", "nowhere.jsonl"])
    assert "Traceback" not in capsys.readouterr().err
    assert run(["publish", "nowhere.jsonl", "--debug"]) == ExitCode.NOT_FOUND
    assert "Traceback" in capsys.readouterr().err


def test_debug_after_two_dashes_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish", "--", "--debug"]) == ExitCode.NOT_FOUND
    assert "--debug: no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Failure("no", ExitCode.TIMED_OUT), ExitCode.TIMED_OUT),
        (KafkaTimeoutError("away"), ExitCode.UNREACHABLE),
        (UnknownTopicOrPartitionError("gone"), ExitCode.NOT_FOUND),
        (VectorIndexUnavailable("away"), ExitCode.UNREACHABLE),
        (FileNotFoundError(2, "No such file", "x"), ExitCode.NOT_FOUND),
        (PermissionError(13, "Permission denied", "x"), ExitCode.FAILED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (ZeroDivisionError("two\nlines"), ExitCode.FAILED),
    ],
)
def test_any_error_becomes_one_line(error: BaseException, code: ExitCode) -> None:
    message, found = explain(error)
    assert found == code
    assert message
    assert "\n" not in message


def test_the_installed_command_passes_its_code_to_the_shell() -> None:
    done = subprocess.run([UPWELL, "tial"], capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert done.stderr.startswith("upwell: No such command 'tial'")


def test_what_runs_behind_is_not_said_to_end_with_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    run_behind = Run(7, 0.0, 0.0, "127.0.0.1:9092", None, None, None, "upwell", {}, [], [])
    show(run_behind, as_json=False, stop="it runs on behind, stop it with `kill 7`")
    said = capsys.readouterr().out
    assert "kill 7" in said
    assert "Ctrl-C" not in said
