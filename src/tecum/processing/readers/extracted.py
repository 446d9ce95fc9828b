"""Archives that a system program takes apart: listed, tested, then streamed, and held against the listing.

7-Zip writes all members to one pipe, so that their bytes can be told apart only by the sizes it listed before. That is
sound only where its own test of the archive succeeds. Where it does not, each member is asked for by itself, and what
does not come out is recorded. Without 7-Zip, bsdtar turns those forms that it knows into a tar archive.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, BinaryIO, Final

from tecum.hooks import Emit, Input, Unreadable
from tecum.model import ExceptionCode
from tecum.processing.readers import outside, streams, tar
from tecum.processing.readers.decoding import Checked, Source
from tecum.processing.readers.outside import Listed, Run
from tecum.processing.readers.sevenzipcoders import Limited

_PIECE: Final = 1 << 20
_MOST: Final = 1_000_000  # members of a listing
_MOST_SINGLE: Final = 300  # members of a damaged archive that are asked for one by one


def hand_over(
    item: Input, emit: Emit, form: str, *, utc: bool, own: Callable[[str], bool] = lambda name: False
) -> None:
    """Hand over the members of an archive.

    ``form`` is its type as 7-Zip names it; ``utc`` says whether it tells times in UTC or as some clock showed them;
    ``own`` tells by the name whether a member is a table of the format itself, which is no file to hand over.

    Raises:
        Unreadable: when it cannot be opened: CORRUPT, or ENCRYPTED.
    """
    emit.container()
    outside.lay_out(item)
    if "7z" in item.programs:
        _BySevenZip(item, emit, form, utc, own).run()
    else:
        _by_bsdtar(item, emit)


class _BySevenZip:
    """One archive on its way through 7-Zip."""

    def __init__(self, item: Input, emit: Emit, form: str, utc: bool, own: Callable[[str], bool]) -> None:
        self._item, self._emit, self._form, self._utc, self._own = item, emit, form, utc, own
        self._count = 0

    def run(self) -> None:
        """List, test and stream; see the module."""
        listing, password, whole = self._opened()
        files = [one for one in listing.members if not one.is_folder]
        locked = any(one.encrypted for one in files)
        if not whole and not locked and "bsdtar" in self._item.programs:
            self._by_bsdtar(files)
        elif whole:
            with outside.everything(self._item, self._form, password) as run:
                for one in files:
                    self._from_stream(run, one)
                if run.read(1):
                    self._emit.problem(ExceptionCode.PARTIAL, "more bytes came out than its list declares")
        else:
            self._one_by_one(files)
            words = f": {listing.wrong}" if listing.wrong else ""
            self._emit.problem(ExceptionCode.PARTIAL, f"7-Zip finds it damaged, or cannot decrypt it{words}")

    def _opened(self) -> tuple[outside.Listing, str, bool]:
        """Find the password, "" for none, with which the archive can be listed and tested.

        Returns the listing, the password, and whether the test succeeded. Raises Unreadable.
        """
        first: tuple[outside.Listing, str, bool] | None = None
        for password in ("", *self._item.passwords):
            listing = outside.listing(self._item, self._form, password, _MOST)
            if listing is None:
                continue
            locked = any(one.encrypted for one in listing.members)
            if (password or not locked) and outside.is_whole(self._item, self._form, password):
                return listing, password, True
            first = first or (listing, password, False)
            if not locked:
                break
        if first is None:
            raise self._refused()
        return first

    def _refused(self) -> Unreadable:
        """Say why there is not even a listing."""
        arguments = ["l", f"-t{self._form}", "--", outside.ARCHIVE]
        with Run(self._item, "7z", arguments, "none") as run:  # without one it would say only that it was not told any
            while run.read(1 << 16):
                pass
            run.close()
            words = run.words
        count = len(self._item.passwords)
        if "password" in words.lower() or "encrypted" in words.lower():
            tried = f"; passwords tried in vain: {count}" if count else ""
            return Unreadable(ExceptionCode.ENCRYPTED, f"its list of members is encrypted{tried}")
        return Unreadable(ExceptionCode.CORRUPT, f"the archive cannot be read: {words or 'it is none'}")

    def _by_bsdtar(self, files: list[Listed]) -> None:
        """Let bsdtar try what 7-Zip does not get out, and hold what it gives against the list of 7-Zip."""
        given = _Named(self._emit)
        with contextlib.suppress(Unreadable):  # then the whole list is lost, with the reason below
            _by_bsdtar(self._item, given)
        missing = [one for one in files if not given.took(streams.safe_name(one.name, 0))]
        self._count = given.count
        if given.count < len(files):
            for one in missing:
                self._lost(one, ExceptionCode.CORRUPT, "neither 7-Zip nor bsdtar gets it out of the archive")

    def _from_stream(self, run: Run, one: Listed) -> None:
        """Take the next bytes of the stream as this member."""
        source: Source = run if one.size < 0 else Limited(run, one.size)
        if self._own(one.name):
            while source.read(_PIECE):
                pass
        else:
            self._give(one, Checked(source, one.size, one.crc))

    def _one_by_one(self, files: list[Listed]) -> None:
        """Ask for each member by itself. Of several with one name, those before it are passed over."""
        before: Counter[str] = Counter()
        for place, one in enumerate(files):
            if self._own(one.name):
                continue
            if place >= _MOST_SINGLE:
                self._lost(one, ExceptionCode.CORRUPT, f"not asked for: the archive is damaged, and has {len(files):,}")
                continue
            self._single(one, before[one.name])
            before[one.name] += max(0, one.size)

    def _single(self, one: Listed, skipped: int) -> None:
        for password in ("", *self._item.passwords) if one.encrypted else ("",):
            if one.encrypted and not password:
                continue
            with ExitStack() as opened:
                run = opened.enter_context(outside.one(self._item, self._form, password, one.name))
                if self._passed_over(run, skipped):
                    source: Source = run if one.size < 0 else Limited(run, one.size)
                    data, why = streams.taken(Checked(source, one.size, one.crc), self._failed(one))
                    if not why or not one.encrypted:
                        self._emit_member(one, data, why)
                        return
        if one.encrypted:
            count = len(self._item.passwords)
            tried = f"; passwords tried in vain: {count}" if count else ""
            self._lost(one, ExceptionCode.ENCRYPTED, f"encrypted{tried}")
        else:
            self._lost(one, ExceptionCode.CORRUPT, "it does not come out of the archive")

    @staticmethod
    def _passed_over(run: Run, size: int) -> bool:
        while size > 0:
            piece = run.read(min(size, _PIECE))
            if not piece:
                return False
            size -= len(piece)
        return True

    # -- out -----------------------------------------------------------------------------------------------

    def _give(self, one: Listed, source: Source) -> None:
        data, why = streams.taken(source, self._failed(one))
        self._emit_member(one, data, why)

    def _failed(self, one: Listed) -> streams.Failed:
        return lambda why: self._emit.problem(ExceptionCode.PARTIAL, f"{one.name} is damaged: {why}")

    def _emit_member(self, one: Listed, data: bytes | BinaryIO, why: str) -> None:
        problem, message = (ExceptionCode.CORRUPT, f"damaged: {why}") if why else ("", "")
        self._member(one, None if why and not data else data, problem, message)

    def _lost(self, one: Listed, problem: str, message: str) -> None:
        self._member(one, None, problem, message)

    def _member(self, one: Listed, data: bytes | BinaryIO | None, problem: str, message: str) -> None:
        self._count += 1
        when = one.modified + ("+00:00" if one.modified and self._utc else "")
        self._emit.member(
            streams.safe_name(one.name, self._count),
            data,
            kind="text" if one.is_link else "",
            declared_size=one.size,
            fields={"file_modified": when} if when else {},
            problem=problem,
            message=message,
        )


class _Named:
    """Passes members on, and remembers their names."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._names: Counter[str] = Counter()
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._emit, name)

    def member(self, name: str, data: bytes | BinaryIO | None, **more: Any) -> None:
        """Hand it on."""
        self._names[name] += 1
        self.count += 1
        self._emit.member(name, data, **more)

    def took(self, name: str) -> bool:
        """Whether a member of this name came, counting each once."""
        self._names[name] -= 1
        return self._names[name] >= 0


def _by_bsdtar(item: Input, emit: Emit) -> None:
    """Read what bsdtar makes of the archive."""
    with outside.as_tar(item) as run:
        try:
            tar.members(run, emit)
        except Unreadable as stop:
            broken = stop.message
        else:
            broken = ""
        status = run.close()
        words = run.words
    if status and "ncrypt" in words:
        raise Unreadable(ExceptionCode.ENCRYPTED, f"encrypted, which bsdtar does not read: {words}")
    if broken:
        raise Unreadable(ExceptionCode.CORRUPT, f"the archive cannot be read: {words or broken}")
    if status:
        emit.problem(ExceptionCode.PARTIAL, f"bsdtar finds it damaged: {words}")
