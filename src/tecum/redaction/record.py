"""Look for certain personal data in documents and write down where it stands; its value is not copied."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete

from tecum.engine.schema import item, personal
from tecum.engine.store import put_rows
from tecum.matter import Matter
from tecum.redaction.personal import PersonalHit, certain_personal

_PAGE = 500
# Fields that hold no words of a person: identifiers, dates, counts. Every other field goes out with the native.
_NO_WORDS = frozenset(
    {
        "created", "date_source", "doubtful_pages", "extension_mismatch", "flags", "height", "in_reply_to",
        "message_id", "modified", "pages", "portfolio", "printed", "received", "recognised_pages", "references", "sent",
        "sent_header", "sparse_pages", "textless_pages", "thread_index", "underlaid_pages", "width",
    }
)  # fmt: skip

Hits = dict[int, list[tuple[str, PersonalHit]]]  # document -> (place, hit)


def find(matter: Matter, ids: Sequence[int]) -> Hits:
    """Find certain personal data (taxpayer numbers, payment cards, A-numbers) in these documents. Writes nothing."""
    found: Hits = {}
    for row in matter.texts(ids, item.c.name, item.c.fields):
        hits = [(place, hit) for place, text in _places(matter, row) for hit in certain_personal(text)]
        if hits:
            found[row.id] = hits
    return found


def record(matter: Matter, ids: Sequence[int], found: Hits) -> None:
    """Replace what was known of these documents by what was found now."""
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        rows = [
            {
                "document": number,
                "number": n,
                "kind": hit.kind,
                "place": place,
                "start": hit.start,
                "end": hit.end,
            }
            for number in page
            for n, (place, hit) in enumerate(found.get(number, []), 1)
        ]
        with matter.write() as db:
            db.execute(delete(personal).where(personal.c.document.in_(page)))
            put_rows(db, personal, rows)


def triggers(found: Hits) -> dict[int, list[str]]:
    """Why each document's family is held: kinds and counts, never the data itself."""
    reasons = {}
    for number, hits in found.items():
        kinds = sorted({hit.kind for _, hit in hits})
        counts = {kind: sum(hit.kind == kind for _, hit in hits) for kind in kinds}
        reasons[number] = [f"personal data: {kind} ({count})" for kind, count in counts.items()]
    return reasons


def _places(matter: Matter, row: Any) -> list[tuple[str, str]]:
    said = json.loads(row.fields)
    places = [
        (name, "\n".join(value) if isinstance(value, list) else str(value))
        for name, value in said.items()
        if name not in _NO_WORDS and value
    ]
    return [*places, ("filename", row.name), ("body", matter.text_of(row))]
