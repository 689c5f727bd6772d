"""The few kinds of panel our dashboards are made of, each one call; queries are PromQL over all workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common as build_common
from grafana_foundation_sdk.builders import dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

# Chosen at the top of each dashboard; compose provisions one data source, a team may have several.
DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
# Grafana puts in at least four scrape intervals, so a rate always has its samples.
WINDOW = "$__rate_interval"

SECONDS = "s"
PER_SECOND = "cps"
SHARE = "percentunit"
BYTES = "bytes"
BYTES_PER_SECOND = "Bps"
COUNT = "short"

# `clamped` and `unknown_item` are said of an event beside its outcome; without them every event counts once.
HANDLED = '{outcome!~"clamped|unknown_item"}'

_STAT_SIZE = (4, 4)
_GRAPH_SIZE = (8, 12)


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression and how its series are named; `{{label}}` is the value of a label."""

    expr: str
    legend: str


def graph(
    title: str, unit: str, about: str, *queries: Query, stacked: bool = False, signed: bool = False
) -> timeseries.Panel:
    """Lines over time, with last and largest value in the legend; `stacked` for shares of a whole, `signed` for what
    may fall below zero.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(DATASOURCE)
        .unit(unit)
        .height(_GRAPH_SIZE[0])
        .span(_GRAPH_SIZE[1])
        .fill_opacity(40 if stacked else 8)
        .line_width(1)
        .show_points(common.VisibilityMode.NEVER)
        .tooltip(
            build_common.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
        )
        .legend(
            build_common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common.LegendDisplayMode.TABLE)
            .placement(common.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
        )
        .targets(_targets(queries))
    )
    if not signed:
        panel.min(0)
    if stacked:
        panel.stacking(build_common.StackingConfig().mode(common.StackingMode.NORMAL))
    return panel


def number(title: str, unit: str, about: str, query: Query, *, bad_above: float | None = None) -> stat.Panel:
    """The newest value, large; green, and red from `bad_above` on."""
    steps = [model.Threshold(value=None, color="green")]
    if bad_above is not None:
        steps.append(model.Threshold(value=bad_above, color="red"))
    return (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(DATASOURCE)
        .unit(unit)
        .height(_STAT_SIZE[0])
        .span(_STAT_SIZE[1])
        .graph_mode(common.BigValueGraphMode.AREA)
        .color_mode(common.BigValueColorMode.VALUE)
        .reduce_options(build_common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
        .targets(_targets([query]))
    )


def heat(title: str, unit: str, about: str, histogram: str) -> heatmap.Panel:
    """How a histogram's distribution moves; `histogram` is the metric's name without `_bucket`."""
    query = Query(f"sum by (le) (increase({histogram}_bucket[{WINDOW}]))", "{{le}}")
    return (
        heatmap.Panel()
        .title(title)
        .description(about)
        .datasource(DATASOURCE)
        .height(_GRAPH_SIZE[0])
        .span(_GRAPH_SIZE[1])
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .targets([target.format(PromQueryFormat.HEATMAP) for target in _targets([query])])
    )


def percentiles(histogram: str, *quantiles: float, by: str = "", where: str = "") -> list[Query]:
    """Quantiles of a histogram over all workers; `by` keeps one label apart, `where` selects series."""
    group = f"le, {by}" if by else "le"
    return [
        Query(
            f"histogram_quantile({q}, sum by ({group}) (rate({histogram}_bucket{where}[{WINDOW}])))",
            f"{{{{{by}}}}} p{q * 100:g}" if by else f"p{q * 100:g}",
        )
        for q in quantiles
    ]


def rate(counter: str, by: str = "", where: str = "") -> Query:
    """Per second, summed over workers; `by` names the labels kept apart, comma separated."""
    if not by:
        return Query(f"sum(rate({counter}{where}[{WINDOW}]))", "all")
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(","))
    return Query(f"sum by ({by}) (rate({counter}{where}[{WINDOW}]))", legend)


def rate_or_none(counter: str, by: str) -> Query:
    """Like `rate` for a series that is born with its first bad event: until then the panel shows a flat `none`."""
    query = rate(counter, by)
    first = by.split(",", maxsplit=1)[0].strip()
    return Query(f'{query.expr} or label_replace(vector(0), "{first}", "none", "", "")', query.legend)


def ratio(part: str, whole: str, legend: str) -> Query:
    """Rate of one counter over the rate of another, as a share from 0 to 1; 0 / 0 is left out."""
    return Query(f"sum(rate({part}[{WINDOW}])) / (sum(rate({whole}[{WINDOW}])) > 0)", legend)


def _targets(queries: Sequence[Query]) -> list[prometheus.Dataquery]:
    return [
        prometheus.Dataquery().datasource(DATASOURCE).ref_id(chr(ord("A") + n)).expr(q.expr).legend_format(q.legend)
        for n, q in enumerate(queries)
    ]
