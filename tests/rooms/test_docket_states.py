"""Every state of the docket by the event that leads to it, and what holds across its four answers."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docket_looks import look, rows
from docket_worlds import world

from tecum import verbs
from tecum.demand import board, effects, explain, record, tasks
from tecum.demand.kinds import LADDER
from tecum.demand.nouns import Ask, Award, Case, Demand, Docket, Event, Order, Recipient, from_plain, plain
from tecum.demand.orders import Orders
from tecum.demand.standing import Standing

# -- every state, by its event: one demand to two places of a made-up county ------------------------------

ANSWERED_BY = ("general counsel", "president")
DEMAND = Demand(
    "d", "Guidance to officers", "the oversight office", dated=dt.date(2018, 1, 24), due=dt.date(2018, 2, 23),
    recipients=("ashford", "birch"), pauses=("clarification", "payment"),
    requests=(Ask("1", "All orders"), Ask("2", "All training"), Ask("3", "Admit or deny", answer="admit or deny",
                                                                  oath=True, signers=ANSWERED_BY)),
)  # fmt: skip
AWARD = Award("g1", "ashford", "Patrol grants", year="2017", amount=Decimal(100_000), conditions=("notice", "access"))
SUIT = Case("k", "Ashford v. Oversight", "D. Made-up", "18-1", filed=dt.date(2018, 2, 1), parties=("ashford",))
IN_TIME, LATE = dt.date(2018, 2, 20), dt.date(2018, 3, 20)


def town(*events: Event, demand: Demand = DEMAND, orders: Sequence[Order] = ()) -> Docket:
    """The made-up county; events in order of entry get the ids E1, E2, ... unless they have one."""
    named = tuple(replace(one, id=one.id or f"E{seq}", seq=seq) for seq, one in enumerate(events, 1))
    people = (Recipient("ashford", "City of Ashford", "city", "IL"), Recipient("birch", "Birch County", "county", "CA"))
    return Docket(
        demands={demand.id: demand}, recipients={one.id: one for one in people}, awards={AWARD.id: AWARD},
        cases={SUIT.id: SUIT}, orders={one.id: one for one in orders}, events=named,
    )  # fmt: skip


def happened(
    kind: str, day: str, *requests: str, key: str = "", whom: Sequence[str] = ("ashford",), **data: str
) -> Event:
    """An event of 2018: ``day`` is month-day, with a time if need be."""
    said = {name.replace("_", "-"): value for name, value in data.items()}
    return Event(key, f"2018-{day}", kind, "d", tuple(whom), requests, said)


def ashford(docket: Docket, as_of: dt.date = LATE) -> Standing:
    return look(docket, as_of)[0]


def order(key: str, start: str, end: str = "", effect: str = "enjoin", **more: Any) -> Order:
    day = dt.date.fromisoformat(f"2018-{start}")
    until = dt.date.fromisoformat(f"2018-{end}") if end else None
    return Order(key, "k", "injunction", effect, day, until, **{"reach": ("parties",), **more})


SENT = (happened("approved", "01-23", approver="the head"), happened("sent", "01-24"))
SERVED = (*SENT, happened("served", "01-25"))
SETTLED_ALL = (*SERVED, happened("produced", "02-10", volume="V1"), happened("accepted", "02-12", by="Ms. Roe"))


@pytest.mark.parametrize(
    ("events", "as_of", "response", "overdue"),
    [
        ((), LATE, "drafted", False),
        (SENT[:1], LATE, "approved", False),
        (SENT, IN_TIME, "sent", False),
        ((*SENT, happened("undelivered", "01-30")), LATE, "undelivered", False),
        ((*SENT, happened("undelivered", "01-30"), happened("sent", "02-02")), IN_TIME, "sent", False),
        ((*SENT, happened("acknowledged", "01-26"), happened("undelivered", "01-30")), IN_TIME, "acknowledged", False),
        ((*SERVED, happened("approved", "02-01", approver="the head")), IN_TIME, "served", False),
        (SERVED, IN_TIME, "served", False),
        ((*SERVED, happened("acknowledged", "01-26", tracking="18-77")), IN_TIME, "acknowledged", False),
        ((*SERVED, happened("clarification-asked", "02-01")), LATE, "clarifying", False),
        ((*SERVED, happened("payment-asked", "02-01", amount="40")), LATE, "clarifying", False),
        ((*SERVED, happened("extension-granted", "02-20", until="2018-03-26")), LATE, "extended", False),
        ((*SERVED, happened("due-ordered", "02-20", until="2018-03-26")), LATE, "extended", False),
        ((*SERVED, happened("objected", "02-20", ground="burden")), LATE, "objected", False),
        ((*SERVED, happened("denied", "02-20", "1", exemption="7(1)(a)")), LATE, "objected", True),
        ((*SERVED, happened("produced", "02-20", "1", volume="V1")), LATE, "partially produced", True),
        ((*SERVED, happened("produced", "02-20", volume="V1")), LATE, "produced, under review", False),
        ((*SERVED, happened("answered", "02-20", answer="none exist")), LATE, "produced, under review", False),
        ((*SERVED, happened("stated-complete", "02-20")), IN_TIME, "produced, under review", False),
        ((*SERVED, happened("deficiency", "02-20", "1", code="gap", text="a gap")), IN_TIME, "deficient", False),
        (SETTLED_ALL, LATE, "produced, under review", False),
        ((*SETTLED_ALL, happened("signed-off", "02-13", by="Mr. Doe")), LATE, "complete", False),
        ((*SERVED, happened("refused", "02-20", reason="no authority")), LATE, "refused", False),
        (SERVED, LATE, "no response", True),
        ((*SERVED, happened("withdrawn", "02-20")), LATE, "withdrawn", False),
        ((*SERVED, happened("superseded", "02-20", by="d")), LATE, "superseded", False),
        ((*SERVED, happened("consolidated", "02-20", into="d")), LATE, "consolidated", False),
        ((*SERVED, happened("closed", "02-20", by="Ms. Roe")), LATE, "closed", False),
    ],
)  # fmt: skip
def test_a_state_of_the_response(events: Sequence[Event], as_of: dt.date, response: str, overdue: bool) -> None:
    row = ashford(town(*events), as_of)
    assert (row.response, row.overdue) == (response, overdue)


@pytest.mark.parametrize("kind", LADDER)
def test_a_step_of_force_is_the_state_of_enforcement(kind: str) -> None:
    before = (happened("subpoena-authorised", "03-01", by="Ms. Roe"),) if kind == "subpoena-served" else ()
    row = ashford(town(*SERVED, *before, happened(kind, "03-02", by="Ms. Roe")))
    assert kind.split("-")[0] in row.enforcement.replace("reminder", "reminded").replace("order to comply", kind)
    assert row.conflicts == () and explain.lines(row)
    satisfied = town(*SERVED, *before, happened(kind, "03-02"), happened("enforcement-satisfied", "03-05"))
    assert ashford(satisfied).enforcement == "satisfied"


@pytest.mark.parametrize(
    ("events", "orders", "litigation"),
    [
        ((), (), "suit filed"),
        ((happened("motion", "02-03", case="k"),), (), "motion pending"),
        ((), (order("tro", "02-03", "02-17", freezes=("response",)),), "injunction no longer in force"),
        ((), (order("pi", "02-03"),), "injunction"),
        ((), (order("pi", "02-03", reach=("nationwide",)),), "injunction, nationwide"),
        ((), (order("pi", "02-03"), order("less", "02-09", effect="narrow", target="pi")), "injunction (narrow)"),
        ((), (order("pi", "02-03"), order("stay", "02-09", effect="stay", target="pi")), "injunction"),
        ((), (order("pi", "02-03"), order("gone", "02-09", effect="vacate", target="pi")), "injunction (vacate)"),
        ((), (order("pi", "02-03"), order("yes", "02-09", effect="affirm", target="pi")), "injunction (affirm)"),
        ((happened("judgment", "02-10", case="k"),), (order("pi", "02-03"),), "judgment"),
        ((happened("judgment", "02-10", case="k"), happened("appealed", "02-11", case="k")), (), "appealed"),
        ((happened("settled", "02-10", case="k"),), (), "settled"),
        ((happened("dismissed", "02-10", case="k"),), (), "dismissed"),
    ],
)  # fmt: skip
def test_a_state_of_the_litigation(events: Sequence[Event], orders: Sequence[Order], litigation: str) -> None:
    docket = town(*SERVED, *events, orders=orders)
    assert ashford(docket).litigation == litigation
    assert ashford(docket, dt.date(2018, 1, 31)).litigation == "none"
    assert look(docket, LATE)[1].litigation == ("reached by an order" if "nationwide" in litigation else "none")


@pytest.mark.parametrize(
    ("acts", "consequence", "at_stake"),
    [
        ((), "none", 0),
        (("at-risk",), "at risk", 100_000),
        (("at-risk", "withheld"), "withheld", 100_000),
        (("conditioned",), "conditioned", 100_000),
        (("withheld", "released"), "released", 0),
        (("terminated",), "terminated", 100_000),
        (("terminated", "restored"), "restored", 0),
        (("withheld", "at-risk"), "withheld", 100_000),  # a threat takes back nothing
    ],
)
def test_a_state_of_the_consequence(acts: Sequence[str], consequence: str, at_stake: int) -> None:
    events = [happened(kind, f"03-{day:02}", award="g1") for day, kind in enumerate(acts, 1)]
    row = ashford(town(*SERVED, *events))
    assert (row.consequence, row.at_stake) == (consequence, at_stake)


# -- what holds across the regions -------------------------------------------------------------------------

WITHHELD = happened("withheld", "02-15", award="g1", condition="notice")
ON_NOTICE = order("pi", "02-10", conditions=("notice",), freezes=("consequence",))


def test_an_order_on_one_condition_freezes_that_and_no_other() -> None:
    row = ashford(town(*SERVED, WITHHELD, orders=[ON_NOTICE]))
    assert row.consequence == "none" and row.frozen_by == ()  # the other condition is not covered
    assert row.conflicts == (
        "withheld on 2018-02-15 (E4), award g1, although order pi froze it: it is not given effect.",
    )
    access = replace(WITHHELD, data={"award": "g1", "condition": "access"})
    assert ashford(town(*SERVED, access, orders=[ON_NOTICE])).consequence == "withheld"


def test_an_order_freezes_no_fact_and_no_duty_it_does_not_name() -> None:
    volume = happened("produced", "02-16", volume="V1")
    row = ashford(town(*SERVED, volume, orders=[replace(ON_NOTICE, conditions=())]))
    assert [each.disposition for each in row.requests] == ["produced"] * 3
    assert row.clock.due == DEMAND.due and not row.clock.paused and row.stayed_by == ()
    assert row.frozen_by == ("pi",)


def test_a_stay_pauses_the_clock_and_shows_both_dates() -> None:
    stay = order("stay", "02-10", "02-20", freezes=("response",))
    during = ashford(town(*SERVED, orders=[stay]), dt.date(2018, 2, 15))
    assert during.clock.paused and (during.clock.due, during.clock.nominal) == (None, DEMAND.due)
    assert not during.overdue and [task.key for task in tasks.tasks(during)] == ["wait"]
    after = ashford(town(*SERVED, orders=[stay]), dt.date(2018, 3, 4))
    assert (after.clock.due, after.clock.nominal, after.overdue) == (dt.date(2018, 3, 5), DEMAND.due, False)
    assert ashford(town(*SERVED, orders=[stay]), dt.date(2018, 3, 6)).overdue


def test_a_cure_is_not_late_while_the_duty_rests() -> None:
    lacking = happened("deficiency", "02-01", "1", key="gap", code="gap", text="a gap", due="2018-02-12")
    noticed = happened("deficiency-noticed", "02-01", deficiency="gap")
    docket = town(*SERVED, lacking, noticed, orders=[order("stay", "02-10", "02-20", freezes=("response",))])
    during = ashford(docket, dt.date(2018, 2, 15))
    assert not during.overdue and not any(task.late for task in tasks.tasks(during))
    assert ashford(docket, dt.date(2018, 2, 20)).overdue


def test_closing_needs_met_steps_and_no_money_held_back() -> None:
    reminded = happened("reminded", "03-01")
    closed = happened("closed", "03-19", by="Ms. Roe")
    docket = town(*SERVED, reminded, WITHHELD)
    refusals = effects.forbidden(docket, ashford(docket), closed)
    assert [one.message for one in refusals] == [
        "enforcement stands at reminder: the file cannot be closed", "award g1 is withheld: the file cannot be closed",
    ]  # fmt: skip
    row = ashford(effects.with_events(docket, [replace(closed, id="N1")]))
    assert row.ended and [line.split(" although ")[1] for line in row.conflicts] == [
        "enforcement stands at reminder.", "award g1 is withheld.",
    ]  # fmt: skip
    met = town(
        *SERVED,
        reminded,
        WITHHELD,
        happened("enforcement-satisfied", "03-02"),
        happened("released", "03-02", award="g1"),
    )
    assert effects.forbidden(met, ashford(met), closed) == []
    assert ashford(effects.with_events(met, [replace(closed, id="N1")])).conflicts == ()


def test_what_ends_in_other_regions_after_the_file_is_closed_is_no_conflict() -> None:
    after = [happened("settled", "03-02", case="k"), happened("released", "03-02", award="g1"),
             happened("hold-sent", "03-02", custodian="the clerk")]  # fmt: skip
    row = ashford(town(*SERVED, happened("closed", "03-01", by="Ms. Roe"), *after))
    assert (row.conflicts, row.litigation, row.consequence) == ((), "settled", "released")


def test_no_step_is_taken_on_the_day_of_the_withdrawal_or_after() -> None:
    docket = town(*SERVED, happened("withdrawn", "03-10T10:00"))
    row = ashford(docket)
    forbidden = {day: bool(effects.forbidden(docket, row, happened("reminded", day)))
                 for day in ("03-09", "03-10", "03-10T09:00", "03-10T11:00", "03-11")}  # fmt: skip
    assert list(forbidden.values()) == [False, True, False, True, True]


def test_a_step_against_everybody_leaves_out_those_whom_an_order_protects() -> None:
    stay = order("stay", "02-10", freezes=("enforcement",))
    docket = town(*SERVED, orders=[stay])
    everybody = happened("reminded", "03-01", whom=())
    allowed, refused = effects.split_forbidden(docket, look(docket, LATE), [everybody])
    assert [one.recipients for one in allowed] == [("birch",)]
    assert [(one.recipient, one.order) for one in refused] == [("ashford", "stay")]
    free = town(*SERVED)
    assert effects.split_forbidden(free, look(free, LATE), [everybody]) == ([everybody], [])


def test_lifting_asks_a_person_and_does_nothing_itself() -> None:
    both = order("pi", "03-01", "03-10", freezes=("consequence",))
    docket = town(*SERVED, WITHHELD, orders=[both])
    frozen, free = ashford(docket, dt.date(2018, 3, 9)), ashford(docket, dt.date(2018, 3, 10))
    assert frozen.consequence == free.consequence == "withheld"
    assert (frozen.frozen_by, free.frozen_by) == (("pi",), ())
    assert tasks.next_task(free).key == "lifted/pi/g1"


# -- answers, deficiencies and joint acts ------------------------------------------------------------------


def test_an_answer_under_oath_lacks_what_its_form_wants() -> None:
    """The shape of the 2002 requests: sworn, and signed by an officer of rank."""
    short = ashford(town(*SERVED, happened("answered", "02-20", "3", answer="denied", rank="clerk")))
    assert short.requests[2].why == "not sworn; signed by clerk, wanted: general counsel, president"
    review = next(task for task in tasks.tasks(short) if task.key == "review")
    assert review.what == f"review the answer to request 3 ({short.requests[2].why})"
    whole = happened("answered", "02-20", "3", answer="admitted", oath="yes", rank="President")
    assert ashford(town(*SERVED, whole)).requests[2].why == ""


def test_a_joint_response_answers_for_each_and_each_keeps_its_own_numbers() -> None:
    joint = happened("produced", "02-20", volume="V1", whom=("ashford", "birch"))
    docket = town(*SERVED, happened("acknowledged", "01-26", tracking="18-77"),
                  happened("acknowledged", "01-29", tracking="18-78"), joint)  # fmt: skip
    first, second = look(docket, LATE)
    assert first.response == second.response == "produced, under review"
    assert (board.tracking(first), board.tracking(second)) == (["18-77", "18-78"], [])


def test_a_deficiency_found_after_the_acceptance_makes_the_request_short_again() -> None:
    found = happened("deficiency", "02-20", "1", key="gap", code="gap", text="a gap")
    row = ashford(town(*SETTLED_ALL, happened("signed-off", "02-13", by="Mr. Doe"), found))
    assert (row.response, row.requests[0].disposition) == ("deficient", "short")
    cured = town(*SETTLED_ALL, happened("signed-off", "02-13", by="Mr. Doe"), found,
                 happened("deficiency-cured", "03-01", deficiency="gap"))  # fmt: skip
    assert ashford(cured).response == "complete"


def test_an_acceptance_of_what_is_short_leaves_the_deficiency_to_be_decided() -> None:
    gap = happened("deficiency", "02-11", "1", key="gap", code="gap", text="a gap", due="2018-02-14")
    row = ashford(
        town(*SETTLED_ALL[:-1], gap, happened("deficiency-noticed", "02-11", deficiency="gap"), SETTLED_ALL[-1])
    )
    assert (row.response, row.overdue, row.requests[0].disposition) == ("deficient", False, "satisfied")
    assert [(task.key, task.who) for task in tasks.tasks(row)] == [("deficiency/gap", "issuer")]


def test_a_volume_brings_back_no_request_that_was_given_up() -> None:
    row = ashford(town(*SERVED, happened("request-withdrawn", "02-01", "1"),
                       happened("request-waived", "02-01", "2", by="Ms. Roe"),
                       happened("produced", "02-20", "1", "2", "3", volume="V1")))  # fmt: skip
    assert [each.disposition for each in row.requests] == ["withdrawn", "waived", "produced"]


def test_a_late_volume_reopens_what_was_complete_and_the_sign_off_stays_on_record() -> None:
    row = ashford(
        town(*SETTLED_ALL, happened("signed-off", "02-13", by="Mr. Doe"), happened("produced", "03-01", volume="V2"))
    )
    assert row.response == "produced, under review" and tasks.next_task(row).key == "sign-off"
    assert any("signed-off" in line for line in explain.lines(row))


def test_an_objection_to_one_request_is_not_answered_by_a_word_on_another() -> None:
    docket = town(*SERVED, happened("objected", "02-01", "1", ground="burden"),
                  happened("objected", "02-02", "2", ground="scope"),
                  happened("objection-answered", "02-05", "2", text="narrowed"))  # fmt: skip
    assert [task.key for task in tasks.tasks(ashford(docket, IN_TIME))][:1] == ["answer/objection/E4"]


def test_a_task_keeps_its_key_when_another_conflict_comes_before_it() -> None:
    cure = happened("deficiency-cured", "02-10", key="C", deficiency="none")
    earlier = happened("deficiency-cured", "02-01", key="B", deficiency="none")
    one = {task.key for task in tasks.tasks(ashford(town(*SERVED, cure)))}
    two = {task.key for task in tasks.tasks(ashford(town(*SERVED, cure, earlier)))}
    assert one < two


def test_a_recipient_of_an_event_has_a_row_though_the_demand_does_not_list_it() -> None:
    alone = replace(DEMAND, recipients=("ashford",))
    gap = happened("deficiency", "02-11", "1", key="gap", code="gap", text="a gap", whom=("birch",))
    assert [each.id for each in look(town(gap, demand=alone), LATE)[1].deficiencies] == ["gap"]


def test_an_event_on_a_case_alone_concerns_its_parties() -> None:
    ruled = Event("", "2018-02-10", "judgment", data={"case": "k", "text": "for the city"})
    first, second = look(town(*SERVED, ruled), LATE)
    assert (first.litigation, second.litigation) == ("judgment", "none")


def test_holds_by_custodian() -> None:
    docket = town(happened("hold-sent", "01-25", custodian="the chief"),
                  happened("hold-sent", "01-25", custodian="the clerk"),
                  happened("hold-acknowledged", "01-27", custodian="the chief"),
                  happened("hold-released", "03-01", custodian="the chief"))  # fmt: skip
    assert [(each.custodian, each.state) for each in ashford(docket).holds] == [
        ("the chief", "released"), ("the clerk", "sent"),
    ]  # fmt: skip


# -- clocks --------------------------------------------------------------------------------------------------


def due(*events: Event, as_of: dt.date = LATE, **changes: Any) -> tuple[str, str, str]:
    """The return date, the nominal one and the other one where it is contested."""
    ticking = ashford(town(*events, demand=replace(DEMAND, **changes)), as_of).clock
    return str(ticking.due), str(ticking.nominal), str(ticking.later)


def test_a_demand_that_says_itself_when_it_was_served_counts_from_there() -> None:
    by_rule = {"due": None, "rule": "frcp-34", "served": dt.date(2018, 1, 24)}
    assert due(**by_rule)[0] == "2018-02-23"
    row = ashford(town(demand=replace(DEMAND, **by_rule)), LATE)
    assert (row.response, row.overdue) == ("no response", True)


def test_an_order_gives_a_date_where_none_was_stated() -> None:
    set_by_court = happened("due-ordered", "02-01", until="2018-03-12")
    assert due(*SERVED, set_by_court, due=None)[0] == "2018-03-12"
    assert due(*SERVED, due=None) == ("None", "None", "None")


def test_the_later_of_two_extensions_replaces_the_other_whenever_it_was_entered() -> None:
    first = happened("extension-granted", "02-10", until="2018-03-09")
    second = happened("extension-granted", "02-20", until="2018-03-02")
    assert due(*SERVED, first, second)[0] == due(*SERVED, second, first)[0] == "2018-03-02"


def test_more_days_come_on_top_of_what_a_pause_added() -> None:
    paused = [happened("payment-asked", "02-01", amount="40"), happened("payment-made", "02-11", amount="40")]
    assert due(*SERVED, *paused) == ("2018-03-05", "2018-02-23", "None")
    longer = happened("extension-granted", "02-20", days="30")
    assert due(*SERVED, *paused, longer) == (
        "2018-04-04",
        "2018-03-26",
        "None",
    )  # without the pause it were Sunday the 25th
    assert due(*SERVED, *paused, happened("extension-granted", "02-20", until="2018-03-26"))[0] == "2018-03-26"


def test_a_pause_that_runs_when_days_are_granted_goes_on_moving_the_date() -> None:
    asked, longer = happened("payment-asked", "02-01", amount="40"), happened("extension-granted", "02-10", days="30")
    assert due(*SERVED, asked, longer) == ("None", "2018-03-26", "None")
    paid = happened("payment-made", "02-20", amount="40")  # 19 days: Saturday 14 April, and on to Monday
    assert due(*SERVED, asked, longer, paid) == ("2018-04-16", "2018-03-26", "None")


def test_an_extension_put_on_paper_after_its_own_date_does_not_end_a_stay() -> None:
    stay = order("stay", "02-10", freezes=("response",))
    confirmed = happened("extension-granted", "03-10", until="2018-02-28")
    row = ashford(town(*SERVED, confirmed, orders=[stay]))
    assert row.clock.paused and not row.overdue


def test_a_contested_date_stays_contested_when_it_is_extended() -> None:
    california = {"due": None, "rule": "ca-pra", "served": dt.date(2018, 1, 24)}
    assert due(**california) == ("2018-02-03", "2018-02-03", "2018-02-05")  # a Saturday
    longer = happened("extension-taken", "02-02", days="14", reason="volume")
    assert due(longer, **california) == ("2018-02-20", "2018-02-20", "None")  # both roll over Presidents' Day
    other = happened("extension-taken", "02-02", days="17", reason="volume")
    assert due(other, **california) == ("2018-02-20", "2018-02-20", "2018-02-22")


def test_a_closure_by_executive_order_gives_two_dates() -> None:
    served = {"due": None, "rule": "frcp-34", "served": dt.date(2018, 11, 5)}
    assert due(as_of=dt.date(2018, 12, 1), **served) == ("2018-12-05", "2018-12-05", "2018-12-06")


def test_a_pause_that_begins_again_only_later_does_not_pause_today() -> None:
    rests = order("rests", "02-01", freezes=("response",))
    lifted = order("lifted", "02-10", "03-02", effect="stay", target="rests")
    docket = town(*SERVED, orders=[rests, lifted])
    assert ashford(docket, dt.date(2018, 3, 1)).clock.due == dt.date(2018, 3, 5)
    assert ashford(docket, dt.date(2018, 3, 2)).clock.paused


# -- time and entry --------------------------------------------------------------------------------------------


def test_what_has_no_time_follows_its_cause_of_that_day() -> None:
    gap = happened("deficiency", "02-11T09:30", "1", key="gap", code="gap", text="a gap")
    row = ashford(town(*SERVED, happened("deficiency-cured", "02-11", deficiency="gap"), gap))
    assert [each.state for each in row.deficiencies] == ["cured"] and row.conflicts == ()


def test_what_has_no_time_stands_before_what_rests_on_it_whatever_else_came_later_that_day() -> None:
    gap = happened("deficiency", "02-11", "1", key="gap", code="gap", text="a gap")
    waived = happened("deficiency-waived", "02-11T21:00", deficiency="gap", by="Ann Poe")
    later = happened("extension-granted", "02-11T23:30", until="2018-04-02")
    row = ashford(town(*SERVED, gap, waived, later))
    assert [each.state for each in row.deficiencies] == ["waived"] and row.conflicts == ()
    hold = (
        happened("hold-sent", "02-11", custodian="chief"),
        happened("hold-acknowledged", "02-11T09:00", custodian="chief"),
    )
    row = ashford(town(*SERVED, *hold, happened("acknowledged", "02-11T10:00")))
    assert [each.state for each in row.holds] == ["acknowledged"]


def wrong(key: str, event: str, **data: str) -> Event:
    return Event(key, "2018-03-15", "corrected", data={"event": event, "reason": "it was wrong", **data})


@pytest.mark.parametrize(
    ("corrections", "response"),
    [
        ((), "withdrawn"),
        ((wrong("C1", "W", retract="yes"),), "served"),
        ((wrong("C1", "W", retract="yes"), wrong("C2", "C1", retract="yes")), "withdrawn"),
        ((wrong("C2", "C1", retract="yes"), wrong("C1", "W", retract="yes")), "withdrawn"),  # rows of one file
        ((wrong("C1", "W", retract="yes"), wrong("C2", "C1", retract="yes"), wrong("C3", "C2", retract="yes")),
         "served"),
        ((wrong("C1", "W", happened="2018-02-22"),), "served"),
        ((wrong("C1", "W", happened="2018-02-22"), wrong("C2", "C1", happened="2018-02-19")), "withdrawn"),
        ((wrong("C1", "W", happened="2018-02-22"), wrong("C2", "W", happened="2018-02-19")), "withdrawn"),
        ((wrong("C1", "W", kind="note"),), "served"),
        ((wrong("C1", "W", recipients="birch"),), "served"),
        ((wrong("C1", "C2", retract="yes"), wrong("C2", "C1", retract="yes")), "withdrawn"),  # they never meet an event
    ],
)  # fmt: skip
def test_corrections_and_their_corrections(corrections: Sequence[Event], response: str) -> None:
    docket = town(*SERVED, happened("withdrawn", "02-10", key="W"), *corrections)
    assert ashford(docket, IN_TIME).response == response


@pytest.mark.parametrize(
    ("orders", "days"),
    [
        ([order("a", "02-10", "02-20")], "11"),
        ([order("a", "02-10"), order("s", "02-12", "02-15", effect="stay", target="a")], "11001"),
        ([order("a", "02-10"), order("s", "02-12", effect="stay", target="a"),
          order("t", "02-15", "02-18", effect="stay", target="s")], "11001"),  # a stay of a stay
        ([order("a", "02-10"), order("v", "02-12", effect="vacate", target="a")], "11000"),
        ([order("a", "02-10"), order("v", "02-12", effect="vacate", target="a"),
          order("w", "02-15", effect="vacate", target="v")], "110011"),  # a vacated vacatur
        ([order("a", "02-10"), order("v", "02-12", effect="vacate", target="a"),
          order("w", "02-12", effect="stay", target="v")], "1111"),  # the mandate is stayed at once
        ([order("a", "02-10"), order("n", "02-12", "02-15", effect="narrow", target="a")], "11000"),
        ([order("a", "02-10"), order("s", "02-12", effect="stay", target="b"),
          order("b", "02-12", effect="stay", target="s")], "11111"),
    ],
)  # fmt: skip
def test_on_which_days_an_order_is_in_force(orders: Sequence[Order], days: str) -> None:
    """Day by day: 10, 11, 12, 14, 15, 19 February, as many as are given."""
    docket, seen = town(orders=orders), (10, 11, 12, 14, 15, 19)
    found = [Orders(docket, LATE).in_force(orders[0], dt.date(2018, 2, day)) for day in seen[: len(days)]]
    assert "".join(str(int(one)) for one in found) == days


# -- the store ---------------------------------------------------------------------------------------------------


@pytest.fixture
def matters(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Makes empty matters of the demanding side."""
    opened: list[Any] = []

    def make() -> Any:
        opened.append(verbs.init(tmp_path / f"m{len(opened)}", side="demanding", time_zone="America/Chicago"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def stored(matter: Any, docket: Docket, acts: Sequence[Sequence[Event]]) -> Docket:
    """The docket as it is read back after its events were entered in several acts."""
    nouns = [*docket.recipients.values(), *docket.demands.values(), *docket.awards.values(), *docket.cases.values(),
             *docket.orders.values()]  # fmt: skip
    last = 0
    for entered in ([record.row_of(one) for one in nouns], *([record.row_of(one) for one in act] for act in acts)):
        record.enter(matter, entered, "demand record", "test", last)
        with matter.read() as db:
            found = record.load(db)
            assert record.verify(db) == found.last
        last = found.last
    return found


@pytest.mark.usefixtures("one_day")
def test_what_is_stored_stands_as_what_was_given(matters: Callable[[], Any]) -> None:
    for number in range(8):
        one = world(random.Random(f"stored/{number}"))
        events = one.docket.events
        ordered = [replace(event, data=dict(sorted(event.data.items()))) for event in events]  # as rows are written
        found = stored(matters(), one.docket, [events[:2], events[2:]])
        assert [(event.content(), event.id) for event in found.events] == [
            (event.content(), event.id) for event in events
        ]
        assert rows(found, one.as_of) == rows(replace(one.docket, events=tuple(ordered)), one.as_of)


def test_nouns_are_written_and_read_without_loss() -> None:
    for number in range(100):
        one = world(random.Random(f"stored/{number}"))
        nouns = [*one.docket.demands.values(), *one.docket.recipients.values(), *one.docket.awards.values(),
                 *one.docket.cases.values(), *one.docket.orders.values()]  # fmt: skip
        for noun in (*nouns, *(replace(event, seq=0) for event in one.docket.events)):
            values = json.loads(json.dumps(plain(noun)))
            assert from_plain(type(noun).__name__.lower(), values) == noun
            assert from_plain(type(noun).__name__.lower(), {**values, "mood": "grave"}) == noun
    nothing = replace(AWARD, amount=Decimal(0))
    assert from_plain("award", plain(nothing)) == nothing
    newer = plain(DEMAND)
    newer["requests"][0]["mood"] = "grave"
    assert from_plain("demand", newer) == DEMAND
