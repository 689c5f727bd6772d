"""Writes dashboards/*.json from code: `python -m deploy.grafana.build` after a change; a test holds them in step."""

from __future__ import annotations

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import encoders, experiments, overview, quality, stream, vector_index
from deploy.grafana.board import Board

BOARDS: tuple[Board, ...] = (
    overview.BOARD,
    stream.BOARD,
    encoders.BOARD,
    vector_index.BOARD,
    quality.BOARD,
    experiments.BOARD,
)
FOLDER = Path(__file__).parent / "dashboards"


def rendered(board: Board) -> str:
    """The dashboard as Grafana's JSON, the same every time."""
    return json.dumps(board.build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Writes every dashboard, and removes files of boards that are no more."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for board in BOARDS:
        (FOLDER / f"{board.name}.json").write_text(rendered(board), encoding="utf-8")


if __name__ == "__main__":
    main()
