"""The names that MAPI properties go by: sets of named ones, and what the lines of a non-mail item are called.

From [MS-OXPROPS], [MS-OXOCNTC] (contacts), [MS-OXOTASK], [MS-OXONOTE], [MS-OXOJRNL] and [MS-OXOMSG] (reports).
"""

from __future__ import annotations

from typing import Final

from tecum.processing.readers.mapi import Key, Named

_SPACE: Final = "-0000-0000-c000-000000000046"
MAPI: Final = "00020328" + _SPACE
PUBLIC_STRINGS: Final = "00020329" + _SPACE
INTERNET_HEADERS: Final = "00020386" + _SPACE
APPOINTMENT: Final = "00062002" + _SPACE
TASK: Final = "00062003" + _SPACE
ADDRESS: Final = "00062004" + _SPACE
COMMON: Final = "00062008" + _SPACE
LOG: Final = "0006200a" + _SPACE
NOTE: Final = "0006200e" + _SPACE
MEETING: Final = "6ed8da90-450b-101b-98da-00aa003f1305"

CATEGORIES: Final = Named(PUBLIC_STRINGS, "Keywords")
FLAG: Final = Named(COMMON, 0x8530)
CONTACTS: Final = Named(COMMON, 0x853A)
COMPANIES: Final = Named(COMMON, 0x8539)
VOTE: Final = Named(COMMON, 0x8524)
VOTING: Final = Named(COMMON, 0x8520)

