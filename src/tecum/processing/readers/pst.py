"""Outlook's mailbox in a file (PST, OST): every item of every folder as an internet message.

Follows [MS-PST] 2.4 (the messaging layer) through ``pstblocks`` and ``psttables``. Items come folder by folder, a
folder's own before those of its subfolders; folders and items each in the order of their node ids, which is that of
their making. Every class comes out, those outside the tree that Outlook shows too, and items whose folder is gone.

Not taken, and counted in a PARTIAL: hidden ("associated") contents of folders, which are settings of the mail program
(views, rules, folder designs). Search folders hold nothing of their own. Deleted items that the file's index no longer
lists are not searched for in its free space. A password of such a file locks nothing and is not asked for.

The memory taken is that of the largest item, and four bytes for each item of the file.
"""

from __future__ import annotations

import struct
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tecum.hooks import Emit, Input, Reader, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import mapi, mapimail, psttables
from tecum.processing.readers.mapi import Attachment, Damaged, Item, Key, Properties
from tecum.processing.readers.pstblocks import Node, Store
from tecum.processing.readers.psttables import Held, Table

_ROOT: Final = 0x122
_NAMES: Final = 0x61
_RECIPIENTS: Final = 0x692
_FOLDER, _SEARCH, _MESSAGE, _ATTACHED, _HIDDEN, _CONTENTS = 0x02, 0x03, 0x04, 0x05, 0x08, 0x0E  # types of nodes
_DATA: Final = 0x3701
_DECLARED: Final = 0x3602
_SHOWN: Final = 0x3001
_LOST: Final = "(items without a folder)"
_MOST_DEPTH: Final = 200  # folders within folders
_MOST_TOLD: Final = 20  # folders that a problem names
# What damaged bytes make of code that expects whole ones.
_FAILURES: Final = (Damaged, struct.error, ValueError, LookupError, ArithmeticError, RecursionError)


@dataclass
class _Index:
    """What the file's index lists: folders, and of each the items and hidden items, by node id."""

    folders: dict[int, int] = field(default_factory=dict)  # to its parent
    below: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    items: dict[int, array[int]] = field(default_factory=lambda: defaultdict(lambda: array("I")))
    hidden: Counter[int] = field(default_factory=Counter)


def read(item: Input, emit: Emit) -> None:
    """Hand over the items of a mailbox, in order, as messages of kind ``eml``."""
    emit.container()
    try:
        store = Store(item.file, item.size)
    except Damaged as damage:
        raise Unreadable(ExceptionCode.CORRUPT, str(damage)) from None
    _Mailbox(store, emit).run()


