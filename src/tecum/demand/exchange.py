"""Deficiencies as a file that both sides read: what is lacking, where, by when, and what the other side says to it.

The format is a JSON object of its own, described in ``docs/reference/deficiencies.md``; any program may read and write
it. One side exports its list, the other answers in the same file, and the first takes the answers in.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tecum.demand.answers import Deficiency
from tecum.demand.asked import US
from tecum.demand.nouns import Event
from tecum.demand.standing import Standing
from tecum.errors import ExchangeInvalid

FORMAT: Final = "tecum-deficiencies-1"
ANSWERS: Final = ("", "cured", "answered", "disputed")
# Every key of a deficiency: what it means, and who writes it. All values are text; requests are a list of texts.
KEYS: Final[dict[str, tuple[str, str]]] = {
    "id": ("Its name, given by the side that raised it", "issuer"),
    "requests": ("The request numbers it concerns; an empty list means all", "issuer"),
    "code": ("A check code (docs/reference/check-codes.md), or a word", "issuer"),
    "text": ("What is lacking, in a sentence", "issuer"),
    "range": ("The Bates numbers concerned", "issuer"),
    "volume": ("The volume concerned", "issuer"),
    "evidence": ("What was seen", "issuer"),
    "ask": ("What would cure it", "issuer"),
    "raised": ("The day on which it was raised", "issuer"),
    "due": ("The day by which it is to be cured", "issuer"),
    "state": ("open, answered, disputed, cured or waived", "issuer"),
    "answer": ("cured, answered or disputed; empty until the recipient says something", "recipient"),
    "answer_text": ("What the recipient says", "recipient"),
    "answer_volume": ("The volume that cures it", "recipient"),
    "answered": ("The day of the answer", "recipient"),
}
_MOST = 50 << 20  # bytes
_HEAD = 200  # bytes in which the format is named


def write(one: Standing) -> bytes:
    """The file for one recipient under one demand, with what has been answered so far; from either side."""
    head = {
        "format": FORMAT, "demand": one.demand.id, "demand_title": one.demand.title, "demand_hash": one.demand.hash,
        "recipient": one.recipient.id, "recipient_name": one.recipient.name, "as_of": str(one.as_of),
    }  # fmt: skip
    rows = [_row(one, each) for each in one.deficiencies]
    return (json.dumps({**head, "deficiencies": rows}, ensure_ascii=False, indent=1) + "\n").encode()


def _row(one: Standing, each: Deficiency) -> dict[str, Any]:
    """A deficiency with its last answer; that the side that answers calls it cured is its answer too."""
    cured = one.recipient.id == US and each.state == "cured"
    kinds = ("deficiency-answered", "deficiency-disputed", *(["deficiency-cured"] if cured else []))
    told = [event for event in one.events if event.kind in kinds and event.data["deficiency"] == each.id]
    last = told[-1] if told else None
    return {
        "id": each.id, "requests": list(each.requests), "code": each.code, "text": each.text, "range": each.range,
        "volume": each.volume, "evidence": each.evidence, "ask": each.ask, "raised": each.raised,
        "due": str(each.due or ""), "state": each.state,
        "answer": last.kind.removeprefix("deficiency-") if last else "",
        "answer_text": last.data.get("text", "") if last else "",
        "answer_volume": last.data.get("volume", "") if last else "",
        "answered": last.happened[:10] if last else "",
    }  # fmt: skip


def is_one(path: Path) -> bool:
    """Whether a file begins as ``write`` begins it; what it holds is for ``read`` to say."""
    try:
        with path.open("rb") as file:
            return FORMAT.encode() in file.read(_HEAD)
    except OSError:
        return False


def read(path: Path) -> dict[str, Any]:
    """Read a file of either side.

    Raises:
        ExchangeInvalid: saying what is wrong with it.
    """
    try:
        if path.stat().st_size > _MOST:
            raise ExchangeInvalid(f"{path} is larger than {_MOST >> 20} MiB", path=path)
        said = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ExchangeInvalid(f"{path} cannot be read: {error.strerror}", path=path) from None
    except RecursionError:
        raise ExchangeInvalid(f"{path} is nested too deep", path=path) from None
    except ValueError as error:
        raise ExchangeInvalid(
            f"{path} is not JSON in UTF-8: {error}", path=path, line=getattr(error, "lineno", None)
        ) from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise ExchangeInvalid(f"{path} is not a {FORMAT} file", path=path)
    for key in ("demand", "demand_title", "demand_hash", "recipient", "recipient_name", "as_of"):
        if not isinstance(said.get(key, ""), str):
            raise ExchangeInvalid(f"{path}: {key} must be text", path=path)
    _day(path, "as_of", said.get("as_of", ""))
    rows = said.get("deficiencies")
    if not isinstance(rows, list):
        raise ExchangeInvalid(f"{path} has no list of deficiencies", path=path)
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        _check(path, number, row, seen)
    return said


def _check(path: Path, number: int, row: Any, seen: set[str]) -> None:
    def fail(said: str) -> ExchangeInvalid:
        return ExchangeInvalid(f"{path}, deficiency {number}: {said}", path=path)

    if not isinstance(row, dict) or not row.get("id") or not row.get("text"):
        raise fail("an object with id and text is wanted")
    for key, value in row.items():
        if key not in KEYS:
            raise fail(f"{key} is not a key of this format")
        texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if not (texts if key == "requests" else isinstance(value, str)):
            raise fail(f"{key} must be {'a list of texts' if key == 'requests' else 'text'}")
    if row["id"] in seen:
        raise fail(f"{row['id']} stands twice")
    seen.add(row["id"])
    if row.get("answer", "") not in ANSWERS:
        raise fail(f"answer must be one of {', '.join(filter(None, ANSWERS))}, or empty")
    for key in ("raised", "due", "answered"):
        _day(path, f"deficiency {number}, {key}", row.get(key, ""))


def _day(path: Path, where: str, text: str) -> None:
    try:
        sound = not text or dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        sound = False
    if not sound:
        raise ExchangeInvalid(f"{path}, {where}: {text!r} is not a date such as 2018-03-26", path=path)


def addressee(said: Mapping[str, Any], found: Sequence[Standing]) -> Standing:
    """The row of the board that a file is about: by its own names, by the deficiencies raised, or by the demand's hash.

    Each side has names of its own for demands and recipients, so the other side's need not be known here.

    Raises:
        ExchangeInvalid: when it cannot be told.
    """
    ids = {row["id"] for row in said["deficiencies"]}
    named = [one for one in found if (one.demand.id, one.recipient.id) == (said.get("demand"), said.get("recipient"))]
    raised = [one for one in found if ids & {each.id for each in one.deficiencies}]
    same = [one for one in found if one.demand.hash and one.demand.hash == said.get("demand_hash")]
    for fits in (named, raised, same, found):
        if len(fits) == 1:
            return fits[0]
    whom = f"recipient {said.get('recipient', '')}, demand {said.get('demand', '')}"
    raise ExchangeInvalid(f"it cannot be told whom the file is about: {whom}", remedy="Correct these two in the file")


def doubt(said: Mapping[str, Any], one: Standing) -> str:
    """What should make a reader look again: the other side's demand is worded otherwise than ours; "" when it is not.

    Raises:
        ExchangeInvalid: when it bears another title too, and so is another demand.
    """
    theirs = said.get("demand_hash") or one.demand.hash
    if theirs == one.demand.hash:
        return ""
    title = said.get("demand_title", "")
    if title and title != one.demand.title:
        raise ExchangeInvalid(
            f"the file is about another demand: {title!r}, not {one.demand.title!r}",
            remedy="Take it into the matter of that demand",
        )
    return "the demand is worded otherwise on the other side: compare the two texts"


def answers(said: Mapping[str, Any], one: Standing, evidence: Sequence[str], today: dt.date) -> list[Event]:
    """What the other side answered, as events of the issuer's docket: a claimed cure is an answer until it is checked.

    What was taken in before is left out.

    Raises:
        ExchangeInvalid: when it answers what was never raised.
    """
    known = {each.id for each in one.deficiencies}
    found = []
    for row in said["deficiencies"]:
        if not row.get("answer"):
            continue
        if row["id"] not in known:
            raise ExchangeInvalid(f"deficiency {row['id']} was never raised against {one.recipient.id}")
        kind = "deficiency-disputed" if row["answer"] == "disputed" else "deficiency-answered"
        parts = (
            "says that it is cured" if row["answer"] == "cured" else "", row.get("answer_text", ""),
            f"volume {row['answer_volume']}" if row.get("answer_volume") else "",
        )  # fmt: skip
        text = "; ".join(filter(None, parts))
        data = {"deficiency": row["id"], **({"text": text} if text else {})}
        event = _event(one, row.get("answered") or today.isoformat(), kind, (), data, evidence)
        if not _told_before(one, event):
            found.append(event)
    return found


def _told_before(one: Standing, event: Event) -> bool:
    return any(
        (each.kind, each.data, each.happened[:10]) == (event.kind, event.data, event.happened) for each in one.events
    )


def raised(said: Mapping[str, Any], one: Standing, evidence: Sequence[str], today: dt.date) -> list[Event]:
    """What the issuer's file says that the answering side's docket lacks: deficiencies, new dates, what was settled."""
    known = {each.id: each for each in one.deficiencies}
    found: list[Event] = []
    for row in said["deficiencies"]:
        if row["id"] in known:
            found += _followed(said, one, known[row["id"]], row, evidence, today)
            continue
        keys = ("code", "text", "range", "due", "evidence", "ask", "volume")
        data = {key: row[key] for key in keys if row.get(key)} | {"code": row.get("code") or "unnamed"}
        day = row.get("raised") or today.isoformat()
        event = _event(one, day, "deficiency", tuple(row.get("requests", ())), data, evidence)
        found.append(replace(event, id=row["id"]))
    return found


def _followed(
    said: Mapping[str, Any], one: Standing, each: Deficiency, row: Mapping[str, Any], evidence: Sequence[str],
    today: dt.date,
) -> Iterator[Event]:  # fmt: skip
    """What the issuer did since about a deficiency that is known here."""
    day = said.get("as_of") or today.isoformat()
    data = {"deficiency": each.id}
    if row.get("due") and row["due"] != str(each.due or ""):
        yield _event(one, day, "deficiency-noticed", (), {**data, "due": row["due"]}, evidence)
    if each.open and row.get("state") == "cured":
        yield _event(one, day, "deficiency-cured", (), data, evidence)
    if each.open and row.get("state") == "waived":
        yield _event(one, day, "deficiency-waived", (), {**data, "by": one.demand.sender}, evidence)


def _event(
    one: Standing, day: str, kind: str, requests: tuple[str, ...], data: dict[str, str], evidence: Sequence[str]
) -> Event:
    return Event("", day, kind, one.demand.id, (one.recipient.id,), requests, data, tuple(evidence))
