"""Does what people press in Slack, by whichever of its two ways that comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from alerts.actions import SNOOZE_HOURS
from alerts.channels.slack_press import Press, who_pressed
from alerts.people import Person
from listener.handling.acting import Acting
from listener.store import Store, Tx, requests

_ANSWERED_AS = ":slack"  # no source can have this name


class Pressing:
    """Acts on presses, each once; safe to use from several threads."""

    def __init__(
        self, *, store: Store, people: Sequence[Person], acting: Acting, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._people = people
        self._acting = acting
        self._clock = clock

    def do(self, presses: Sequence[Press], known_by: str) -> int:
        """Does what was pressed, in one transaction; gives to how many alerts that was new. Waits for the database.

        `known_by` is what the service knows the telling by: told again it changes nothing. An alert that is no longer
        kept is passed over. Raises StoreUnavailable.
        """
        now = self._clock()
        with self._store.write() as tx:
            if requests.put_answer(tx, _ANSWERED_AS, known_by, known_by.encode(), "{}", now) is not None:
                return 0
            return sum(self._press(tx, press, now) for press in presses)

    def _press(self, tx: Tx, press: Press, now: datetime) -> bool:
        who = who_pressed(press, self._people)
        changed = self._acting.act(
            tx,
            press.alert,
            press.action,
            who,
            "slack",
            now,
            until=now + timedelta(hours=SNOOZE_HOURS) if press.action == "snooze" else None,
            assignee=who if press.action == "assign" else None,
        )
        return changed is not None and changed.changed
