"""The correction in use is the newest that was not taken back, on both databases."""

from __future__ import annotations

from datetime import datetime

from listener.store import Store
from listener.store.corrections import current, in_use, list_corrections, switch_on, take_back
from rules.sentiment.correction import Correction
from rules.sentiment.correction_grade import Grade, HeldOut

GRADE = Grade(macro_f1=0.5, precision=0.5, recall=0.5, confusion=((1, 0, 0, 0, 0),) * 3)
HELD_OUT = {"": HeldOut(texts=3, before=GRADE, after=GRADE, fixed=1, broken=0)}


def test_corrections_are_switched_on_and_back_one_by_one(store: Store, now: datetime) -> None:
    first, second = Correction(marks=30), Correction(marks=40)
    with store.write() as tx:
        assert (in_use(tx), current(tx), take_back(tx, now)) == (None, None, None)
        numbers = [switch_on(tx, one, HELD_OUT, "ann", now) for one in (first, second)]
    with store.write() as tx:
        assert current(tx) == second
        assert take_back(tx, now) == numbers[1]
        assert current(tx) == first
        third = switch_on(tx, second, HELD_OUT, "bob", now)
        assert take_back(tx, now) == third
        assert current(tx) == first, "what was taken back before stays so"
        assert take_back(tx, now) == numbers[0]
        assert current(tx) is None
    with store.read() as tx:
        found = list_corrections(tx, 2)
    assert [(one.id, one.by, one.marks, one.in_use) for one in found] == [
        (third, "bob", 40, False), (numbers[1], "ann", 40, False),
    ]  # fmt: skip
    assert found[0].held_out == HELD_OUT
