"""Who acts next: the tasks that follow from where a recipient stands, each with its reason and its date.

A demand that has ended has none, and a step that an order freezes is not asked for: the task then says what is
waited for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tecum.demand.answers import SETTLED
from tecum.demand.kinds import ANSWERING, KINDS, LADDER
from tecum.demand.standing import STEP_WORDS, Standing
from tecum.demand.timeline import natural

ISSUER, RECIPIENT, COURT, NOBODY = "issuer", "recipient", "court", "nobody"
_OWED: Final = {
    "objection": "answer the objection",
    "extension": "grant or refuse the extension",
    "clarification": "answer the question",
    "payment": "pay or dispute the fee",
}

# Acts of the issuer, which nobody asks of those who only follow somebody else's demand.
_ACTS: Final = ("send", "send-again", "proof", "notice", "escalate", "sign-off", "close")


@dataclass(frozen=True)
class Task:
    """One thing to do. ``key`` stays the same as long as the task is the same; ``late`` when ``by`` has passed."""

    key: str
    who: str
    what: str
    by: dt.date | None = None
    late: bool = False

    def __str__(self) -> str:
        """As it is read aloud."""
        return f"{self.who}: {self.what}" + (f" by {self.by}" if self.by else "") + (" (late)" if self.late else "")


def tasks(one: Standing) -> list[Task]:
    """Everything that is to be done about one recipient, each thing once, the first thing first."""
    if one.ended:
        return []
    steps = [task for task in _steps(one) if not one.demand.observed or task.key.partition("/")[0] not in _ACTS]
    return list({task.key: task for task in (*_lifted(one), *_conflicts(one), *steps)}.values())


def next_task(one: Standing, ours: str = ISSUER) -> Task:
    """The first of them; nobody acts when there is none. The side that answers sees its own first."""
    todo = tasks(one)
    own = (task for task in todo if ours == RECIPIENT and task.who == RECIPIENT)
    return next(own, None) or next(iter(todo), Task("none", NOBODY, "nothing is to be done"))


def _lifted(one: Standing) -> Iterator[Task]:
    for hanging in one.awards:
        for order, since in hanging.lifted:
            said = f"decide on award {hanging.award.id}: order {order} no longer freezes it since {since}"
            yield Task(f"lifted/{order}/{hanging.award.id}", ISSUER, said)


def _conflicts(one: Standing) -> Iterator[Task]:
    for said in one.conflicts:
        yield Task(f"conflict/{said}", ISSUER, f"look into: {said}")


def _steps(one: Standing) -> Iterator[Task]:
    if one.response in ("drafted", "approved"):
        yield Task("send", ISSUER, "approve the demand and send it" if one.response == "drafted" else "send the demand")
        return
    if one.response == "undelivered":
        yield Task("send-again", ISSUER, "send the demand by another way: it came back")
        return
    if one.response == "complete":
        yield Task("close", ISSUER, "close the file")
        return
    yield from _owed(one)
    yield from _cures(one)
    yield from _review(one)
    yield from _answer(one)


def _owed(one: Standing) -> Iterator[Task]:
    for key, event in one.answers.pending.items():
        yield Task(f"answer/{key}", ISSUER, f"{_OWED[key.partition('/')[0]]} of {event.day}")


def _review(one: Standing) -> Iterator[Task]:
    left = [each for each in one.requests if each.disposition not in SETTLED]
    if one.requests and not left and not one.answers.open_deficiencies:
        yield Task("sign-off", ISSUER, "sign the answer off: every request is settled")
        return
    answered = [
        f"{each.number} ({each.why})" if each.why and each.disposition != "produced" else each.number
        for each in left
        if each.disposition == "produced" or each.disposition.startswith("answered")
    ]
    if answered:
        yield Task("review", ISSUER, f"review the answer to request {', '.join(answered)}")


def _cures(one: Standing) -> Iterator[Task]:
    unsent = [each.id for each in one.deficiencies if each.open and not each.noticed and one.answers.owed(each)]
    unsent.sort(key=natural)
    if unsent:
        yield Task("notice", ISSUER, f"send the deficiency notice for {', '.join(unsent)}")
    for each in one.deficiencies:
        if each.state in ("answered", "disputed"):
            yield Task(f"deficiency/{each.id}", ISSUER, f"decide on deficiency {each.id}, which was {each.state}")
        elif each.open and not one.answers.owed(each):
            said = f"waive deficiency {each.id}, or say what is still owed: what it concerns is settled"
            yield Task(f"deficiency/{each.id}", ISSUER, said)
        elif each.open and each.noticed and one.resting:
            yield Task("wait", NOBODY, "the duty to answer rests by order")
        elif each.open and each.noticed:
            late = each.due is not None and each.due < one.as_of
            if late:
                yield from _escalate(one, f"deficiency {each.id} was not cured")
            yield Task(f"cure/{each.id}", RECIPIENT, f"cure deficiency {each.id}", each.due, late)


def _answer(one: Standing) -> Iterator[Task]:
    if one.response == "refused":
        yield from _escalate(one, "the demand was refused")
        return
    silent = [each.number for each in one.requests if each.disposition == "open"]
    if not silent and one.requests:
        return
    if one.clock.paused:
        yield Task("wait", NOBODY, "the clock is paused")
        return
    if one.response == "nothing recorded":
        last = max((each.happened[:10] for each in one.events if KINDS[each.kind].region in ANSWERING), default="")
        yield Task("find-out", NOBODY, f"nothing is recorded since {last or one.demand.dated}")
        return
    late = one.overdue and one.clock.passed(one.as_of, one.demand.grace)
    which = f"request {', '.join(silent)}" if silent and len(silent) < len(one.requests) else "the demand"
    if not _served(one):
        yield Task("proof", ISSUER, "obtain proof of service")
    if late:
        yield from _escalate(one, "the return date has passed")
    yield Task("answer", RECIPIENT, f"answer {which}", one.clock.due, late)


def _served(one: Standing) -> bool:
    return bool(one.demand.served) or any(each.kind in ("served", "acknowledged") for each in one.events)


def _escalate(one: Standing, why: str) -> Iterator[Task]:
    """The next step of force, or what it waits for."""
    if one.stayed_by:
        yield Task("stayed", COURT, f"order {', '.join(one.stayed_by)} freezes the next step ({why})")
        return
    yield Task(f"escalate/{next_step(one)}", ISSUER, f"consider the next step, {STEP_WORDS[next_step(one)]}: {why}")


def due_for_escalation(one: Standing) -> bool:
    """Whether something calls for a step of force: a date that passed, an open deficiency, a refusal."""
    return not one.ended and (one.overdue or bool(one.answers.open_deficiencies) or one.response == "refused")


def next_step(one: Standing) -> str:
    """The step of force after the last one; the first when none was taken or all were met."""
    words = [STEP_WORDS[step] for step in LADDER]
    if one.enforcement not in words:
        return LADDER[0]
    return LADDER[min(words.index(one.enforcement) + 1, len(LADDER) - 1)]


def all_tasks(found: Iterable[Standing]) -> list[tuple[Standing, Task]]:
    """Every task of every recipient: late ones first, then by date, then those without one."""
    pairs = [(one, task) for one in found for task in tasks(one)]
    far = dt.date.max
    return sorted(pairs, key=lambda pair: (not pair[1].late, pair[1].by or far))
