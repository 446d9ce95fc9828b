"""What each answer of the board means and what leads to it, for the reference page of the docket.

The tests compare the words with those that the program can say.
"""

from __future__ import annotations

from typing import Final

RESPONSE: Final[dict[str, str]] = {
    "drafted": "The demand stands in the docket and nothing says that it went out.",
    "approved": "`approved`.",
    "sent": "`sent`: it was dispatched, and service is not proved.",
    "undelivered": "`undelivered`: it came back. A new `sent` or `served` ends this, and so does `acknowledged`.",
    "served": "`served`, with its proof; or the demand itself names the day of service.",
    "acknowledged": "`acknowledged` by the recipient.",
    "clarifying": "`clarification-asked` or `payment-asked` waits for its answer.",
    "extended": "`extension-granted`, `extension-taken` or `due-ordered` set a later date.",
    "objected": "Some request is `objected` to or `denied`, and nothing was produced or answered yet.",
    "partially produced": "Something was `produced` or `answered`, and some request is still open.",
    "produced, under review": (
        "Every request has an answer, or the recipient says so (`stated-complete`), or every request is settled and "
        "nobody signed it off."
    ),
    "deficient": "A deficiency is open, answered or disputed.",
    "complete": "Every request is settled, no deficiency is open, and a named person signed it off (`signed-off`).",
    "refused": "All that is left of the demand is `refused`.",
    "no response": "Computed: the return date and its grace have passed, and no answer is recorded.",
    "nothing recorded": (
        "The same of a demand that is only `observed`: that the record is silent does not show that the recipient was."
    ),
    "withdrawn": "`withdrawn`: no date runs and nothing more is asked.",
    "superseded": "`superseded` by another demand.",
    "consolidated": "`consolidated`: it goes on in another demand.",
    "closed": "`closed` by a named person.",
}
DISPOSITIONS: Final[dict[str, str]] = {
    "open": "nothing is recorded about it",
    "produced": "a volume that answers it arrived",
    "answered: ...": (
        "an answer without documents, such as `answered: none exist`; the board says what it lacks, such as an oath "
        "or the signer's rank"
    ),
    "objected": "objected to",
    "denied": "denied, with an exemption",
    "refused": "refused",
    "short": "an open deficiency names it",
    "satisfied": "a named person accepted the answer",
    "waived": "it need not be answered",
    "withdrawn": "it is no longer asked",
}
DEFICIENCY: Final[dict[str, str]] = {
    "open": "`deficiency`",
    "answered": "`deficiency-answered`: a claimed cure too, until somebody on the demanding side has looked",
    "disputed": "`deficiency-disputed`",
    "cured": "`deficiency-cured`, entered by the demanding side",
    "waived": "`deficiency-waived`, by a named person",
}
ENFORCEMENT_MORE: Final[dict[str, str]] = {
    "none": "No step of force was taken.",
    "satisfied": "`enforcement-satisfied`: the steps were met.",
}
LITIGATION: Final[dict[str, str]] = {
    "none": "The recipient is a party to no case, and no order reaches it.",
    "suit filed": "A case in which it is a party, from its day of filing.",
    "motion pending": "`motion`.",
    "judgment": "`judgment`.",
    "appealed": "`appealed`.",
    "settled": "`settled`.",
    "dismissed": "`dismissed`.",
    "reached by an order": "An order in somebody else's case reaches it.",
}
CONSEQUENCE: Final[dict[str, str]] = {
    "none": "Nothing was threatened.",
    "at risk": "`at-risk`.",
    "conditioned": "`conditioned`.",
    "withheld": "`withheld`.",
    "terminated": "`terminated`.",
    "released": "`released`.",
    "restored": "`restored`.",
}
EFFECTS: Final[dict[str, str]] = {
    "enjoin": "It forbids. What it freezes, for whom and under which conditions, its other columns say.",
    "stay": "Without `target` it freezes like an injunction; with one, the order named rests while the stay lasts.",
    "narrow": (
        "It stands in the place of its `target` from its first day. What it does not say (reach, conditions, years, "
        "freezes) it takes from there; what ends it does not bring the wider order back."
    ),
    "affirm": "It changes nothing and is shown.",
    "vacate": "Its `target` is out of force from that day. When this order is itself vacated, the target holds again.",
}
FREEZES: Final[dict[str, str]] = {
    "consequence": (
        "An award may not be withheld, conditioned or terminated, as far as every condition of the award is covered."
    ),
    "enforcement": "No step of force may be taken against those whom it reaches.",
    "response": "The duty to answer rests: the clock is paused, and no step of force may be taken.",
}
