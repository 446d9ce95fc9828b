"""The cover letter of a volume, as blocks: what is in it, what is not, and why; a draft for counsel to sign."""

from __future__ import annotations

from dataclasses import dataclass, field

from tecum.engine.paper import Block, Fields, Heading, Note, Paragraph, Signature, Table
from tecum.model import VolumeState
from tecum.production.record import Volume
from tecum.settings import Settings


@dataclass
class Facts:
    """The counts that the letter states, all taken from the matter's tables."""

    by_custodian: list[tuple[str, int, int]] = field(default_factory=list)
    by_request: list[tuple[str, str, int]] = field(default_factory=list)  # number, text, documents
    held_families: int = 0
    held_documents: int = 0
    not_searched: int = 0
    natives: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)
    undated: int = 0
    unassigned: int = 0
    duplicates: int = 0
    everything: list[str] = field(default_factory=list)


def letter(settings: Settings, volume: Volume, facts: Facts) -> list[Block]:
    """Return the letter. Rule 34(b)(2)(B)-(E) and 26(g) are the points it must leave counsel able to sign."""
    plan = settings.plan
    draft = volume.state != VolumeState.RELEASED
    first, last = volume.bates(volume.first), volume.bates(volume.last)
    pages = volume.last - volume.first + 1
    blocks: list[Block] = []
    if draft:
        blocks.append(Note("DRAFT. This volume has not been released. Nothing here has been served."))
    blocks += [
        Heading(f"Production of documents: volume {volume.name}"),
        Fields(
            [
                ("To", plan.demand.sender),
                ("From", plan.demand.recipient),
                ("Demand", plan.demand.title),
                ("Under", plan.demand.under),
                ("Served", str(plan.demand.served or "")),
                ("Due", str(plan.demand.due or "")),
                ("Volume", volume.name),
                ("Bates range", f"{first} to {last}"),
                ("Documents", f"{volume.documents:,}"),
                ("Pages", f"{pages:,}"),
                ("Manifest SHA-256", volume.manifest),
            ]
        ),
        Heading("What this volume answers", 2),
        Table(
            ["Request", "Text", "Documents"],
            [[number, text, count] for number, text, count in facts.by_request],
            [1, 8, 1.5],
        ),
        Heading("Where the documents come from", 2),
        Table(
            ["Custodian", "Documents", "Pages"],
            [[_name(settings, who), documents, count] for who, documents, count in facts.by_custodian],
            [6, 2, 2],
        ),
        Heading("Form of production", 2),
        Paragraph(_form(volume, facts)),
        Heading("What is not in this volume", 2),
        Paragraph(_left_out(facts)),
    ]
    if facts.exceptions:
        blocks += [
            Paragraph("Processing exceptions on the documents produced:"),
            Table(["Code", "Documents"], [[code, n] for code, n in sorted(facts.exceptions.items())], [6, 2]),
        ]
    blocks += [Signature([plan.demand.recipient])]
    return blocks


def _form(volume: Volume, facts: Facts) -> str:
    mode = volume.settings["dedupe"]
    copies = {
        "global": "Exact duplicate families were suppressed across custodians; every custodian who held a copy "
        "is named in ALLCUSTODIAN and every path in ALLPATHS.",
        "custodian": "Exact duplicate families were suppressed within each custodian.",
        "none": "Duplicates were not suppressed.",
    }[mode]
    return (
        f"Each document is a searchable PDF with its Bates numbers, or its native file with a one-page slip sheet "
        f"({facts.natives:,} documents), with extracted text and a Concordance load file; MANIFEST.csv lists the "
        f"SHA-256 of every file. Families stay together, parents first. All dates and times are in "
        f"{volume.settings['time_zone']}. {copies} Attached pictures that a message shows inside its body are part "
        f"of that message and are not produced apart. No number of the range is unused."
    )


def _left_out(facts: Facts) -> str:
    parts = [
        f"{facts.held_families:,} families ({facts.held_documents:,} documents) were selected and are held back for "
        "review by counsel; nothing is asserted about them here.",
        f"{facts.not_searched:,} documents in scope have no text that could be searched (for example pictures, "
        "encrypted or damaged files), so search terms could not reach them.",
    ]
    if facts.undated:
        parts.append(f"{facts.undated:,} families bear no usable date and were kept in.")
    if facts.unassigned:
        parts.append(f"{facts.unassigned:,} families come from files assigned to no custodian and were kept in.")
    if facts.everything:
        parts.append(f"Request {', '.join(facts.everything)} was answered without search terms.")
    return " ".join(parts)


def _name(settings: Settings, key: str) -> str:
    return settings.plan.custodian(key).name
