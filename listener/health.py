"""Tells the operator, once, that a source has begun to fail, and once that it is well again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from listener.store import Tx, channel_states, outbox
from listener.store.heard import Quiet

FAILURES_BEFORE_TELLING = 3
"""One time-out is the weather; three in a row are news. A refusal needs a person and is told at once."""


class Trouble(Struct, frozen=True, kw_only=True):
    """A row of failures of one source; `refused`: a person must act before it is asked again; `partly`:
    the rest of it is heard."""

    source: str
    failures: int
    since: datetime
    why: str
    refused: bool
    partly: bool = False


class FailingDirectory(Struct, frozen=True, kw_only=True):
    """A row of failures of one customer directory; `refused`: a person must act before it is asked again."""

    name: str
    failures: int
    since: datetime
    why: str
    refused: bool


def _failing_directory(name: str, since: datetime) -> str:
    return f"report:directory:{name}:failing:{since.isoformat()}"


def _failing(source: str, since: datetime) -> str:
    return f"report:source:{source}:failing:{since.isoformat()}"


def _silence(quiet: Quiet) -> str:
    return f"report:source:{quiet.source}:silent:{quiet.brand}:{quiet.since.isoformat()}"


def _about(quiet: Quiet) -> str:
    return f" about '{quiet.brand}'" if quiet.brand else ""


class Health:
    """Queues the operator's reports, in the transaction that records what they report."""

    def __init__(self, channels: Sequence[str]) -> None:
        self._channels = channels

    def tell_failing(self, tx: Tx, trouble: Trouble, now: datetime) -> None:
        """Reports a row of failures once: with its third, or with a refusal."""
        source, why, refused = trouble.source, trouble.why, trouble.refused
        if refused or trouble.failures >= FAILURES_BEFORE_TELLING:
            title = f"Source '{source}' {'has been refused' if refused else 'is failing'}"
            unheard = "A part of it is not heard" if trouble.partly else f"Nothing new is heard from '{source}'"
            text = f"{why}\n{unheard} until this is mended." + (
                f"\nThen run: listener poll --source '{source}'" if refused else "\nlistener keeps trying."
            )
            self._report(tx, _failing(source, trouble.since), title, text, now)

    def tell_directory_failing(self, tx: Tx, failing: FailingDirectory, now: datetime) -> None:
        """Reports a row of failures of a customer directory once: with its third, or with a refusal."""
        name = failing.name
        if failing.refused or failing.failures >= FAILURES_BEFORE_TELLING:
            title = f"Customer directory '{name}' {'has been refused' if failing.refused else 'is failing'}"
            text = f"{failing.why}\nWhat is known of its customers stays as it was read last." + (
                "\nIt is asked again when listener starts anew." if failing.refused else "\nlistener keeps trying."
            )
            self._report(tx, _failing_directory(name, failing.since), title, text, now)

    def tell_directory_recovered(self, tx: Tx, name: str, failing_since: datetime, now: datetime) -> None:
        """Reports that a customer directory is read again, to those who were told that it was not."""
        key = _failing_directory(name, failing_since)
        if any(outbox.is_queued(tx, f"{key}:{channel}") for channel in self._channels):
            text = f"It had been failing since {failing_since:%Y-%m-%d %H:%M} UTC. It goes on where it had come to."
            self._report(tx, f"{key}:recovered", f"Customer directory '{name}' is read again", text, now)

    def tell_over_budget(self, tx: Tx, source: str, why: str, month: str, now: datetime) -> None:
        """Reports, once a month, that a paid source is held because its budget is used up."""
        title = f"Source '{source}' has used up its budget"
        text = (
            f"{why}.\nNothing new is heard from '{source}' until then. What is published meanwhile is read after it, "
            "as far back as the service shows it."
        )
        self._report(tx, f"report:source:{source}:budget:{month}", title, text, now)

    def tell_recovered(self, tx: Tx, source: str, failing_since: datetime, now: datetime) -> None:
        """Reports that a source is well again, to those who were told that it was not."""
        told = [
            channel
            for channel in self._channels
            if outbox.is_queued(tx, f"{_failing(source, failing_since)}:{channel}")
        ]
        if not told:
            return
        title = f"Source '{source}' is heard again"
        text = (
            f"It had been failing since {failing_since:%Y-%m-%d %H:%M} UTC. What was published meanwhile is read now."
        )
        self._report(tx, f"report:source:{source}:recovered:{failing_since.isoformat()}", title, text, now)

    def tell_set_aside(self, tx: Tx, source: str, batch: int, why: str, now: datetime) -> None:
        """Reports that posts could not be read and wait for a person."""
        title = f"Posts from '{source}' could not be read"
        text = (
            f"{why}\nThey are kept as batch {batch} (listener status shows it). All that came after is read as usual."
        )
        self._report(tx, f"report:batch:{batch}:set aside", title, text, now)

    def tell_quiet(self, tx: Tx, quiet: Quiet) -> None:
        """Reports that a source, or a brand in it, has been silent for longer than chance explains."""
        title = f"Source '{quiet.source}' is unusually silent{_about(quiet)}"
        text = (
            f"{quiet.why}\nThe source is asked as always and answers without an error. "
            "Look whether it still shows what it did: listener poll --source "
            f"'{quiet.source}'\nYou are told once more, when something is heard again."
        )
        self._report(tx, f"{_silence(quiet)}:began", title, text, quiet.told_at)

    def tell_heard_again(self, tx: Tx, quiet: Quiet, now: datetime) -> None:
        """Reports that a silence has ended."""
        title = f"Source '{quiet.source}' is heard again{_about(quiet)}"
        text = f"It had been silent since about {quiet.since:%Y-%m-%d %H:%M} UTC."
        self._report(tx, f"{_silence(quiet)}:ended", title, text, now)

    def tell_channel_disabled(self, tx: Tx, channel: str, why: str, known: Sequence[str], now: datetime) -> None:
        """Reports, by another channel, that one refuses us: the operator's others, else any that is not disabled."""
        disabled = channel_states.disabled_channels(tx)
        others = [one for one in self._channels if one != channel and one not in disabled]
        others = others or [one for one in known if one != channel and one not in disabled][:1]
        title = f"Channel '{channel}' is disabled"
        text = (
            f"{why}.\nNothing more is told there until this is mended. What is to be told waits, and nothing is lost.\n"
            f"Then run: listener channels enable '{channel}'"
        )
        self._report(tx, f"report:channel:{channel}:disabled:{now.isoformat()}", title, text, now, others)

    def _report(
        self, tx: Tx, key: str, title: str, text: str, now: datetime, channels: Sequence[str] | None = None
    ) -> None:
        for channel in self._channels if channels is None else channels:
            outbox.put_delivery(
                tx,
                key=f"{key}:{channel}",
                channel=channel,
                kind="report",
                payload={"title": title, "text": text},
                severity="high",
                now=now,
            )
