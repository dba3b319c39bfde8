"""The one door of matplotlib: pictures of a digest, as PNGs for a mail.

Only digits and dates stand in a picture: no font draws every script, and words beside it can be read aloud, searched,
and follow a dark mode. What the colours mean is said by the HTML around it.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from alerts.digests.colours import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 600  # pixels as a mail shows it; drawn twice as fine
_DOTS = 200  # per inch: with text sized for 100, each pixel of the mail is two of the picture

_INK = "#1b232c"
_DIM = "#5d6875"
_GRID = "#e3e8ed"
_CARD = "#f4f6f9"  # a shade of its own: in a dark mail the picture is a card, not a hole

_LINE: dict[str, Any] = {"color": _INK, "linewidth": 1.2, "linestyle": (0, (3, 2))}
_SMALL = {"optimize": True}
_ONE_AT_A_TIME = threading.Lock()  # matplotlib keeps its fonts in places that all threads share


def has_line(bins: Sequence[object], before: Sequence[int], mentions_before: int) -> bool:
    """Whether a time line shows the period before beside the bins."""
    return len(before) == len(bins) or mentions_before > 0


def timeline_png(
    bins: Sequence[tuple[datetime, int, int]],
    before: Sequence[int],
    average_before: float,
    timezone: tzinfo,
    day: Callable[[datetime], str],
) -> bytes:
    """Draws mentions over time, the negative ones among them set apart, with the period before as a dashed line.

    `bins` are (start, mentions, negative ones among them), at least one; where `before` has no number for each of
    them, the line is the average of the period before. `day` writes a day as short as it fits under a bar.
    """
    with _drawing():
        figure, axes = _canvas(2.1)
        places = range(len(bins))
        negative = [min(bad, count) for _, count, bad in bins]
        others = [count - bad for (_, count, _), bad in zip(bins, negative, strict=True)]
        axes.bar(places, negative, width=0.8, color=COLOURS["negative"])
        axes.bar(places, others, width=0.8, bottom=negative, color=COLOURS["neutral"])
        if len(before) == len(bins):
            axes.step(places, before, where="mid", **_LINE)
        elif average_before > 0:
            axes.axhline(average_before, **_LINE)
        _whole_numbers(axes, max([count for _, count, _ in bins] + list(before) + [1]))
        _time_labels(axes, [start.astimezone(timezone) for start, _, _ in bins], day)
        axes.set_xlim(-0.7, len(bins) - 0.3)
        return _png(figure)


def shares_png(labels: Mapping[str, int], before: Mapping[str, int]) -> bytes:
    """Draws the shares of each sentiment as one bar, with the period before as a thinner, paler one below it.

    At least one mention now.
    """
    with _drawing():
        rows = [labels] + ([before] if sum(before.values()) else [])
        figure, axes = _canvas(0.26 + 0.32 * len(rows))
        named = [name for name in COLOURS if any(counts.get(name) for counts in rows)]
        for place, counts in enumerate(rows):
            _share_bar(axes, -place, counts, named, pale=bool(place))
        axes.set_yticks([])
        axes.set_xlim(0, 100)
        axes.set_ylim(-len(rows) + 0.5, 0.5)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        return _png(figure)


def _share_bar(axes: Axes, place: float, counts: Mapping[str, int], named: Sequence[str], *, pale: bool) -> None:
    whole = sum(counts.get(name, 0) for name in named)
    done = 0.0
    for name in named:
        share = 100 * counts.get(name, 0) / whole
        axes.barh(
            place,
            share,
            left=done,
            height=0.5 if pale else 0.82,
            color=COLOURS[name],
            alpha=0.6 if pale else 1.0,
            edgecolor=_CARD,
            linewidth=0.8,
        )
        if share >= 7:
            ink = "#ffffff" if name in ("negative", "positive") and not pale else _INK
            written = f"{share:.0f} %"
            axes.text(done + share / 2, place, written, ha="center", va="center_baseline", color=ink, fontsize=8.5)
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


def _time_labels(axes: Axes, starts: Sequence[datetime], day: Callable[[datetime], str]) -> None:
    """Hours where a bin is less than a day, dates where it is not; at most eight of them."""
    step = max(1, -(-len(starts) // 8))
    hours = len(starts) < 2 or (starts[1] - starts[0]).total_seconds() < 86_400
    # by the clock on the wall: a bin that begins at midnight begins at 23:00 after clocks were set back
    days = [starts[0] + timedelta(days=place) for place in range(len(starts))]
    labels = [f"{start:%H:%M}" for start in starts] if hours else [day(one) for one in days]
    axes.set_xticks(range(0, len(starts), step), labels[::step])


def _png(figure: Figure) -> bytes:
    """The same numbers give the same bytes: neither version nor time is written into the file."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DOTS, facecolor=_CARD, metadata={"Software": None}, pil_kwargs=_SMALL)
    return drawn.getvalue()
