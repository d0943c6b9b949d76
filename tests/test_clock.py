"""Times of day, as the six languages print them."""

from __future__ import annotations

import pytest

from itudocs.lexicon.clock import Clock, clock


@pytest.mark.parametrize(
    ("printed", "hour", "minute", "zone"),
    [
        ("0930 hours", 9, 30, None), ("930 hours", 9, 30, None), ("09:30", 9, 30, None), ("10.00 hours", 10, 0, None),
        ("1600 hours UTC", 16, 0, "UTC"), ("1200 hours (Geneva time)", 12, 0, "Europe/Zurich"), ("9.00 a.m.", 9, 0, None),
        ("2.30 p.m.", 14, 30, None), ("10 heures", 10, 0, None), ("9 h 30", 9, 30, None), ("09h00 (hora local)", 9, 0, None),
        ("23:59 horas (hora de Ginebra)", 23, 59, "Europe/Zurich"), ("09 час. 30 мин.", 9, 30, None),
        ("12:00 (по женевскому времени)", 12, 0, "Europe/Zurich"), ("9时30分", 9, 30, None), ("12时", 12, 0, None),
        ("下午3时", 15, 0, None), ("上午9时半", 9, 30, None), ("协调世界时16时", 16, 0, "UTC"), ("الساعة 0930", 9, 30, None),
        ("الساعة التاسعة والنصف صباحاً", 9, 30, None), ("الساعة الثانية عشرة", 12, 0, None),
        ("الساعة الثالثة مساء", 15, 0, None), ("الساعة 23:59 بتوقيت جنيف)", 23, 59, "Europe/Zurich"),
        ("14:30 – 17:30", 14, 30, None), ("13-14 hours", 13, 0, None), ("2400 heures UTC", 24, 0, "UTC"),
        ("Midnight Geneva Time)", 24, 0, "Europe/Zurich"), ("12 noon", 12, 0, None),
    ],
)  # fmt: skip
def test_a_printed_time_is_hours_minutes_and_the_zone_it_names(
    printed: str, hour: int, minute: int, zone: str | None
) -> None:
    assert clock(printed) == Clock(hour=hour, minute=minute, zone=zone)


@pytest.mark.parametrize("printed", ["", "morning", "2561 hours", "25:00", "24:30", "12345", "\x00", "99"])
def test_what_is_no_time_of_day_is_none(printed: str) -> None:
    assert clock(printed) is None
