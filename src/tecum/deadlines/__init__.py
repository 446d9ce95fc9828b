"""Deadlines that explain themselves: days counted by rule, back, stated, extended or tolled, on a recorded calendar.

Nothing here reads a clock, a matter or the machine's locale: the same arguments give the same date and the same
words. A date that hangs on an open question (does a closure by executive order count? does a last day roll?) is
given as two dates, the earlier one to act on.

    >>> import datetime as dt
    >>> from tecum import deadlines
    >>> calendar = deadlines.compute_calendar("US", 2017, 2019)
    >>> due = deadlines.by_rule(deadlines.rules()["frcp-34"], dt.date(2018, 1, 24), calendar)
    >>> due.date
    datetime.date(2018, 2, 23)
"""

from tecum.deadlines.calendar import Calendar, Change, compute_calendar, differences
from tecum.deadlines.counting import Pause, Roll, Unit
from tecum.deadlines.deadline import Deadline, backward, by_rule, extended_by, stated
from tecum.deadlines.rules import Rule, rules
from tecum.deadlines.tolling import Tolled, tolled
from tecum.deadlines.wording import shown

__all__ = [
    "Calendar", "Change", "Deadline", "Pause", "Roll", "Rule", "Tolled", "Unit", "backward", "by_rule",
    "compute_calendar", "differences", "extended_by", "rules", "shown", "stated", "tolled",
]  # fmt: skip
