"""`python -m encoders compare` as a user types it."""

from pathlib import Path

from typer.testing import CliRunner

from encoders.__main__ import app

runner = CliRunner()


def test_mistakes_are_said_in_one_line(tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text("[vary]\nspeed = [1.0]\n")
    for more, said in (
        ([], "content.jsonl"),
        (["--config", str(tmp_path / "none.toml")], "no such file"),
        (["--space", str(tmp_path / "none.toml")], "none.toml"),
        (["--space", str(space)], "speed is no key"),  # said before any data set is read
    ):
        done = runner.invoke(app, ["compare", "--data", str(tmp_path / "nothing"), *more])
        assert done.exit_code == 1
        assert said in done.stderr
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
