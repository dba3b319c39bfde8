"""A stream whose reader dies by SIGKILL before and after commits, each time a little later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from listener.store import Store, alerts, archive, inbox
from listener.store import sources as states
from listener.store.mentions import MentionFilter, list_mentions
from sources.contract import EVERYTHING

SCRIPT = Path(__file__).with_name("killable_stream.py")
SIGKILLED = -9
POSTS = 12


@pytest.mark.timeout(300)
def test_a_stream_that_is_killed_at_any_commit_loses_nothing_and_tells_nothing_twice(tmp_path: Path) -> None:
    root = SCRIPT.parents[2]
    told = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), str(POSTS)],
        check=True,
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1"},
    )
    ends = json.loads(told.stdout)
    assert (set(ends[:-1]), ends[-1]) == ({SIGKILLED}, 0)
    assert len(ends) > 8  # it died often before it came to the end
    with Store.open(f"sqlite:///{tmp_path / 'listener.db'}").read() as tx:
        found = list_mentions(tx, MentionFilter(limit=1_000))
        made = alerts.list_alerts(tx, limit=1_000)
        assert inbox.waiting(tx)[0] == 0
        assert states.get_cursor(tx, "sky", EVERYTHING) == (str(POSTS - 1), 0)
        archived = archive.posts_after(tx, 0, 1_000)
    wanted = [str(number) for number in range(POSTS) if number % 3 != 2]
    assert Counter(one.post.external_id for one in found) == Counter(wanted)
    assert [one.post.external_id for one in archived] == [str(number) for number in range(2, POSTS, 3)]
    assert Counter(one.lead.post.external_id for one in made) <= Counter(wanted)
    assert sum(one.mentions for one in made) == len(wanted)
