"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no defect: how long a case takes is asked by the benchmarks, and by the suite's own time limit.
settings.register_profile("listener", deadline=None)
settings.load_profile("listener")
