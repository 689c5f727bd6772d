"""Writes the tables of settings into docs/configuration.md and README.md, from streams/settings.py.

`python docs/build_configuration.py` rewrites what lies between the marker lines; with `--check` it writes nothing and
exits 1 when a file is out of step.
"""

from __future__ import annotations

import ast
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from streams import settings
from streams.settings import Settings

DOCS = Path(__file__).resolve().parent
BEGIN = "<!-- settings: written by docs/build_configuration.py -->"
END = "<!-- settings: end -->"

# The settings that somebody who tries Upwell meets first; the others are in configuration.md.
FIRST = ("kafka", "milvus", "triton", "vector_index", "encoder", "home", "topic_prefix", "partitions", "list_size")


def tables() -> str:
    """Every setting, in the groups of the source file's own comments."""
    parts = []
    for title, names in groups():
        parts.append(f"## {title}\n\n{table(names)}")
    return "\n\n".join(parts)


def groups() -> Iterator[tuple[str, list[str]]]:
    """The comment above a run of fields in the class body, and the names of those fields."""
    source = Path(settings.__file__).read_text(encoding="utf-8")
    lines = source.splitlines()
    body = next(
        node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    title, names = "", list[str]()
    for node in body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        above = lines[node.lineno - 2].strip()
        if above.startswith("# "):
            if names:
                yield title, names
            title, names = above.removeprefix("# "), []
        names.append(node.target.id)
    yield title, names


def table(names: typing.Iterable[str]) -> str:
    """One line per setting: its variable, its kind and bounds, its default, what it does."""
    rows = ["| variable | kind | default | meaning |", "|---|---|---|---|"]
    for name in names:
        field = Settings.model_fields[name]
        kind = ", ".join(filter(None, (kind_of(field.annotation), bounds_of(field))))
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `UPWELL_{name.upper()}` | {kind} | {default_of(field)} | {meaning} |")
    return "\n".join(rows)


def kind_of(annotation: Any) -> str:
    """A type as an operator would say it."""
    if typing.get_origin(annotation) is typing.Literal:
        return " or ".join(f"`{choice}`" for choice in typing.get_args(annotation))
    if typing.get_origin(annotation) is tuple:
        return f"JSON list of {kind_of(typing.get_args(annotation)[0])}s"
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        inner = [kind_of(one) for one in typing.get_args(annotation) if one is not type(None)]
        return f"{' or '.join(inner)}, or unset"
    words = {Path: "path", str: "text", int: "whole number", float: "number", bool: "true or false"}
    return words.get(annotation, str(annotation))


def bounds_of(field: FieldInfo) -> str:
    """Its limits, as `≥ 1, ≤ 200`."""
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    found = ((sign, getattr(rule, name, None)) for rule in field.metadata for name, sign in signs.items())
    return ", ".join(f"{sign} {limit:g}" for sign, limit in found if limit is not None)


def default_of(field: FieldInfo) -> str:
    value = field.default
    if value == () or value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    whole = isinstance(value, float) and value.is_integer()
    return f"`{int(value)}`" if whole else f"`{value}`"


def written(text: str, inside: str) -> str:
    """`text` with what lies between the markers replaced. Raises ValueError when the markers are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the marker lines are missing: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{inside}\n\n{END}{after}"


def main(check: bool) -> int:
    """Exit code 1 when `check` finds a file that would change."""
    stale = []
    for file, inside in ((DOCS / "configuration.md", tables()), (DOCS.parent / "README.md", table(FIRST))):
        old = file.read_text(encoding="utf-8")
        new = written(old, inside)
        if new != old:
            stale.append(file.name)
            if not check:
                file.write_text(new, encoding="utf-8")
    if stale:
        print(f"{', '.join(stale)}: {'out of step; run python docs/build_configuration.py' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
