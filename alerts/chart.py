"""The one door of matplotlib: pictures of a digest, as PNGs for a mail.

Only digits, dates and our own words stand in a picture: no font draws every script that brands are written in.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from alerts.wording import short_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 600  # pixels as a mail shows it; drawn twice as fine
_DOTS = 200  # per inch: with text sized for 100, each pixel of the mail is two of the picture

COLOURS = {
    "negative": "#c8501e",
    "neutral": "#a9b4c0",
    "positive": "#2878b5",
    "unsure": "#d6c9a8",
    "unread": "#e3e7ec",
}
"""Orange against blue stays apart for every kind of colour blindness; grey is what says neither."""

_INK = "#1b232c"
_DIM = "#5d6875"
_GRID = "#e3e8ed"
_CARD = "#ffffff"

_SMALL = {"optimize": True}
_ONE_AT_A_TIME = threading.Lock()  # matplotlib keeps its fonts in places that all threads share


def timeline_png(
    bins: Sequence[tuple[datetime, int, int]],
    before: Sequence[int],
    average_before: float,
    before_name: str,
    timezone: tzinfo,
) -> bytes:
    """Draws mentions over time, the negative ones among them set apart, with the period before as a line.

    `bins` are (start, mentions, negative ones among them); where `before` has no number for each of them, the
    line is the average of the period before, which is called `before_name`. At least one bin.
    """
    with _drawing():
        figure, axes = _canvas(2.3)
        places = range(len(bins))
        negative = [min(bad, count) for _, count, bad in bins]
        others = [count - bad for (_, count, _), bad in zip(bins, negative, strict=True)]
        axes.bar(places, negative, width=0.8, color=COLOURS["negative"], label="Negative")
        axes.bar(places, others, width=0.8, bottom=negative, color=COLOURS["neutral"], label="Other mentions")
        if len(before) == len(bins):
            axes.step(
                places,
                before,
                where="mid",
                color=_INK,
                linewidth=1.2,
                linestyle=(0, (3, 2)),
                label=before_name.capitalize(),
            )
        elif average_before > 0:
            axes.axhline(
                average_before, color=_INK, linewidth=1.2, linestyle=(0, (3, 2)), label=f"Average of {before_name}"
            )
        _whole_numbers(axes, max([count for _, count, _ in bins] + list(before) + [1]))
        _time_labels(axes, [start.astimezone(timezone) for start, _, _ in bins])
        axes.set_xlim(-0.7, len(bins) - 0.3)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=3, frameon=False, fontsize=8.5, labelcolor=_DIM,
            handlelength=1.2, columnspacing=1.6, borderaxespad=0.2,
        )  # fmt: skip
        return _png(figure)


def shares_png(labels: Mapping[str, int], before: Mapping[str, int]) -> bytes:
    """Draws the shares of each sentiment as one bar, with the period before below it. At least one mention now."""
    with _drawing():
        rows = [("Now", labels)] + ([("Before", before)] if sum(before.values()) else [])
        figure, axes = _canvas(0.62 + 0.36 * len(rows))
        named = [name for name in COLOURS if any(counts.get(name) for _, counts in rows)]
        for place, (_, counts) in enumerate(rows):
            _share_bar(axes, -place, counts, named)
        for name in named:
            axes.barh(0, 0, color=COLOURS[name], label=_LEGEND[name])
        axes.set_yticks([-place for place in range(len(rows))], [title for title, _ in rows], fontsize=9)
        axes.set_xlim(0, 100)
        axes.set_ylim(-len(rows) + 0.5, 0.5)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=5, frameon=False, fontsize=8.5, labelcolor=_DIM,
            handlelength=1.0, columnspacing=1.4, borderaxespad=0.2,
        )  # fmt: skip
        return _png(figure)


_LEGEND = {
    "negative": "Negative",
    "neutral": "Neutral",
    "positive": "Positive",
    "unsure": "Unsure",
    "unread": "Language not read",
}


def _share_bar(axes: Axes, place: float, counts: Mapping[str, int], named: Sequence[str]) -> None:
    whole = sum(counts.get(name, 0) for name in named)
    done = 0.0
    for name in named:
        share = 100 * counts.get(name, 0) / whole
        axes.barh(place, share, left=done, height=0.72, color=COLOURS[name], edgecolor=_CARD, linewidth=0.8)
        if share >= 7:
            ink = "#ffffff" if name in ("negative", "positive") else _INK
            axes.text(
                done + share / 2, place, f"{share:.0f} %", ha="center", va="center_baseline", color=ink, fontsize=8.5
            )
        done += share


@contextmanager
def _drawing() -> Iterator[None]:
    """The library's own defaults, its bundled font among them, whatever this machine's user has set for himself."""
    from matplotlib import rc_context, rcdefaults

    with _ONE_AT_A_TIME, rc_context():
        rcdefaults()
        yield


def _canvas(inches: float) -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
    figure = Figure(figsize=(WIDTH / 100, inches), dpi=_DOTS, facecolor=_CARD, layout=layout)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_facecolor(_CARD)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_GRID)
    axes.tick_params(colors=_DIM, length=0, labelsize=8.5)
    axes.grid(visible=True, axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _whole_numbers(axes: Axes, most: int) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_ylim(0, most * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _time_labels(axes: Axes, starts: Sequence[datetime]) -> None:
    """Hours where a bin is less than a day, dates where it is not; at most eight of them."""
    step = max(1, -(-len(starts) // 8))
    hours = len(starts) < 2 or (starts[1] - starts[0]).total_seconds() < 86_400
    labels = [f"{start:%H:%M}" if hours else short_day(start) for start in starts]
    axes.set_xticks(range(0, len(starts), step), labels[::step])


def _png(figure: Figure) -> bytes:
    """The same numbers give the same bytes: neither version nor time is written into the file."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DOTS, facecolor=_CARD, metadata={"Software": None}, pil_kwargs=_SMALL)
    return drawn.getvalue()
