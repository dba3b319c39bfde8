"""Which configured source does for another what that one cannot do itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sources.abilities import StandingIn
from sources.contract import Source


def who_does(sources: Mapping[str, Source], able: Callable[[Source], bool]) -> dict[str, str]:
    """Gives for each source the name of the one that does it: itself if able, else the first that stands in for it.

    Sources for which nobody does it are left out.
    """
    can = {name: able(source) for name, source in sources.items()}
    stand_ins = [one for one in sources.values() if can[one.name] and isinstance(one, StandingIn)]
    found: dict[str, str] = {}
    for name, source in sources.items():
        other = next((one.name for one in stand_ins if source.kind in one.fills), "")
        if can[name] or other:
            found[name] = name if can[name] else other
    return found
