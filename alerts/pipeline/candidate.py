"""An alert that asks to be told on one channel."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from alerts.alert import AlertKind, ReadMention
from rules.reading import Severity

LABELS = ("story", "brand", "rule", "severity", "source", "customer", "owner")
"""What alerts can be grouped by."""


class Timing(Struct, frozen=True, kw_only=True):
    """How an alert is told on a route.

    `interval`: how long its group then keeps still; None: as the channel can. `repeat`: after this long an alert that
    nobody took up is told again. `batch`: told only at these times of the clock, together; None: at once.
    """

    group_by: tuple[str, ...] = ("story",)
    wait: timedelta = timedelta(0)
    interval: timedelta | None = None
    repeat: timedelta | None = None
    batch: timedelta | None = None


class Routed(Struct, frozen=True, kw_only=True):
    """A channel on which an alert is to be told, and by which route; "" is the channel's naming by a rule itself."""

    channel: str
    route: str
    timing: Timing
    why: str


class Candidate(Struct, frozen=True, kw_only=True):
    """An alert as the stages see it: by its leading mention.

    `rules`: of the leading mention, the most severe first. `waited`: it was kept back for others of its group, or for
    the next summary, and that time is over. `cooled`: a cooldown did so, which is over too, whatever was told since.
    `told_as`: how severe it was when it was told here before, "" if it was
    not.
    """

    alert_id: int
    kind: AlertKind
    key: str
    severity: Severity
    brands: tuple[str, ...]
    rules: tuple[str, ...]
    lead: ReadMention
    routed: Routed
    waited: bool = False
    cooled: bool = False
    told_as: Severity | Literal[""] = ""

    @property
    def channel(self) -> str:
        return self.routed.channel

    @property
    def place(self) -> tuple[int, str]:
        """The alert and the channel: what there is one candidate for."""
        return self.alert_id, self.routed.channel

    @property
    def speaking(self) -> str:
        """The rule that speaks: the most severe one."""
        return self.rules[0] if self.rules else ""

    def labels(self) -> tuple[str, ...]:
        """The values of the labels that its route groups by."""
        return tuple(self.label(name) for name in self.routed.timing.group_by)

    def label(self, name: str) -> str:
        """The value of one of LABELS. Nobody's owner or customer is ""."""
        customer = self.lead.customer
        values = {
            "story": f"{self.kind}:{self.key}",
            "brand": self.lead.brand,
            "rule": self.speaking,
            "severity": self.severity,
            "source": self.lead.post.source,
            "customer": customer.id if customer else "",
            "owner": customer.owner if customer else "",
        }
        return values[name]