class _Mailbox:
    def __init__(self, store: Store, emit: Emit) -> None:
        self._store = store
        self._emit = emit
        self._index = _Index()
        self._names: Mapping[int, Key] = {}
        self._count = 0
        self._differ: list[str] = []

    def run(self) -> None:
        """Hand over everything, then say what was left out and what does not agree."""
        self._list()
        try:
            self._names = _names(self._store)
        except Damaged as damage:
            self._emit.problem(ExceptionCode.PARTIAL, f"the names of its named properties cannot be read: {damage}")
        reached: set[int] = set()
        for number, path in self._tree(_ROOT, "", 0, reached):
            self._folder(number, path)
        self._orphans(reached)
        self._report()

    def _list(self) -> None:
        """Go once through the index."""
        index = self._index
        for node in self._store.nodes():
            if node.kind in (_FOLDER, _SEARCH):
                index.folders[node.identity] = node.parent
                if node.parent != node.identity:
                    index.below[node.parent].append(node.identity)
            elif node.kind == _MESSAGE:
                index.items[node.parent].append(node.identity)
            elif node.kind == _HIDDEN:
                index.hidden[node.parent] += 1
        if not index.folders and not index.items:
            why = self._store.doubts[0] if self._store.doubts else "its index lists no folder and no item"
            raise Unreadable(ExceptionCode.CORRUPT, why)
        self._doubts()

    def _doubts(self) -> None:
        for doubt in dict.fromkeys(self._store.doubts):
            self._emit.problem(ExceptionCode.PARTIAL, doubt)
        self._store.doubts.clear()

    # -- folders -----------------------------------------------------------------------------------------

    def _tree(self, number: int, path: str, depth: int, reached: set[int]) -> Iterator[tuple[int, str]]:
        """Yield the folders from this one on with their paths."""
        if number in reached or depth > _MOST_DEPTH:
            return
        reached.add(number)
        yield number, path
        for inner in self._index.below.get(number, ()):
            yield from self._tree(inner, f"{path}/{self._name(inner)}".lstrip("/"), depth + 1, reached)

    def _name(self, number: int) -> str:
        held = self._held(number)
        name = Properties(held.values).text(_SHOWN) if held else ""
        return " ".join(name.replace("/", "_").split()) or f"folder {number:#x}"

    def _held(self, number: int) -> Held | None:
        """Return a folder's properties, None when they cannot be read."""
        try:
            return psttables.properties(self._store, self._store.node(number), {})
        except _FAILURES:
            return None

    def _folder(self, number: int, path: str) -> None:
        """Hand over the items of a folder, and those that its table lists but the index does not."""
        found = self._index.items.pop(number, array("I"))
        for identity in found:
            self._item(identity, path)
        if number & 0x1F == _SEARCH:
            return  # its table lists items of other folders
        held = self._held(number)
        if held is None:
            if number in self._index.folders:
                self._differ.append(f"{path or 'the root'}: the folder's own properties cannot be read")
            return
        missing = sorted(self._listed(number, path, len(found)) - set(found))
        for identity in missing:
            self._lost(path, identity, "the folder lists it, but the file's index does not")
        declared = Properties(held.values).integer(_DECLARED, len(found))
        if declared != len(found) + len(missing):
            self._differ.append(f"{path or 'the root'}: {declared} items declared, {len(found) + len(missing)} found")

    def _listed(self, number: int, path: str, count: int) -> set[int]:
        """Return the ids of the items that a folder's own table lists."""
        table = number & ~0x1F | _CONTENTS
        try:
            rows = Table(self._store, self._store.node(table)).identities()
            return {identity for identity in rows if identity & 0x1F == _MESSAGE}
        except _FAILURES as failure:
            if count:
                self._differ.append(f"{path or 'the root'}: its list of items cannot be read ({failure})")
            return set()

    def _orphans(self, reached: set[int]) -> None:
        """Hand over what hangs on no folder that the root leads to."""
        for number in sorted(set(self._index.folders) - reached):
            top = number
            for _ in range(_MOST_DEPTH):  # the highest of the folders that hang together
                above = self._index.folders.get(top, top)
                if above == top or above in reached or above not in self._index.folders:
                    break
                top = above
            for each, path in self._tree(top, f"{_LOST}/{self._name(top)}", 0, reached):
                self._folder(each, path)
        rest = sum(map(len, self._index.items.values()))
        for number in sorted(self._index.items):
            for identity in self._index.items[number]:
                self._item(identity, _LOST)
        if rest:
            self._differ.append(f"{rest} items belong to no folder of the file; they are in {_LOST}")

    # -- items -------------------------------------------------------------------------------------------

    def _item(self, identity: int, path: str) -> None:
        """Hand over one item, or say why it cannot be had."""
        self._store.doubts.clear()
        try:
            found = self._message(self._store.node(identity))
            made = mapimail.message_of(found)
        except _FAILURES as failure:
            self._lost(path, identity, f"the item cannot be read: {failure}")
            return
        self._count += 1
        problems = list(dict.fromkeys([*made.problems, *self._store.doubts]))
        fields = {"mail_folder": path, "item_class": found.message_class}
        if modified := found.properties.time(0x3008):
            fields["file_modified"] = modified.isoformat()
        self._emit.member(
            f"{path}/{self._count:05d}.eml".lstrip("/"),
            made.data,
            kind="eml",
            fields=fields,
            problem=ExceptionCode.PARTIAL if problems else "",
            message="; ".join(problems),
        )
        self._store.doubts.clear()

    def _lost(self, path: str, identity: int, why: str) -> None:
        self._count += 1
        name = f"{path}/{self._count:05d}.eml".lstrip("/")
        message = f"node {identity:#x}: {why}"
        fields = {"mail_folder": path}
        self._emit.member(name, None, kind="eml", fields=fields, problem=ExceptionCode.CORRUPT, message=message)

    def _message(self, node: Node) -> Item:
        """Return the message that a node, or a subnode, is."""
        held = psttables.properties(self._store, node, self._names)
        values = Properties(held.values)
        codec = mapi.codec_of(values.integer(0x3FFD), values.integer(0x3FDE))
        problems = list(held.notes)
        try:
            below = held.heap.below
        except Damaged as damage:
            problems.append(f"its recipients and attachments cannot be read: {damage}")
            below = {}
        recipients = self._recipients(below.get(_RECIPIENTS), codec, problems)
        attachments = [
            self._attachment(below[number], codec, problems) for number in sorted(below) if number & 0x1F == _ATTACHED
        ]
        return Item(Properties(held.values, codec), recipients, attachments, problems)

    def _recipients(self, node: Node | None, codec: str, problems: list[str]) -> list[Properties]:
        found: list[Properties] = []
        if node is None:
            return found
        try:
            for row, notes in Table(self._store, node).rows(self._names):
                found.append(Properties(row, codec))
                problems += notes
        except _FAILURES as failure:
            problems.append(f"its list of recipients cannot be read after {len(found)}: {failure}")
        return found

    def _attachment(self, node: Node, codec: str, problems: list[str]) -> Attachment:
        try:
            held = psttables.properties(self._store, node, self._names, frozenset({_DATA}))
        except _FAILURES as failure:
            return Attachment(Properties({}, codec), partial(_broken, str(failure)))
        problems += held.notes
        values = Properties(held.values, codec)
        number = held.objects.get(_DATA)
        if number is None:
            return Attachment(values, partial(self._bytes, node))
        inner = partial(self._inner, held, number)
        if values.integer(0x3705) == 5:
            return Attachment(values, item=lambda: self._message(inner()))
        return Attachment(values, lambda: b"".join(self._store.blocks(inner().data)), storage=True)

    @staticmethod
    def _inner(held: Held, number: int) -> Node:
        node = held.heap.below.get(number)
        if node is None:
            raise Damaged(f"the subnode {number:#x} is missing")
        return node

    def _bytes(self, node: Node) -> bytes:
        data = psttables.single(self._store, node, _DATA)
        if data is None:
            raise Damaged("the file has no bytes of it")
        return data

    # -- the end -----------------------------------------------------------------------------------------

    def _report(self) -> None:
        self._doubts()
        for line in self._differ[:_MOST_TOLD]:
            self._emit.problem(ExceptionCode.PARTIAL, line)
        if len(self._differ) > _MOST_TOLD:
            self._emit.problem(ExceptionCode.PARTIAL, f"and {len(self._differ) - _MOST_TOLD} more like these")
        if hidden := self._index.hidden.total():
            places = [f"{self._name(n)} {count}" for n, count in sorted(self._index.hidden.items())[:_MOST_TOLD]]
            words = f"{hidden} hidden items were left out, which are settings of the mail program: {', '.join(places)}"
            self._emit.problem(ExceptionCode.PARTIAL, words)


def _broken(why: str) -> bytes:
    raise Damaged(f"the attachment cannot be read: {why}")


def _names(store: Store) -> Mapping[int, Key]:
    """Read which property each id from 0x8000 on stands for ([MS-PST] 2.4.7)."""
    held = Properties(psttables.properties(store, store.node(_NAMES), {}).values)
    return mapi.names(held.data(0x0002), held.data(0x0003), held.data(0x0004))


READER: Final = Reader("pst", "1", frozenset({"pst"}), read)
