"""Day counting: every case of the rules, calendars and their changes, contested days, pauses, and the account given."""

from __future__ import annotations

import dataclasses
import datetime as dt
import doctest
import json
import os
import subprocess
import sys

import pytest
from deadline_oracle import federal_days

from tecum import deadlines
from tecum.deadlines import Calendar, Deadline, Pause, Rule, Tolled
from tecum.errors import CalendarTooShort, CalendarUnknown

DAY = dt.date
SENT = DAY(2018, 1, 24)
RULES = deadlines.rules()
COURT = RULES["frcp-34"]


@pytest.fixture(scope="module")
def us() -> Calendar:
    return deadlines.compute_calendar("US", 2007, 2030)


@pytest.fixture(scope="module")
def illinois() -> Calendar:
    return deadlines.compute_calendar("US-IL", 2010, 2030)


@pytest.fixture(scope="module")
def california() -> Calendar:
    return deadlines.compute_calendar("US-CA", 2010, 2030)


def invented(*days: DAY, contested: tuple[DAY, ...] = (), first: int = 2018, last: int = 2019) -> Calendar:
    return Calendar("XX", "invented 1", first, last, dict.fromkeys(days, "Feast"), dict.fromkeys(contested, "Closure"))


def said(account: Deadline | Tolled, words: str) -> str:
    """The one line of an account with these words in it."""
    (line,) = [line for line in account.lines if words in line]
    return line


# --- the cases of the reference, all computed from Wed 24 Jan 2018 unless they say otherwise ---


def test_thirty_days_under_rule_34(us: Calendar) -> None:
    assert deadlines.by_rule(COURT, SENT, us).date == DAY(2018, 2, 23)
    assert deadlines.by_rule(COURT, SENT, us, by_mail=True).date == DAY(2018, 2, 26)


def test_objection_to_a_subpoena(us: Calendar) -> None:
    rule = RULES["frcp-45-objection"]
    assert deadlines.by_rule(rule, SENT, us).date == DAY(2018, 2, 7)
    early = deadlines.by_rule(rule, SENT, us, not_after=DAY(2018, 2, 5))
    assert (early.date, early.later) == (DAY(2018, 2, 5), None)
    assert "Mon 5 Feb 2018, governs" in said(early, "stated as the limit")
    late = deadlines.by_rule(rule, SENT, us, not_after=DAY(2018, 2, 23))
    assert late.date == DAY(2018, 2, 7)
    assert "is not earlier" in said(late, "stated as the limit")
    before_service = deadlines.by_rule(rule, SENT, us, not_after=DAY(2018, 1, 20))
    assert before_service.date == DAY(2018, 1, 20)


def test_a_subpoena_gets_no_mail_days(us: Calendar) -> None:
    mailed = deadlines.by_rule(RULES["frcp-45-objection"], SENT, us, by_mail=True)
    assert mailed.date == DAY(2018, 2, 7)
    assert said(mailed, "Service by mail adds no days")


def test_federal_records_request(us: Calendar) -> None:
    due = deadlines.by_rule(RULES["foia"], SENT, us)
    assert due.date == DAY(2018, 2, 22)
    assert said(due, "Skipped") == "Skipped: Mon 19 Feb 2018 (Washington's Birthday)."
    assert deadlines.by_rule(RULES["foia"], SENT, us, extended=True).date == DAY(2018, 3, 8)


def test_illinois_records_request(us: Calendar, illinois: Calendar) -> None:
    rule = RULES["il-foia"]
    assert deadlines.by_rule(rule, SENT, illinois).date == DAY(2018, 1, 31)
    assert deadlines.by_rule(rule, SENT, us).date == DAY(2018, 1, 31)
    assert deadlines.by_rule(rule, SENT, us, extended=True).date == DAY(2018, 2, 7)
    assert deadlines.by_rule(rule, DAY(2018, 2, 7), us).date == DAY(2018, 2, 14)
    ours = deadlines.by_rule(rule, DAY(2018, 2, 7), illinois)
    assert ours.date == DAY(2018, 2, 15)
    assert said(ours, "Skipped") == "Skipped: Mon 12 Feb 2018 (Lincoln's Birthday)."


def test_illinois_extension_on_its_own_calendar(illinois: Calendar) -> None:
    assert deadlines.by_rule(RULES["il-foia"], SENT, illinois, extended=True).date == DAY(2018, 2, 7)


