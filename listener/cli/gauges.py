"""Numbers as bars that are full or not."""

from __future__ import annotations

_PARTS = " ▏▎▍▌▋▊▉█"


def gauge(share: float, width: int = 10) -> str:
    """A bar of `width` characters, filled from the left by a share of 0 to 1, to an eighth of a character."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    bar = "█" * full + (_PARTS[rest] if rest else "")
    return bar + "·" * (width - len(bar))
