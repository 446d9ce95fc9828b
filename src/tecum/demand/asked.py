"""A demand as its file says it, taken into the docket; and written again for one recipient, or from the settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from tecum import demandfile, toml
from tecum.demand import timeline
from tecum.demand.columns import ID, LONGEST, CellInvalid, near_day
from tecum.demand.nouns import Ask, Demand, Docket, Recipient
from tecum.demandfile import Plan
from tecum.engine.sheets.cells import fault_in
from tecum.errors import DemandInvalid
from tecum.model import Request

US = "us"  # the one recipient of an answering side's docket
_OUT = ("sent", "served", "acknowledged")
_STATED = tuple(one.name for one in fields(demandfile.Demand) if one.name not in ("sender", "recipient", "served"))


def noun(stated: demandfile.Demand, requests: Sequence[Request], key: str, recipients: Sequence[str]) -> Demand:
    """The demand of a file as the docket keeps it.

    Raises:
        DemandInvalid: for an id, a date or a character that the docket's tables could not hold.
    """
    given = {name: getattr(stated, name) for name in _STATED}
    kept: dict[str, Any] = {name: one.strip() if isinstance(one, str) else one for name, one in given.items()}
    asks = tuple(Ask(one.number, one.text.strip(), one.start, one.end, one.answer, one.oath, one.signers)
                 for one in requests)  # fmt: skip
    made = Demand(**{**kept, "id": key}, sender=stated.sender.strip(), served=stated.served, requests=asks,
                  recipients=tuple(recipients))  # fmt: skip
    _refuse(made)
    return replace(made, hash=hash_of(made))


def _refuse(demand: Demand) -> None:
    if not ID.fullmatch(demand.id):
        raise DemandInvalid(
            f"{demand.id!r} cannot be a demand's id", remedy="Use letters, digits, '.', '_', '-', without blanks"
        )
    for name in ("dated", "served", "due"):
        try:
            near_day(getattr(demand, name))
        except CellInvalid as wrong:
            raise DemandInvalid(f"[demand] {name}: {wrong.message}", remedy=wrong.cure) from None
    for name in ("days", "grace"):
        if getattr(demand, name) > LONGEST:
            raise DemandInvalid(f"[demand] {name}: more than {LONGEST:,} days", remedy="Correct the number")
    texts = [getattr(demand, one.name) for one in fields(Demand) if one.type == "str"]
    for text in (
        *texts,
        *demand.definitions,
        *demand.instructions,
        *(text for ask in demand.requests for text in (ask.number, ask.text, *ask.signers)),
    ):
        if fault := fault_in(text):
            raise DemandInvalid(f"{text[:40]!r} {fault}", remedy="Delete the character or type the text again")


def hash_of(demand: Demand) -> str:
    """SHA-256 over what is asked of everybody alike.

    It leaves out to whom the demand is addressed and when it was served, so it is the same for every recipient, and on
    both sides.
    """
    requests = [
        Request(one.number, one.text, one.start, one.end, answer=one.answer, oath=one.oath, signers=one.signers)
        for one in demand.requests
    ]
    return demandfile.demand_hash(replace(_stated(demand, ""), served=None), requests)


def _stated(demand: Demand, to: str) -> demandfile.Demand:
    same = {name: getattr(demand, name) for name in _STATED}
    return demandfile.Demand(**same, sender=demand.sender, recipient=to, served=demand.served)


def went_out(docket: Docket, demand: Demand) -> bool:
    """Whether a demand left the house, to anybody: then its words stand."""
    return any(
        event.kind in _OUT and (event.demand == demand.id or (
            not event.demand and set(event.recipients) & set(demand.recipients)))
        for event in timeline.effective(docket)
    )  # fmt: skip


def key_of(text: str) -> str:
    """A text as an id: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.") or "demand"


def own(docket: Docket, plan: Plan) -> Docket:
    """The docket of the side that answers: the demand of its settings, with itself as the one recipient.

    What is recorded already stands; a docket that holds a demand is returned as it is.
    """
    if docket.demands or not plan.requests:
        return docket
    demand = noun(plan.demand, plan.requests, key_of(plan.demand.id), (US,))
    us = Recipient(US, plan.demand.recipient or "the recipient")
    return replace(docket, demands={demand.id: demand}, recipients={US: us})


def as_file(demand: Demand, recipient: Recipient, served: object) -> str:
    """The demand file for one recipient: the same words, addressed to it, with the day on which it was served."""
    # What we noted about the demand is no part of it.
    stated = replace(_stated(demand, recipient.name), supersedes="", note="", grace=0, observed=False)
    parts = [
        "# A demand, as tecum reads it. The side that answers writes its own terms, custodians and counsel, and",
        "# [production] with at least prefix and time_zone, into answer.toml beside it; they are its own business.",
        "",
        toml.table("demand", {**stated.stated(), "served": served or demand.served}),
    ]
    for one in demand.requests:
        values = {
            "number": one.number, "text": one.text, "from": one.start, "to": one.end,
            "answer": one.answer if one.answer != demandfile.ANSWERS[0] else None, "oath": one.oath or None,
            "signers": one.signers or None,
        }  # fmt: skip
        parts.append(toml.table("[[request]]", values))
    return "\n".join(parts)