def test_california_shows_both_dates(california: Calendar) -> None:
    due = deadlines.by_rule(RULES["ca-pra"], SENT, california)
    assert (due.date, due.later) == (DAY(2018, 2, 3), DAY(2018, 2, 5))
    assert "If it moves: Mon 5 Feb 2018" in said(due, "Contested")
    assert said(due, "Act by") == "Act by Sat 3 Feb 2018, the earlier date; the later one is Mon 5 Feb 2018."
    longer = deadlines.by_rule(RULES["ca-pra"], SENT, california, extended=True)
    assert (longer.date, longer.later) == (DAY(2018, 2, 17), DAY(2018, 2, 20))  # day 24, then a holiday weekend


def test_new_york_records_request(us: Calendar) -> None:
    assert deadlines.by_rule(RULES["ny-foil"], SENT, us).date == DAY(2018, 1, 31)


def test_a_stated_date_is_not_counted_and_does_not_roll() -> None:
    due = deadlines.stated(DAY(2018, 2, 23), "letter of 24 January 2018, page 2")
    assert (due.date, due.later, due.rule, due.calendar) == (DAY(2018, 2, 23), None, "stated", "")
    assert "letter of 24 January 2018, page 2" in due.lines[0]
    assert deadlines.stated(DAY(2018, 2, 24), "a Saturday").date == DAY(2018, 2, 24)


@pytest.mark.parametrize(
    ("trigger", "raw", "expected"),
    [
        (DAY(2017, 12, 1), "Sun 31 Dec 2017", DAY(2018, 1, 2)),
        (DAY(2017, 6, 4), "Tue 4 Jul 2017", DAY(2017, 7, 5)),
        (DAY(2018, 2, 16), "Sun 18 Mar 2018", DAY(2018, 3, 19)),
        (DAY(2026, 6, 4), "Sat 4 Jul 2026", DAY(2026, 7, 6)),
    ],
)
def test_edges_of_thirty_days(us: Calendar, trigger: DAY, raw: str, expected: DAY) -> None:
    due = deadlines.by_rule(COURT, trigger, us)
    assert (due.date, due.later) == (expected, None)
    assert f"day 30 is {raw}" in said(due, "30 days")
    assert f"the period runs on to {deadlines.shown(expected)} (FRCP 6(a)(1)(C))" in said(due, raw + " (")


def test_a_period_of_seven_days_counts_weekends(us: Calendar) -> None:
    """The text of Rule 6 before 1 December 2009 left weekends out of periods below 11 days: Fri 2 Feb 2018."""
    assert deadlines.by_rule(COURT, SENT, us, count=7).date == DAY(2018, 1, 31)


def test_examples_of_the_committee_note_of_2009(us: Calendar) -> None:
    """Ten days after an event, and before one, where the tenth day is Sat 1 Sep 2007 and Monday is Labor Day."""
    assert deadlines.by_rule(COURT, DAY(2007, 8, 22), us, count=10).date == DAY(2007, 9, 4)
    back = deadlines.backward(DAY(2007, 9, 11), 10, us)
    assert back.date == DAY(2007, 8, 31)
    assert "runs back to Fri 31 Aug 2007 (FRCP 6(a)(5))" in said(back, "cannot be the last day")


def test_mail_days_follow_the_roll_of_the_period(us: Calendar) -> None:
    """The committee note of 2005: day 30 a Saturday, Monday a holiday, so Tuesday; then Wednesday to Friday."""
    due = deadlines.by_rule(COURT, DAY(2018, 1, 18), us, by_mail=True)
    assert due.date == DAY(2018, 2, 23)
    assert "Tue 20 Feb 2018" in said(due, "Washington's Birthday")
    # Its other case: the period ends on a Friday, the third day is a Monday that is a holiday.
    assert deadlines.by_rule(COURT, DAY(2018, 1, 17), us, by_mail=True).date == DAY(2018, 2, 20)


# --- counts at their limits ---


def test_nothing_to_count_leaves_the_trigger_or_rolls_it(us: Calendar) -> None:
    assert deadlines.by_rule(COURT, SENT, us, count=0).date == SENT
    assert deadlines.by_rule(COURT, DAY(2018, 1, 27), us, count=0).date == DAY(2018, 1, 29)
    assert deadlines.by_rule(RULES["business-days"], DAY(2018, 1, 27), us, count=0).date == DAY(2018, 1, 29)


def test_a_thousand_days(us: Calendar) -> None:
    assert deadlines.by_rule(COURT, SENT, us, count=1000).date == SENT + dt.timedelta(days=1000)  # a Tuesday
    due = deadlines.by_rule(RULES["business-days"], SENT, us, count=1000)
    assert due.date == DAY(2022, 1, 20)  # so says the oracle on the statute's days
    assert due.later == DAY(2022, 1, 26)  # four closures lie between


