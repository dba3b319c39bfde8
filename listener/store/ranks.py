"""Severities as numbers that sort, the way the tables keep them."""

from __future__ import annotations

from typing import cast

from rules.reading import SEVERITIES, Severity


def rank(severity: Severity) -> int:
    """0 (low) to 3 (critical)."""
    return SEVERITIES.index(severity)


def severity_of(number: int) -> Severity:
    """The severity that a rank stands for."""
    return cast("Severity", SEVERITIES[number])
