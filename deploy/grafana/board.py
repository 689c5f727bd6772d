"""A dashboard: a title, the rows under it, and what all of ours have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog import builder
from grafana_foundation_sdk.models import dashboard as model


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: Sequence[builder.Builder[model.Panel]]


@dataclass(frozen=True, slots=True)
class Board:
    """`name` is the file's name and the end of the dashboard's uid, which links rely on: never change it."""

    name: str
    title: str
    about: str
    rows: Sequence[Row]

    def build(self) -> model.Dashboard:
        """The dashboard as Grafana takes it."""
        board = (
            dashboard.Dashboard(f"Upwell / {self.title}")
            .uid(f"upwell-{self.name}")
            .description(self.about)
            .tags(["upwell"])
            .editable()
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .refresh("10s")
            .time("now-30m", "now")
            .timezone("browser")
            .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
            .link(
                dashboard.DashboardLink("Upwell")
                .type(model.DashboardLinkType.DASHBOARDS)
                .tags(["upwell"])
                .as_dropdown(False)
                .keep_time(True)
                .include_vars(True)
            )
        )
        for row in self.rows:
            board.with_row(dashboard.Row(row.title))
            for panel in row.panels:
                board.with_panel(panel)
        built = board.build()
        for number, panel in enumerate(built.panels or (), start=1):
            panel.id_val = number
        return built