def test_leap_days_and_year_ends_are_days(us: Calendar) -> None:
    assert deadlines.by_rule(COURT, DAY(2020, 2, 28), us, count=1).date == DAY(2020, 3, 2)  # Sat 29 Feb
    assert deadlines.by_rule(RULES["business-days"], DAY(2024, 2, 28), us, count=1).date == DAY(2024, 2, 29)
    assert deadlines.by_rule(COURT, DAY(2019, 12, 31), us, count=1).date == DAY(2020, 1, 2)


@pytest.mark.parametrize("key", ["frcp-34", "business-days"])
def test_a_count_beyond_the_calendar_is_refused(us: Calendar, key: str) -> None:
    with pytest.raises(CalendarTooShort, match=r"the calendar US covers 2007 to 2030") as caught:
        deadlines.by_rule(RULES[key], DAY(2030, 12, 20), us, count=30)
    assert (caught.value.code, caught.value.exit_code) == ("CALENDAR_TOO_SHORT", 39)
    assert deadlines.by_rule(RULES[key], DAY(2006, 12, 31), us, count=4).date == DAY(
        2007, 1, 4 if key == "frcp-34" else 5
    )
    with pytest.raises(CalendarTooShort):
        deadlines.backward(DAY(2007, 1, 10), 20, us)


def test_a_count_beyond_all_years_is_refused() -> None:
    plain = dataclasses.replace(COURT, roll="none")
    with pytest.raises(CalendarTooShort, match="9999"):
        deadlines.by_rule(plain, DAY(9999, 12, 1), invented(), count=31)
    with pytest.raises(CalendarTooShort, match="year 1,"):
        deadlines.backward(DAY(1, 1, 3), 4, invented())


