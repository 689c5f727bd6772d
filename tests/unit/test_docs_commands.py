"""What the documents tell a reader to type, open or look for exists."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from streams.cli import VERBS, load
from streams.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)


def code(text: str) -> Iterator[str]:
    """Inline code and the lines of fenced blocks."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in fenced:
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


def options(command: object) -> set[str]:
    """Every option of a command and of its sub-verbs."""
    found = {
        word for parameter in getattr(command, "params", []) for word in (*parameter.opts, *parameter.secondary_opts)
    }
    for sub in getattr(command, "commands", {}).values():
        found |= options(sub)
    return found | {"--help", "--debug", "--version"}


@each_document
def test_every_verb_and_option_exists(document: Path) -> None:
    for line in code(document.read_text(encoding="utf-8")):
        for verb, rest in re.findall(r"(?:^|[\s/|;(])upwell ([a-z]+)\b([^|;#`\n]*)", line):
            assert verb in VERBS, f"{line!r} names the verb {verb}"
            known = options(load(verb))
            for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*)", rest):
                assert option in known, f"{line!r}: {verb} has no {option}"


@each_document
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in code(document.read_text(encoding="utf-8")):
        for target in re.findall(r"^make ([a-z-]+)", line):
            assert target in targets, f"{line!r} names the target {target}"


@each_document
def test_every_module_to_run_exists(document: Path) -> None:
    for line in code(document.read_text(encoding="utf-8")):
        for module in re.findall(r"python -m ((?:bench|encoders|deploy|streams)[\w.]*)", line):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{line!r} runs {module}"


def test_every_bench_named_exists() -> None:
    from bench.__main__ import app

    known = set(getattr(typer.main.get_command(app), "commands", {}))
    for document in DOCUMENTS:
        named = set(re.findall(r"python -m bench ([a-z]+)", document.read_text(encoding="utf-8")))
        assert named <= known, f"{document.name} names {named - known}"


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), f"{target} is not there"
        if anchor:
            assert anchor in anchors(file), f"{target}: no such heading"


@each_document
def test_every_file_named_is_there(document: Path) -> None:
    tops = "streams|encoders|triton_repo|deploy|tests|bench|docs"
    for line in code(document.read_text(encoding="utf-8")):
        for name in re.findall(rf"(?:^|\s)((?:{tops})/[\w./-]+)", line):
            if "yours" not in name:
                assert (ROOT / name.rstrip("/.")).exists(), f"{line!r} names {name}"


@each_document
def test_every_setting_named_exists(document: Path) -> None:
    known = {f"UPWELL_{name.upper()}" for name in Settings.model_fields} | read_elsewhere()
    for name in re.findall(r"\bUPWELL_[A-Z0-9_]*[A-Z0-9]\b", document.read_text(encoding="utf-8")):
        assert name in known, f"{document.name} names {name}"


@cache
def read_elsewhere() -> set[str]:
    """Variables that are no settings but that the source reads (where the file of settings is, and the like)."""
    sources = (path for top in ("streams", "encoders", "deploy") for path in (ROOT / top).rglob("*.py"))
    return {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("UPWELL_")
    }


@each_document
def test_every_metric_named_exists(document: Path) -> None:
    from streams.observe import metrics

    declared = set(re.findall(r'"(upwell_\w+)"', Path(metrics.__file__ or "").read_text(encoding="utf-8")))
    for line in code(document.read_text(encoding="utf-8")):
        for name in re.findall(r"\bupwell_[a-z_]+_(?:total|seconds|bytes|ratio|events)\b", line):
            assert name in declared, f"{document.name} names {name}"


def test_the_tables_of_settings_are_in_step() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "build_configuration.py"), "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"({file.name})" in index for file in folder.glob("*.md") if file.name != "README.md")
