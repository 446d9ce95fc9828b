"""Write the whole city to disk: the pile, the demand and the truth, the same bytes for the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tecum.demo import oddities, routine
from tecum.demo.mails import Post
from tecum.demo.papers import Papers
from tecum.demo.pile import Pile
from tecum.demo.truth import Scope, Truth, fingerprint, judged
from tecum.demo.wording import Pools
from tecum.demo.world import riverton, table, text
from tecum.errors import OutputExists

README = """Riverton is a made-up city. Everything in this folder was written by a program for demonstration: nobody
named here exists, no office quoted here wrote a word of it, and numbers that look private belong to nobody.

pile/        the files of eight custodians, as they would be collected
demand.toml  the demand for some of them, and the city's plan for the answer
truth.json   what was planted in every file, to compare an answer with

{events}
"""


def make(out: Path, seed: int = 1) -> Truth:
    """Write ``pile/``, ``demand.toml``, ``truth.json`` and ``README.txt`` into ``out`` and return the truth.

    Raises:
        OutputExists: when ``out`` holds a pile already.
    """
    if (out / "pile").exists():
        raise OutputExists(f"{out / 'pile'} is there already", path=out / "pile")
    world = riverton()
    pools = Pools(table("roster.toml")["pools"], seed)
    pile = Pile(world.custodians)
    papers = Papers(world, seed, pools)
    post = Post(world, seed, pools, papers, pile)
    oddities.register(papers, post)
    for row in table("threads.toml")["thread"]:
        post.thread(row)
    papers.place_all(pile)
    oddities.place(pile, papers)
    routine.fill(pile, post, seed)
    items = pile.write(out / "pile")
    scopes = tuple(_scope(row) for row in table("demand.toml")["request"])
    truth = Truth(seed, fingerprint(out / "pile"), scopes, items, judged(items, scopes))
    truth.write(out / "truth.json")
    events = "\n".join(f"{day}  {what}" for day, what in world.events)
    for name, words in (("demand.toml", text("demand.toml")), ("README.txt", README.format(events=events))):
        (out / name).write_text(words, encoding="utf-8", newline="\n")
    return truth


def _scope(row: dict[str, Any]) -> Scope:
    return Scope(row["number"], str(row["from"]), str(row["to"]), tuple(row["custodians"]))