@pytest.mark.parametrize(
    ("key", "options", "words"),
    [
        ("calendar-days", {}, "names no number of days"),
        ("frcp-34", {"extended": True}, "names no extension"),
        ("frcp-34", {"count": -1}, "-1 days"),
        ("frcp-34", {"pauses": [Pause(DAY(2018, 2, 1), None, "order")]}, "still running"),
    ],
)
def test_what_cannot_be_counted_is_refused(us: Calendar, key: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        deadlines.by_rule(RULES[key], SENT, us, **options)  # type: ignore[arg-type]


def test_a_count_that_an_order_changed_says_so(us: Calendar) -> None:
    due = deadlines.by_rule(COURT, SENT, us, count=15)
    assert due.date == DAY(2018, 2, 8)
    assert said(due, "Count:") == "Count: 15 days, as given, in place of the rule's 30."
    assert not any(line.startswith("Count:") for line in deadlines.by_rule(COURT, SENT, us).lines)


def test_the_short_clocks_of_2002() -> None:
    """FERC's rounds: 14 days from 8 May, 10 from 21 May, 10 from the order of 4 June 2002."""
    calendar = deadlines.compute_calendar("US", 2002, 2002)
    for trigger, count, due in [
        (DAY(2002, 5, 8), 14, DAY(2002, 5, 22)),
        (DAY(2002, 5, 21), 10, DAY(2002, 5, 31)),
        (DAY(2002, 6, 4), 10, DAY(2002, 6, 14)),
    ]:
        found = deadlines.by_rule(RULES["calendar-days"], trigger, calendar, count=count)
        assert (found.date, found.later) == (due, None)


def test_days_of_no_named_rule_show_both_dates(us: Calendar) -> None:
    found = deadlines.by_rule(RULES["calendar-days"], SENT, us, count=10)
    assert (found.date, found.later) == (DAY(2018, 2, 3), DAY(2018, 2, 5))


def test_extensions_of_any_length(us: Calendar) -> None:
    due = DAY(2018, 2, 23)
    assert deadlines.extended_by(due, 3, "days", us).date == DAY(2018, 2, 26)
    assert deadlines.extended_by(due, 1, "days", us).date == DAY(2018, 2, 26)  # Saturday rolls
    assert deadlines.extended_by(due, 1, "days", us, roll="none").date == DAY(2018, 2, 24)
    open_roll = deadlines.extended_by(due, 1, "days", us, roll="contested")
    assert (open_roll.date, open_roll.later) == (DAY(2018, 2, 24), DAY(2018, 2, 26))
    assert deadlines.extended_by(due, 17, "business days", us).date == DAY(2018, 3, 20)
    assert deadlines.extended_by(due, 0, "days", us).date == due
    assert "from Fri 23 Feb 2018" in deadlines.extended_by(due, 3, "days", us).lines[0]


def test_backward_counts_take_federal_days_only(us: Calendar, illinois: Calendar) -> None:
    # Seven days before Mon 19 Feb 2018 is Lincoln's Birthday, a holiday of Illinois alone.
    assert deadlines.backward(DAY(2018, 2, 19), 7, us).date == DAY(2018, 2, 12)
    assert said(deadlines.backward(DAY(2018, 2, 19), 7, us), "federal days only")
    for calendar in (illinois, us.joined(illinois)):
        with pytest.raises(ValueError, match="a state's days"):
            deadlines.backward(DAY(2018, 2, 19), 7, calendar)
    assert deadlines.backward(DAY(2026, 7, 18), 14, us).date == DAY(2026, 7, 2)  # past the observed Friday


def test_a_contested_closure_counted_backward_acts_on_the_earlier_date(us: Calendar) -> None:
    found = deadlines.backward(DAY(2019, 1, 7), 14, us)  # Mon 24 Dec 2018
    assert (found.date, found.later) == (DAY(2018, 12, 21), DAY(2018, 12, 24))


# --- calendars ---

CLOSURES = [
    DAY(2018, 12, 5), DAY(2018, 12, 24), DAY(2019, 12, 24), DAY(2020, 12, 24), DAY(2024, 12, 24), DAY(2025, 1, 9),
    DAY(2025, 12, 24), DAY(2025, 12, 26),
]  # fmt: skip


def test_the_federal_days_are_those_of_the_statute(us: Calendar) -> None:
    assert set(us.days) == federal_days(2007, 2030)


def test_closures_by_executive_order_are_contested_never_holidays(us: Calendar) -> None:
    assert [day for day in us.contested if day.year >= 2018] == CLOSURES
    assert not set(us.contested) & set(us.days)


@pytest.mark.parametrize("day", CLOSURES)
def test_each_closure_moves_the_later_date_alone(us: Calendar, day: DAY) -> None:
    assert us.off(day) == ""
    assert us.off(day, closures=True) == us.contested[day]
    found = deadlines.by_rule(COURT, day - dt.timedelta(days=30), us)
    assert found.date == day
    assert found.later is not None and found.later > day
    assert f"closed by executive order, {deadlines.shown(day)} ({us.contested[day]})" in said(found, "Contested")
    one = deadlines.by_rule(RULES["foia"], day - dt.timedelta(days=1), us, count=1)
    assert one.date == day
    assert one.later is not None and one.later > day


def test_a_holiday_next_to_a_closure_is_not_called_contested(us: Calendar) -> None:
    found = deadlines.by_rule(COURT, DAY(2025, 11, 24), us)
    assert (found.date, found.later) == (DAY(2025, 12, 24), DAY(2025, 12, 29))
    named = "Wed 24 Dec 2025 (Christmas Eve) and Fri 26 Dec 2025 (Day After Christmas)"
    assert said(found, "Contested").startswith(f"Contested: closed by executive order, {named}; ")


def test_a_closure_that_changes_no_date_is_not_mentioned(us: Calendar) -> None:
    found = deadlines.by_rule(COURT, DAY(2018, 12, 3), us)  # 5 and 24 Dec lie inside, Wed 2 Jan 2019 is the end
    assert (found.date, found.later) == (DAY(2019, 1, 2), None)
    assert not any("Contested" in line for line in found.lines)


def test_an_earlier_limit_ends_the_contest(us: Calendar) -> None:
    rule = RULES["frcp-45-objection"]
    both = deadlines.by_rule(rule, DAY(2018, 12, 10), us)
    assert (both.date, both.later) == (DAY(2018, 12, 24), DAY(2018, 12, 26))
    capped = deadlines.by_rule(rule, DAY(2018, 12, 10), us, not_after=DAY(2018, 12, 21))
    assert (capped.date, capped.later) == (DAY(2018, 12, 21), None)
    between = deadlines.by_rule(rule, DAY(2018, 12, 10), us, not_after=DAY(2018, 12, 25))
    assert (between.date, between.later) == (DAY(2018, 12, 24), DAY(2018, 12, 25))


def test_state_days_join_the_federal_ones_in_a_federal_court(us: Calendar, california: Calendar) -> None:
    both = us.joined(california)
    assert (both.key, both.version, both.first, both.last) == ("US+US-CA", us.version, 2010, 2030)
    chavez, columbus = DAY(2022, 3, 31), DAY(2018, 10, 8)
    assert both.off(chavez) and california.off(chavez) and not us.off(chavez)
    assert both.off(columbus) and us.off(columbus)
    assert both.federal and both.subnational
    assert [day for day in both.contested if day.year >= 2018] == CLOSURES
    due = deadlines.by_rule(COURT, DAY(2022, 3, 1), both)
    assert due.date == DAY(2022, 4, 1)
    with pytest.raises(ValueError, match="after the last"):
        us.joined(dataclasses.replace(california, first=2031, last=2032, days={}, contested={}))


def test_a_state_list_alone_lacks_federal_days(us: Calendar) -> None:
    """Why :meth:`Calendar.joined` is there: Texas as listed has no Columbus Day, a federal court there has."""
    texas = deadlines.compute_calendar("US-TX", 2018, 2018)
    assert not texas.off(DAY(2018, 10, 8))
    assert us.joined(texas).off(DAY(2018, 10, 8))


def test_a_calendar_survives_json_exactly(illinois: Calendar) -> None:
    again = Calendar.from_dict(json.loads(json.dumps(illinois.as_dict())))
    assert again == illinois
    assert again.fingerprint() == illinois.fingerprint()
    assert hash(again) == hash(illinois)


def test_a_fingerprint_changes_with_every_part() -> None:
    base = invented(DAY(2018, 3, 1), contested=(DAY(2018, 3, 2),))
    others = [
        dataclasses.replace(base, key="YY"), dataclasses.replace(base, version="invented 2"),
        dataclasses.replace(base, first=2017), dataclasses.replace(base, last=2020),
        dataclasses.replace(base, days={DAY(2018, 3, 1): "Fast"}), dataclasses.replace(base, contested={}),
    ]  # fmt: skip
    assert len({one.fingerprint() for one in [base, *others]}) == 7


def test_a_calendar_keeps_its_own_copy_in_order() -> None:
    days = {DAY(2018, 3, 2): "b", DAY(2018, 3, 1): "a"}
    one = Calendar("XX", "invented 1", 2018, 2018, days, {})
    days.clear()
    assert list(one.days) == [DAY(2018, 3, 1), DAY(2018, 3, 2)]


@pytest.mark.parametrize("key", ["", "us", "XX", "US-ZZ", "USA", "US-Illinois", "US-", "US-IL+", "ECB", "US\n"])
def test_an_unknown_key_is_refused(key: str) -> None:
    with pytest.raises(CalendarUnknown) as caught:
        deadlines.compute_calendar(key, 2018, 2018)
    assert (caught.value.code, caught.value.exit_code) == ("CALENDAR_UNKNOWN", 40)


@pytest.mark.parametrize("key", ["EG", "CN"])
def test_another_weekend_is_refused(key: str) -> None:
    with pytest.raises(CalendarUnknown, match="weekend"):
        deadlines.compute_calendar(key, 2020, 2020)


def test_years_the_library_does_not_know_are_refused() -> None:
    with pytest.raises(CalendarTooShort, match="2100"):
        deadlines.compute_calendar("US", 2099, 2101)
    with pytest.raises(ValueError, match="after the last"):
        deadlines.compute_calendar("US", 2019, 2018)


def test_another_country_works() -> None:
    zealand = deadlines.compute_calendar("NZ", 2018, 2018)
    assert zealand.off(DAY(2018, 2, 6)) == "Waitangi Day"
    assert deadlines.by_rule(RULES["business-days"], DAY(2018, 2, 5), zealand, count=1).date == DAY(2018, 2, 7)
    assert not zealand.contested


def test_a_calendar_does_not_depend_on_the_users_language(us: Calendar) -> None:
    code = "from tecum.deadlines import compute_calendar as c; print(c('US', 2007, 2030).fingerprint())"
    thai = {**os.environ, "LANGUAGE": "th", "LANG": "th_TH.UTF-8"}
    done = subprocess.run([sys.executable, "-c", code], env=thai, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == us.fingerprint()


def test_nothing_loads_the_holiday_library_before_it_is_needed() -> None:
    code = "import sys, tecum.deadlines as d; d.rules(); print('holidays' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_differences_over_the_years_both_cover() -> None:
    a, b, c, d, e, f, outside = (DAY(2018, 3, number) for number in (1, 2, 5, 6, 7, 8, 9))
    outside = outside.replace(year=2020)
    old = Calendar("XX", "1", 2018, 2019, {a: "A", b: "B", c: "C"}, {d: "D", e: "E"})
    new = Calendar("XX", "2", 2018, 2020, {a: "A", b: "Bee", d: "D", outside: "Z"}, {c: "C", f: "F"})
    assert [dataclasses.astuple(one) for one in deadlines.differences(old, new)] == [
        (b, "B", "Bee", "renamed", False),
        (c, "C", "C", "unsettled", True),
        (d, "D", "D", "settled", False),
        (e, "E", "", "removed", True),
        (f, "", "F", "added", True),
    ]
    assert deadlines.differences(old, old) == []
    with pytest.raises(ValueError, match="different places"):
        deadlines.differences(old, dataclasses.replace(old, key="YY"))


def test_a_newly_declared_holiday_moves_a_date_only_on_the_new_calendar(us: Calendar) -> None:
    newer = dataclasses.replace(us, version="newer", days={**us.days, DAY(2018, 2, 23): "Day of the Well"})
    assert deadlines.by_rule(COURT, SENT, us).date == DAY(2018, 2, 23)
    assert deadlines.by_rule(COURT, SENT, newer).date == DAY(2018, 2, 26)
    (change,) = deadlines.differences(us, newer)
    assert (change.date, change.old, change.new, change.kind) == (DAY(2018, 2, 23), "", "Day of the Well", "added")


# --- rules ---


def test_every_rule_is_well_formed() -> None:
    assert set(RULES) == {
        "frcp-34", "frcp-45-objection", "foia", "il-foia", "ca-pra", "ny-foil", "calendar-days", "business-days",
    }  # fmt: skip
    for key, rule in RULES.items():
        assert rule.key == key and rule.title and rule.citation and rule.trigger
        assert rule.unit in {"days", "business days"} and rule.roll in {"forward", "none", "contested"}
        assert rule.mail_days in {0, 3} and rule.calendar in {"federal", "state", "any"}
        assert rule.extension >= 0 and (rule.count is None or rule.count > 0)
        assert not rule.effective or DAY.fromisoformat(rule.effective)
        assert isinstance(rule.verified, bool)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_what_was_not_verified_says_so_in_every_account(us: Calendar, rule: Rule) -> None:
    lines = deadlines.by_rule(rule, SENT, us, count=9).lines
    assert any(line.startswith("Not verified") for line in lines) is not rule.verified
    assert any(line.startswith(f"Rule: {rule.key}, {rule.title}, {rule.citation}") for line in lines)


def test_facts_marked_unverified_in_the_reference_stay_so() -> None:
    assert {key for key, rule in RULES.items() if not rule.verified} == {"foia", "ca-pra"}
    assert "not verified" in RULES["ny-foil"].note


def test_a_text_younger_than_the_trigger_is_pointed_out(us: Calendar) -> None:
    early = deadlines.by_rule(COURT, DAY(2009, 11, 30), us)
    assert said(early, "younger than the trigger")
    assert not any("younger" in line for line in deadlines.by_rule(COURT, DAY(2009, 12, 1), us).lines)


@pytest.mark.parametrize(
    ("key", "calendar", "words"),
    [
        ("frcp-34", "US", "."),
        ("frcp-34", "US-IL", "the rule counts by the federal calendar"),
        ("frcp-34", "US+US-IL", "confirm them with the office"),
        ("il-foia", "US-IL", "confirm them with the office"),
        ("il-foia", "US", "the rule counts by the recipient's state calendar"),
        ("calendar-days", "US", "."),
    ],
)
def test_the_wrong_calendar_for_a_rule_is_pointed_out(
    us: Calendar, illinois: Calendar, key: str, calendar: str, words: str
) -> None:
    given = {"US": us, "US-IL": illinois, "US+US-IL": us.joined(illinois)}[calendar]
    line = said(deadlines.by_rule(RULES[key], SENT, given, count=9), "Calendar:")
    assert line.startswith(f"Calendar: {calendar}, holidays ") and words in line
    assert (words == ".") is (line == f"Calendar: {calendar}, {given.version}.")


def test_an_account_reads_like_a_letter(us: Calendar) -> None:
    assert deadlines.by_rule(COURT, DAY(2026, 6, 4), us).lines == (
        "Trigger: served on Thu 4 Jun 2026; the day itself is not counted (FRCP 6(a)(1)(A)).",
        "30 days, every day counted, weekends too (FRCP 6(a)(1)(B)): day 30 is Sat 4 Jul 2026.",
        "Sat 4 Jul 2026 (weekend) and Sun 5 Jul 2026 (weekend) cannot be the last day: the period runs on to "
        "Mon 6 Jul 2026 (FRCP 6(a)(1)(C)).",
        "Act by Mon 6 Jul 2026.",
        f"Calendar: US, {us.version}.",
        "Rule: frcp-34, Response to a request for production, Fed. R. Civ. P. 34(b)(2)(A), effective Tue 1 Dec 2009.",
        f"Note: {COURT.note}",
    )


def test_the_example_in_the_package_runs() -> None:
    assert doctest.testmod(deadlines).failed == 0
    assert doctest.testmod(deadlines).attempted > 0


# --- pauses and tolling ---

STAY = Pause(DAY(2018, 2, 1), DAY(2018, 2, 11), "order of 1 February 2018")  # ten days


def test_a_pause_moves_a_date_by_its_days_then_rolls(us: Calendar) -> None:
    due = deadlines.by_rule(COURT, SENT, us, pauses=[STAY])
    assert due.date == DAY(2018, 3, 5)
    assert said(due, "Left out") == "Left out for a pause: 10 days."
    assert "until Sun 11 Feb 2018, which counts again (order of 1 February 2018)" in said(due, "Pause:")
    business = deadlines.by_rule(RULES["foia"], SENT, us, pauses=[STAY])
    assert business.date == DAY(2018, 3, 5)  # 22 Feb and seven business days: 1, 2 and 5 to 9 Feb were paused


def test_tolled_shows_both_dates(us: Calendar) -> None:
    nominal = deadlines.by_rule(COURT, SENT, us)
    found = deadlines.tolled(nominal, [STAY], us, trigger=SENT, rule=COURT)
    assert (found.nominal, found.tolled, found.later, found.running) == (DAY(2018, 2, 23), DAY(2018, 3, 5), None, False)
    assert found.lines[0] == "Nominal date, without pauses: Fri 23 Feb 2018."
    assert said(found, "Act by") == "Act by Mon 5 Mar 2018."


def test_tolling_by_rule_keeps_mail_extension_and_limit(us: Calendar) -> None:
    mailed = deadlines.by_rule(COURT, SENT, us, by_mail=True)
    assert deadlines.tolled(mailed, [STAY], us, trigger=SENT, rule=COURT, by_mail=True).tolled == DAY(2018, 3, 8)
    rule = RULES["il-foia"]
    longer = deadlines.by_rule(rule, SENT, us, extended=True)
    assert longer.date == DAY(2018, 2, 7)
    assert deadlines.tolled(longer, [STAY], us, trigger=SENT, rule=rule, extended=True).tolled == DAY(2018, 2, 16)
    limit = DAY(2018, 2, 5)
    objection = RULES["frcp-45-objection"]
    capped = deadlines.by_rule(objection, SENT, us, not_after=limit)
    both = deadlines.tolled(capped, [STAY], us, trigger=SENT, rule=objection, not_after=limit)
    assert both.tolled == DAY(2018, 2, 15)  # the return date moves by ten days too, and stays the earlier
    with pytest.raises(ValueError, match="without its trigger"):
        deadlines.tolled(mailed, [STAY], us, rule=COURT)


def test_a_running_pause_leaves_no_date_and_says_what_remains(us: Calendar) -> None:
    running = Pause(DAY(2018, 2, 1), None, "order of 1 February 2018")
    found = deadlines.tolled(deadlines.by_rule(COURT, SENT, us), [running], us, trigger=SENT, rule=COURT)
    assert (found.tolled, found.later, found.running) == (None, None, True)
    assert "7 were counted before the pause that is still running, 23 remain" in said(found, "30 days")
    assert not any("Left out" in line for line in found.lines)
    stated = deadlines.tolled(deadlines.stated(DAY(2018, 2, 23), "letter"), [running], us)
    assert (stated.tolled, stated.running) == (None, True)
    assert "23 days remained when it began" in said(stated, "held up")
    assert said(stated, "No date can be given")


@pytest.mark.parametrize("began", [DAY(2018, 2, 23), DAY(2018, 2, 24)])
def test_a_pause_counts_from_the_date_itself_not_after_it(us: Calendar, began: DAY) -> None:
    for nominal, options in [
        (deadlines.by_rule(COURT, SENT, us), {"trigger": SENT, "rule": COURT}),
        (deadlines.stated(DAY(2018, 2, 23), "letter"), {}),
    ]:
        running = deadlines.tolled(nominal, [Pause(began, None, "order")], us, **options)  # type: ignore[arg-type]
        assert running.tolled == (None if began == nominal.date else nominal.date)
        ended = deadlines.tolled(nominal, [Pause(began, DAY(2018, 3, 2), "order")], us, **options)  # type: ignore[arg-type]
        assert ended.tolled == (DAY(2018, 3, 2) if began == nominal.date else nominal.date)
        assert ("no day of this count" in said(ended, "Pause:")) is (began != nominal.date)


def test_a_pause_between_the_last_day_and_the_day_it_rolls_to_holds_the_roll(us: Calendar) -> None:
    weekend = DAY(2018, 2, 16)  # day 30 is Sun 18 Mar, the date Mon 19 Mar
    nominal = deadlines.by_rule(COURT, weekend, us)
    pause = Pause(DAY(2018, 3, 19), DAY(2018, 3, 22), "order")
    assert deadlines.tolled(nominal, [pause], us, trigger=weekend, rule=COURT).tolled == DAY(2018, 3, 22)
    running = deadlines.tolled(nominal, [Pause(DAY(2018, 3, 19), None, "order")], us, trigger=weekend, rule=COURT)
    assert (running.tolled, running.running) == (None, True)
    assert "the date is open" in said(running, "cannot be the last day")


def test_a_second_pause_that_begins_before_the_tolled_date_counts(us: Calendar) -> None:
    second = Pause(DAY(2018, 3, 1), DAY(2018, 3, 3), "order of 1 March")
    nominal = deadlines.stated(DAY(2018, 2, 23), "letter")
    found = deadlines.tolled(nominal, [second, STAY], us)
    assert found.tolled == DAY(2018, 3, 7)
    assert "12 days paused before Fri 23 Feb 2018 are added to it" in said(found, "paused before")
    assert deadlines.tolled(nominal, [second], us).tolled == DAY(2018, 2, 23)


def test_a_stated_date_moves_by_the_paused_days_before_it(us: Calendar) -> None:
    nominal = deadlines.stated(DAY(2018, 2, 23), "letter")
    assert deadlines.tolled(nominal, [STAY], us).tolled == DAY(2018, 3, 5)
    eight = Pause(DAY(2018, 2, 1), DAY(2018, 2, 9), "order")
    assert deadlines.tolled(nominal, [eight], us).tolled == DAY(2018, 3, 5)  # Sat 3 Mar rolls
    overlapping = [STAY, Pause(DAY(2018, 2, 5), DAY(2018, 2, 13), "another")]
    assert deadlines.tolled(nominal, overlapping, us).tolled == DAY(2018, 3, 7)
    nothing = Pause(DAY(2018, 2, 5), DAY(2018, 2, 5), "withdrawn the same day")
    assert deadlines.tolled(nominal, [nothing], us).tolled == nominal.date
    on_saturday = deadlines.stated(DAY(2018, 2, 24), "letter")
    assert deadlines.tolled(on_saturday, [], us).tolled == on_saturday.date  # not moved, so not rolled


def test_days_before_the_trigger_are_not_made_up(us: Calendar) -> None:
    nominal = deadlines.stated(DAY(2018, 2, 23), "letter")
    early = Pause(DAY(2018, 1, 10), DAY(2018, 1, 29), "order")
    assert deadlines.tolled(nominal, [early], us, trigger=SENT).tolled == DAY(2018, 2, 27)  # 25 to 28 January
    assert deadlines.by_rule(COURT, SENT, us, pauses=[early]).date == DAY(2018, 2, 27)
    past = Pause(DAY(2018, 1, 10), DAY(2018, 1, 25), "order")
    assert deadlines.tolled(nominal, [past], us, trigger=SENT).tolled == DAY(2018, 2, 23)


def test_a_contested_date_is_tolled_on_both_sides(california: Calendar) -> None:
    rule = RULES["ca-pra"]
    nominal = deadlines.by_rule(rule, SENT, california)
    found = deadlines.tolled(nominal, [STAY], california, trigger=SENT, rule=rule)
    assert (found.nominal, found.nominal_later) == (DAY(2018, 2, 3), DAY(2018, 2, 5))
    assert (found.tolled, found.later) == (DAY(2018, 2, 13), None)
    unruled = deadlines.tolled(nominal, [STAY], california)
    assert (unruled.tolled, unruled.later) == (DAY(2018, 2, 13), DAY(2018, 2, 16))  # the 15th is a day off there
    between = deadlines.tolled(nominal, [Pause(DAY(2018, 2, 4), None, "order")], california, trigger=SENT, rule=rule)
    assert (between.tolled, between.later, between.running) == (DAY(2018, 2, 3), None, True)
    assert said(between, "Act by").endswith("the earlier date; another is open while the pause is running.")


def test_of_three_possible_dates_one_may_be_open() -> None:
    """Day 10 is Sat 22 Dec; if it rolls, Mon 24 Dec; if that closure counts, the pause from the 25th holds it up."""
    calendar = invented(contested=(DAY(2018, 12, 24),))
    rule = RULES["calendar-days"]
    nominal = deadlines.by_rule(rule, DAY(2018, 12, 12), calendar, count=10)
    assert (nominal.date, nominal.later) == (DAY(2018, 12, 22), DAY(2018, 12, 25))
    pause = Pause(DAY(2018, 12, 25), None, "order")
    found = deadlines.tolled(nominal, [pause], calendar, trigger=DAY(2018, 12, 12), rule=rule, count=10)
    assert (found.tolled, found.later, found.running) == (DAY(2018, 12, 22), DAY(2018, 12, 24), True)
    assert "the later one is Mon 24 Dec 2018 and another is open" in said(found, "Act by")


def test_a_tolled_date_that_rolls_into_a_closure_is_contested(us: Calendar) -> None:
    nominal = deadlines.stated(DAY(2018, 12, 14), "letter")
    found = deadlines.tolled(nominal, [Pause(DAY(2018, 12, 3), DAY(2018, 12, 13), "order")], us)
    assert (found.tolled, found.later) == (DAY(2018, 12, 24), DAY(2018, 12, 26))


def test_a_pause_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Pause(DAY(2018, 2, 2), DAY(2018, 2, 1), "typing error")
