"""Tells the operator, once, that a source has begun to fail, and once that it is well again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from alerts.language import ENGLISH, Language, msgid
from listener.store import Tx, channel_states, outbox
from listener.store.heard import Quiet

FAILURES_BEFORE_TELLING = 3
"""One time-out is the weather; three in a row are news. A refusal needs a person and is told at once."""


_KEEPS_TRYING = msgid("listener keeps trying.")


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


class Said(Struct, frozen=True):
    """Words by their English original, with what fills their gaps: each channel gets them in its language."""

    words: str
    values: Mapping[str, str] = {}

    def in_(self, language: Language) -> str:
        return language.say(self.words, **self.values)


def _said(words: str, **values: str) -> Said:
    return Said(words, values)


def _quoted(words: str) -> Said:
    """What a service or a check said, as it is."""
    return Said("{words}", {"words": words})


class Health:
    """Queues the operator's reports, in the transaction that records what they report."""

    def __init__(self, channels: Sequence[str], language_of: Callable[[str], Language] = lambda _: ENGLISH) -> None:
        self._channels = channels
        self._language_of = language_of

    def tell_failing(self, tx: Tx, trouble: Trouble, now: datetime) -> None:
        """Reports a row of failures once: with its third, or with a refusal."""
        source, refused = trouble.source, trouble.refused
        if refused or trouble.failures >= FAILURES_BEFORE_TELLING:
            title = _said(
                msgid("Source '{source}' has been refused") if refused else msgid("Source '{source}' is failing"),
                source=source,
            )
            unheard = (
                _said(msgid("A part of it is not heard until this is mended."))
                if trouble.partly
                else _said(msgid("Nothing new is heard from '{source}' until this is mended."), source=source)
            )
            command = f"listener poll --source '{source}'"
            next_ = _said(msgid("Then run: {command}"), command=command) if refused else _said(_KEEPS_TRYING)
            self._report(tx, _failing(source, trouble.since), title, [_quoted(trouble.why), unheard, next_], now)

    def tell_directory_failing(self, tx: Tx, failing: FailingDirectory, now: datetime) -> None:
        """Reports a row of failures of a customer directory once: with its third, or with a refusal."""
        name = failing.name
        if failing.refused or failing.failures >= FAILURES_BEFORE_TELLING:
            words = (
                msgid("Customer directory '{name}' has been refused")
                if failing.refused
                else msgid("Customer directory '{name}' is failing")
            )
            text = [
                _quoted(failing.why),
                _said(msgid("What is known of its customers stays as it was read last.")),
                _said(msgid("It is asked again when listener starts anew.") if failing.refused else _KEEPS_TRYING),
            ]
            self._report(tx, _failing_directory(name, failing.since), _said(words, name=name), text, now)

    def tell_directory_recovered(self, tx: Tx, name: str, failing_since: datetime, now: datetime) -> None:
        """Reports that a customer directory is read again, to those who were told that it was not."""
        key = _failing_directory(name, failing_since)
        if any(outbox.is_queued(tx, f"{key}:{channel}") for channel in self._channels):
            words = msgid("It had been failing since {time} UTC. It goes on where it had come to.")
            text = _said(words, time=_clock(failing_since))
            title = _said(msgid("Customer directory '{name}' is read again"), name=name)
            self._report(tx, f"{key}:recovered", title, [text], now)

    def tell_over_budget(self, tx: Tx, source: str, why: str, month: str, now: datetime) -> None:
        """Reports, once a month, that a paid source is held because its budget is used up."""
        words = msgid(
            "Nothing new is heard from '{source}' until then. What is published meanwhile is read after it, as far "
            "back as the service shows it."
        )
        title = _said(msgid("Source '{source}' has used up its budget"), source=source)
        text = [_quoted(f"{why}."), _said(words, source=source)]
        self._report(tx, f"report:source:{source}:budget:{month}", title, text, now)

    def tell_recovered(self, tx: Tx, source: str, failing_since: datetime, now: datetime) -> None:
        """Reports that a source is well again, to those who were told that it was not."""
        key = _failing(source, failing_since)
        if not any(outbox.is_queued(tx, f"{key}:{channel}") for channel in self._channels):
            return
        words = msgid("It had been failing since {time} UTC. What was published meanwhile is read now.")
        title = _said(msgid("Source '{source}' is heard again"), source=source)
        text = [_said(words, time=_clock(failing_since))]
        self._report(tx, f"report:source:{source}:recovered:{failing_since.isoformat()}", title, text, now)

    def tell_set_aside(self, tx: Tx, source: str, batch: int, why: str, now: datetime) -> None:
        """Reports that posts could not be read and wait for a person."""
        words = msgid(
            "They are kept as batch {batch} (listener status shows it). All that came after is read as usual."
        )
        title = _said(msgid("Posts from '{source}' could not be read"), source=source)
        text = [_quoted(why), _said(words, batch=str(batch))]
        self._report(tx, f"report:batch:{batch}:set aside", title, text, now)

    def tell_quiet(self, tx: Tx, quiet: Quiet) -> None:
        """Reports that a source, or a brand in it, has been silent for longer than chance explains."""
        words = (
            msgid("Source '{source}' is unusually silent about '{brand}'")
            if quiet.brand
            else msgid("Source '{source}' is unusually silent")
        )
        text = [
            _quoted(quiet.why),
            _said(
                msgid(
                    "The source is asked as always and answers without an error. Look whether it still shows what it "
                    "did: {command}"
                ),
                command=f"listener poll --source '{quiet.source}'",
            ),
            _said(msgid("You are told once more, when something is heard again.")),
        ]
        title = _said(words, source=quiet.source, brand=quiet.brand)
        self._report(tx, f"{_silence(quiet)}:began", title, text, quiet.told_at)

    def tell_heard_again(self, tx: Tx, quiet: Quiet, now: datetime) -> None:
        """Reports that a silence has ended."""
        words = (
            msgid("Source '{source}' is heard again about '{brand}'")
            if quiet.brand
            else msgid("Source '{source}' is heard again")
        )
        text = _said(msgid("It had been silent since about {time} UTC."), time=_clock(quiet.since))
        title = _said(words, source=quiet.source, brand=quiet.brand)
        self._report(tx, f"{_silence(quiet)}:ended", title, [text], now)

    def tell_channel_disabled(self, tx: Tx, channel: str, why: str, known: Sequence[str], now: datetime) -> None:
        """Reports, by another channel, that one refuses us: the operator's others, else any that is not disabled."""
        disabled = channel_states.disabled_channels(tx)
        others = [one for one in self._channels if one != channel and one not in disabled]
        others = others or [one for one in known if one != channel and one not in disabled][:1]
        title = _said(msgid("Channel '{channel}' is disabled"), channel=channel)
        words = msgid("Nothing more is told there until this is mended. What is to be told waits, and nothing is lost.")
        command = f"listener channels enable '{channel}'"
        text = [_quoted(f"{why}."), _said(words), _said(msgid("Then run: {command}"), command=command)]
        self._report(tx, f"report:channel:{channel}:disabled:{now.isoformat()}", title, text, now, others)

    def _report(
        self,
        tx: Tx,
        key: str,
        title: Said,
        text: Sequence[Said],
        now: datetime,
        channels: Sequence[str] | None = None,
    ) -> None:
        for channel in self._channels if channels is None else channels:
            language = self._language_of(channel)
            told = {"title": title.in_(language), "text": "\n".join(line.in_(language) for line in text)}
            outbox.put_delivery(
                tx, key=f"{key}:{channel}", channel=channel, kind="report", payload=told, severity="high", now=now
            )


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
