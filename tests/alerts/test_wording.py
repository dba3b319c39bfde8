"""Numbers, times and lengths as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.wording import ago, change, counted, language, length, listed, moment, period, service, share, signed

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (132, 96, "+38 %"),
        (5, 10, "−50 %"),
        (4, 4, "same"),
        (4, 0, "new"),
        (0, 0, ""),
        (0, 3, "−100 %"),
        (240, 10, "24 times as many"),
        (1001, 1000, "+0.1 %"),
    ],
)
def test_a_change_is_told_in_percent_where_percents_say_something(now, before, told):
    assert change(now, before) == told


@pytest.mark.parametrize(
    ("duration", "told"),
    [
        (timedelta(hours=24), "24h"),
        (timedelta(days=7), "7d"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
    ],
)
def test_a_length_reads_as_the_configuration_writes_it(duration, told):
    assert length(duration) == told


@pytest.mark.parametrize(
    ("duration", "told"),
    [
        (timedelta(days=3, hours=5), "3 days ago"),
        (timedelta(hours=26), "26 hours ago"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=90), "90 minutes ago"),
    ],
)
def test_an_age_is_told_in_the_unit_that_fits(duration, told):
    assert ago(duration) == told


def test_a_moment_is_told_in_the_readers_timezone_on_both_sides_of_a_change_of_clocks():
    assert moment(datetime(2025, 10, 26, 0, 30, tzinfo=UTC), BERLIN) == "Sun 26 Oct 2025, 02:30 CEST"
    assert moment(datetime(2025, 10, 26, 1, 30, tzinfo=UTC), BERLIN) == "Sun 26 Oct 2025, 02:30 CET"


def test_a_whole_day_is_told_by_its_date_and_anything_else_by_both_ends():
    start = datetime(2025, 6, 1, 22, 0, tzinfo=UTC)
    assert period(start, start + timedelta(days=1), BERLIN) == "Mon 2 Jun 2025"
    assert period(start, start + timedelta(days=7), BERLIN) == "Mon 2 Jun 2025 to Sun 8 Jun 2025"
    assert (
        period(start, start + timedelta(hours=8), BERLIN) == "Mon 2 Jun 2025, 00:00 CEST to Mon 2 Jun 2025, 08:00 CEST"
    )


def test_counts_shares_scores_and_lists_read_as_english():
    assert [counted(number, "story", "stories") for number in (0, 1, 1204)] == ["0 stories", "1 story", "1,204 stories"]
    assert [share(1, 300), share(0, 3), share(1, 3), share(1, 0)] == ["under 1 %", "0 %", "33 %", "0 %"]
    assert [signed(-0.81), signed(0.5)] == ["-0.81", "+0.50"]
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_names_we_do_not_know_stand_as_they_are():
    assert [service("hackernews"), service("lemmy"), service("")] == ["Hacker News", "Lemmy", ""]
    assert [language("pt-BR"), language("tlh"), language("")] == ["Portuguese", "tlh", "Unknown language"]
    assert [language("bn"), language("bn-Latn")] == ["Bengali", "Bengali in Latin letters"]


def test_a_moment_at_the_end_of_the_calendar_is_told_as_it_is():
    assert moment(datetime(1, 1, 1, tzinfo=UTC), ZoneInfo("America/New_York")) == "Mon 1 Jan 1, 00:00 UTC"
