"""One HTML file that holds the goals, every table and every plot.

Beside it lie the plots as PNG and SVG, the figures as JSON, and the tables as Markdown.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from encoders.measuring import tables
from encoders.measuring.plots.plot import Plot
from encoders.measuring.run import Evaluation
from encoders.measuring.tables import Table

PAGE, FIGURES, TABLES = "report.html", "figures.json", "tables.md"
RESOLUTION = 110  # dots per inch of the PNGs
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; font-size: 13px; margin: .5rem 0 1.5rem; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: right; }
th.word, td.word { text-align: left; }
.wide { overflow-x: auto; } img { max-width: 100%; } .met { color: #007050; } .missed { color: #b03000; }
"""
BY_DATA = (
    tables.retrieval,
    tables.alignment,
    tables.zero_shot,
    tables.neighbours,
    tables.cold,
    tables.contributions,
    tables.robustness,
)


def write_report(evaluation: Evaluation, plots: Sequence[Plot], folder: Path) -> Path:
    """Write everything into `folder` (made if need be) and return the page. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for plot in plots:
        plot.figure.savefig(folder / f"{plot.name}.png", dpi=RESOLUTION)
        plot.figure.savefig(folder / f"{plot.name}.svg", metadata={"Date": None})  # the same figures, the same file
    (folder / FIGURES).write_text(json.dumps(evaluation.figures, indent=1, allow_nan=False), encoding="utf-8")
    (folder / TABLES).write_text(markdown(evaluation), encoding="utf-8")
    path = folder / PAGE
    path.write_text(page(evaluation, [(plot.title, folder / f"{plot.name}.png") for plot in plots]), encoding="utf-8")
    return path


def page(evaluation: Evaluation, pictures: Iterable[tuple[str, Path]]) -> str:
    """The whole page; pictures are (title, PNG), put in so that the file can be sent alone."""
    figures = evaluation.figures
    parts = [
        "<h1>What the item vectors are worth</h1>",
        f"<p>Row in use: <b>{html.escape(figures['shipped'])}</b>. Items are split by a hash of their id; all figures "
        "are of the test split, all choices were made on the validation split. "
        f"Measured: {_told(figures['datasets'])}.</p>",
        _table(tables.goal_table(evaluation.goals)),
        _table(tables.overview(figures)),
    ]
    for title, picture in pictures:
        source = base64.b64encode(picture.read_bytes()).decode()
        parts.append(
            f'<h3>{html.escape(title)}</h3><img alt="{html.escape(title)}" src="data:image/png;base64,{source}">'
        )
    for data, measured in figures["datasets"].items():
        parts.append(f"<h2>{html.escape(data)}</h2>")
        parts += [_table(table(measured["rows"])) for table in BY_DATA]
    body = "\n".join(parts)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Item vectors, measured</title>'
        f"<style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def markdown(evaluation: Evaluation) -> str:
    """The same tables for a document: the data sets' under headings of their own."""
    parts = [_in_markdown(tables.goal_table(evaluation.goals)), _in_markdown(tables.overview(evaluation.figures))]
    for data, measured in evaluation.figures["datasets"].items():
        parts += [f"## {data}\n", *(_in_markdown(table(measured["rows"])) for table in BY_DATA)]
    return "\n".join(part for part in parts if part)


def _in_markdown(table: Table) -> str:
    if not table.rows:
        return ""
    rule = ["---" if place < table.words else "---:" for place in range(len(table.columns))]
    lines = [f"| {' | '.join(line)} |" for line in (table.columns, rule, *table.rows)]
    return "\n".join([f"**{table.title}**\n", *lines, ""])


def _told(datasets: dict[str, dict[str, object]]) -> str:
    told = [f"{data}: {measured['test_items']} of {measured['items']} items" for data, measured in datasets.items()]
    return html.escape("; ".join(told))


def _table(table: Table) -> str:
    """Nothing for a table without a line."""
    if not table.rows:
        return ""
    head = "".join(
        f'<th class="{_kind(place, table)}">{html.escape(name)}</th>' for place, name in enumerate(table.columns)
    )
    lines = "".join(
        "<tr>"
        + "".join(
            f'<td class="{_kind(place, table, cell)}">{html.escape(cell)}</td>' for place, cell in enumerate(line)
        )
        + "</tr>"
        for line in table.rows
    )
    return f'<h3>{html.escape(table.title)}</h3><div class="wide"><table><tr>{head}</tr>{lines}</table></div>'


def _kind(place: int, table: Table, cell: str = "") -> str:
    return " ".join(["word"] * (place < table.words) + [cell] * (cell in {"met", "missed"}))