_PERSON: Final[tuple[tuple[str, Key], ...]] = (
    ("Full name", 0x3001),
    ("Title", 0x3A45),
    ("First name", 0x3A06),
    ("Middle name", 0x3A44),
    ("Last name", 0x3A11),
    ("Suffix", 0x3A05),
    ("Nickname", 0x3A4F),
    ("File as", Named(ADDRESS, 0x8005)),
    ("Company", 0x3A16),
    ("Department", 0x3A18),
    ("Job title", 0x3A17),
    ("Profession", 0x3A46),
    ("Office", 0x3A19),
    ("Manager", 0x3A4E),
    ("Assistant", 0x3A30),
    ("E-mail", Named(ADDRESS, 0x8083)),
    ("E-mail name", Named(ADDRESS, 0x8080)),
    ("E-mail 2", Named(ADDRESS, 0x8093)),
    ("E-mail 2 name", Named(ADDRESS, 0x8090)),
    ("E-mail 3", Named(ADDRESS, 0x80A3)),
    ("E-mail 3 name", Named(ADDRESS, 0x80A0)),
    ("E-mail", 0x3003),
    ("SMTP address", 0x39FE),
    ("Business fax address", Named(ADDRESS, 0x80B3)),
    ("Home fax address", Named(ADDRESS, 0x80C3)),
    ("Instant messaging", Named(ADDRESS, 0x8062)),
    ("Web page", 0x3A51),
    ("Personal web page", 0x3A50),
    ("Web page of the contact", Named(ADDRESS, 0x802B)),
    ("Business phone", 0x3A08),
    ("Business phone 2", 0x3A1B),
    ("Home phone", 0x3A09),
    ("Home phone 2", 0x3A2F),
    ("Mobile phone", 0x3A1C),
    ("Other phone", 0x3A1F),
    ("Primary phone", 0x3A1A),
    ("Company phone", 0x3A57),
    ("Car phone", 0x3A1E),
    ("Radio phone", 0x3A1D),
    ("Assistant's phone", 0x3A2E),
    ("Callback phone", 0x3A02),
    ("Pager", 0x3A21),
    ("Business fax", 0x3A24),
    ("Home fax", 0x3A25),
    ("Other fax", 0x3A23),
    ("ISDN", 0x3A2D),
    ("Telex", 0x3A2C),
    ("TTY/TDD phone", 0x3A4B),
    ("Business address", Named(ADDRESS, 0x801B)),
    ("Home address", Named(ADDRESS, 0x801A)),
    ("Other address", Named(ADDRESS, 0x801C)),
    ("Street", 0x3A29),
    ("City", 0x3A27),
    ("State", 0x3A28),
    ("Postal code", 0x3A2A),
    ("Country", 0x3A26),
    ("Post office box", 0x3A2B),
    ("Business street", Named(ADDRESS, 0x8045)),
    ("Business city", Named(ADDRESS, 0x8046)),
    ("Business state", Named(ADDRESS, 0x8047)),
    ("Business postal code", Named(ADDRESS, 0x8048)),
    ("Business country", Named(ADDRESS, 0x8049)),
    ("Home street", 0x3A5D),
    ("Home city", 0x3A59),
    ("Home state", 0x3A5C),
    ("Home postal code", 0x3A5B),
    ("Home country", 0x3A5A),
    ("Other street", 0x3A63),
    ("Other city", 0x3A5F),
    ("Other state", 0x3A62),
    ("Other postal code", 0x3A61),
    ("Other country", 0x3A60),
    ("Birthday", 0x3A42),
    ("Anniversary", 0x3A41),
    ("Spouse", 0x3A48),
    ("Children", 0x3A58),
    ("Hobbies", 0x3A43),
    ("Referred by", 0x3A47),
    ("Language", 0x3A0C),
    ("Location", 0x3A0D),
    ("Account", 0x3A00),
    ("Customer number", 0x3A4A),
    ("Government id", 0x3A07),
    ("Organisational id", 0x3A10),
    ("Billing", Named(COMMON, 0x8535)),
    ("User field 1", Named(ADDRESS, 0x804F)),
    ("User field 2", Named(ADDRESS, 0x8050)),
    ("User field 3", Named(ADDRESS, 0x8051)),
    ("User field 4", Named(ADDRESS, 0x8052)),
)
_LIST: Final[tuple[tuple[str, Key], ...]] = (("Name of the list", 0x3001), ("Name of the list", Named(ADDRESS, 0x8053)))
_TASK: Final[tuple[tuple[str, Key], ...]] = (
    ("Start", Named(TASK, 0x8104)),
    ("Due", Named(TASK, 0x8105)),
    ("Completed", Named(TASK, 0x810F)),
    ("Percent complete", Named(TASK, 0x8102)),
    ("Actual work, minutes", Named(TASK, 0x8110)),
    ("Total work, minutes", Named(TASK, 0x8111)),
    ("Owner", Named(TASK, 0x811F)),
    ("Assigned by", Named(TASK, 0x8121)),
    ("Last changed by", Named(TASK, 0x8122)),
    ("Role", Named(TASK, 0x8127)),
    ("Reminder", Named(COMMON, 0x8502)),
    ("Billing", Named(COMMON, 0x8535)),
    ("Mileage", Named(COMMON, 0x8534)),
)
_JOURNAL: Final[tuple[tuple[str, Key], ...]] = (
    ("Entry type", Named(LOG, 0x8712)),
    ("Description", Named(LOG, 0x8700)),
    ("Start", Named(LOG, 0x8706)),
    ("End", Named(LOG, 0x8708)),
    ("Duration, minutes", Named(LOG, 0x8707)),
    ("Printed", Named(LOG, 0x870E)),
    ("Saved", Named(LOG, 0x870F)),
    ("Routed", Named(LOG, 0x8710)),
    ("Posted", Named(LOG, 0x8711)),
)
_NOTE: Final[tuple[tuple[str, Key], ...]] = (("Created", 0x3007), ("Changed", 0x3008))
_REPORT: Final[tuple[tuple[str, Key], ...]] = (
    ("Report", 0x1001),
    ("Time of the report", 0x0032),
    ("Read or discarded", 0x002A),
    ("Original subject", 0x0049),
    ("Originally to", 0x0074),
    ("Originally copied to", 0x0073),
    ("Originally sent", 0x004E),
    ("Originally delivered", 0x0055),
    ("Originally from", 0x005A),
    ("Intended recipient", 0x0003),
    ("Remote server", 0x0C21),
    ("Additional information", 0x0C1B),
)
RECIPIENT_REPORT: Final[tuple[tuple[str, Key], ...]] = (
    ("delivered", 0x0E06),
    ("said", 0x1001),
    ("reason", 0x0C04),
    ("diagnosis", 0x0C05),
    ("status", 0x0C20),
    ("server", 0x0C21),
    ("information", 0x0C1B),
)

# The lines of an item, by the beginning of its class in lower case; the longest that fits holds.
LINES: Final[dict[str, tuple[tuple[str, Key], ...]]] = {
    "ipm.contact": _PERSON,
    "ipm.abchperson": _PERSON,
    "ipm.distlist": _LIST,
    "ipm.task": _TASK,
    "ipm.activity": _JOURNAL,
    "ipm.stickynote": _NOTE,
    "report.": _REPORT,
}
TASK_STATES: Final = ("not started", "in progress", "complete", "waiting on somebody else", "deferred")
MAIL_CLASSES: Final = ("ipm.note", "ipm.post", "ipm.schedule", "ipm.appointment", "ipm.document", "ipm.recall")
