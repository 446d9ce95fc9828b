"""Fill the mailboxes with the ordinary business of a city, until the pile has the numbers it promises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from tecum.demo.mails import MAILBOXES, Post
from tecum.demo.pile import Pile
from tecum.demo.world import Dice, table

ITEMS: Final = 400
THREADS: Final = 45
DUPLICATE_GROUPS: Final = 28
DUPLICATES: Final = 70  # families in those groups, the primaries among them
EVERYONE: Final = tuple(MAILBOXES)


def fill(pile: Pile, post: Post, seed: int) -> None:
    """Write threads, then notices to several people, then single notes, each up to its number."""
    span = table("routine.toml")
    chats, notices, notes = span["chat"], span["notice"], span["note"]
    number = 0
    while pile.tally().threads < THREADS:
        _chat(post, chats[number % len(chats)], number, seed)
        number += 1
    so_far = pile.tally()
    groups, copies = DUPLICATE_GROUPS - so_far.groups, DUPLICATES - so_far.duplicates
    for number in range(groups):
        share = copies // groups + (number < copies % groups)
        _notice(post, notices[number % len(notices)], number, share, seed)
    number = 0
    while pile.tally().items < ITEMS:
        _note(post, notes[number % len(notes)], number, seed)
        number += 1


def _chat(post: Post, row: Mapping[str, Any], number: int, seed: int) -> None:
    """Two people write in turn; the one whose papers were collected keeps it all."""
    key = f"{row['key']} {number}"
    dice = Dice(seed, key)
    keeper, other = row["pairs"][number // 10 % len(row["pairs"])]
    first, second = (keeper, other) if dice.below(2) else (other, keeper)
    mails = [
        {"from": (first, second)[i % 2], "to": [(second, first)[i % 2]], "home": [keeper], "text": line,
         "after": 30 + dice.below(600) if i else 0, "quote": bool(dice.below(2))}
        for i, line in enumerate(row["lines"])
    ]  # fmt: skip
    post.thread({"subject": row["subject"], "date": _moment(dice), "template": row["key"], "mail": mails}, key)


def _notice(post: Post, row: Mapping[str, Any], number: int, share: int, seed: int) -> None:
    key = f"{row['key']} {number}"
    dice = Dice(seed, key)
    homes = sorted(dice.shuffled([one for one in EVERYONE if one not in (row["from"], "attorney")])[:share])
    mail = {"from": row["from"], "to": homes, "home": homes, "text": f"All,\n\n{row['text']}\n\n{{@{row['from']}}}"}
    post.thread({"subject": row["subject"], "date": _moment(dice), "template": row["key"], "mail": [mail]}, key)


def _note(post: Post, row: Mapping[str, Any], number: int, seed: int) -> None:
    key = f"{row['key']} {number}"
    dice = Dice(seed, key)
    sender, reader = dice.pick(row["from"]), row["to"][number // 12 % len(row["to"])]
    mail = {"from": sender, "to": [reader], "home": [reader], "text": f"{row['text']}\n\n{{@{sender}}}"}
    post.thread({"subject": row["subject"], "date": _moment(dice), "template": row["key"], "mail": [mail]}, key)


def _moment(dice: Dice) -> dt.datetime:
    """Return a working hour of some weekday in the fourteen months."""
    span = table("routine.toml")["span"]
    day = span["start"] + dt.timedelta(days=dice.below(span["days"]))
    day -= dt.timedelta(days=max(0, day.weekday() - 4))
    return dt.datetime(day.year, day.month, day.day, 7 + dice.below(10), dice.below(60))
