"""What runs in the sandbox for a check: reading PDFs, page ink and EDRM XML; and the thin call from outside.

The three tasks see one open file each. Everything they send is checked again on this side.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from tecum.errors import SandboxFailed
from tecum.hooks import Unreadable

Send = Callable[[dict[str, Any], bytes], None]
INK_PAGES = 5  # pages looked at before a document is said to be blank
FOOTER = 0.08  # of the height at the foot and head, where endorsements stand
INK = 0.0005  # share of dark pixels that makes a page not blank
_DARK = 128


class Outcome(Protocol):
    """How a task ended."""

    @property
    def ok(self) -> bool:
        """Whether the task came to its end."""

    @property
    def code(self) -> str:
        """The exception code when it did not."""

    @property
    def message(self) -> str:
        """What happened, in words."""


class Runner(Protocol):
    """The part of ``tecum.engine.sandbox.Sandbox`` that is used here."""

    def run(
        self,
        task: str,
        file: Path | BinaryIO | bytes | None,
        args: dict[str, Any],
        receive: Callable[[dict[str, Any], bytes], None],
    ) -> Outcome:
        """Run a task on a file and hand over what it sends."""


@dataclass(frozen=True)
class PdfFacts:
    """A PDF's pages, or why it cannot be read (``problem``); ``marked``: text or ink on the page's body."""

    pages: int = 0
    marked: bool = False
    problem: str = ""


@dataclass
class Inspector:
    """Runs the tasks; makes a sandbox at first use when none is given, and closes only its own."""

    sandbox: Runner | None = None
    failed: str = ""  # why no sandbox can be had
    _own: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Inspector:
        return self

    def __exit__(self, *_: object) -> None:
        self._own.close()

    def pdf(self, path: Path, *, marks: bool = False) -> PdfFacts | None:
        """Return a PDF's facts, or None when there is no sandbox. ``marks``: look for text and ink too."""
        got: dict[str, Any] = {}
        outcome = self._run("pdf", path, {"marks": marks}, got.update)
        if outcome is None:
            return None
        if not outcome.ok:
            return PdfFacts(problem=f"{outcome.code}: {outcome.message}")
        return PdfFacts(int(got.get("pages", 0)), bool(got.get("marked", False)))

    def image_marked(self, path: Path) -> bool | None:
        """Return whether a page image carries ink, or None when it cannot be told."""
        got: dict[str, Any] = {}
        outcome = self._run("image", path, {}, got.update)
        return bool(got.get("marked", False)) if outcome is not None and outcome.ok else None

    def edrm(self, path: Path, receive: Callable[[dict[str, Any]], None]) -> None:
        """Hand over the documents, relations and anomalies of an EDRM XML file.

        Raises:
            SandboxFailed: when no sandbox can be started.
        """

        def take(message: dict[str, Any]) -> None:
            for one in message["batch"]:
                receive(one)

        outcome = self._run("edrm", path, {}, take)
        if outcome is None:
            raise SandboxFailed(self.failed)
        if not outcome.ok:
            receive({"anomaly": ["P02", 0, f"The XML could not be read: {outcome.message}", "", False]})

    def _run(
        self, task: str, path: Path, args: dict[str, Any], receive: Callable[[dict[str, Any]], None]
    ) -> Outcome | None:
        if self.failed:
            return None
        from tecum.engine.sandbox import Sandbox

        try:
            if self.sandbox is None:
                self.sandbox = self._own.enter_context(Sandbox())
            name = f"tecum.receipt.inspection:{task}"
            return self.sandbox.run(name, path, args, lambda message, _: receive(message))
        except SandboxFailed as error:
            self.failed = error.message
            return None


def pdf(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Task: send ``pages`` and, if ``args["marks"]``, whether one of the first pages is ``marked``."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file.read())
    except pypdfium2.PdfiumError as error:
        code = "ENCRYPTED" if "password" in str(error).casefold() else "CORRUPT"
        raise Unreadable(code, f"not a readable PDF: {error}") from error
    with document:
        pages = len(document)
        marked = False
        if args.get("marks"):
            marked = any(_page_marked(document, number) for number in range(min(pages, INK_PAGES)))
        send({"pages": pages, "marked": marked}, b"")


def _page_marked(document: Any, number: int) -> bool:
    page = document[number]
    width, height = page.get_size()
    text = page.get_textpage().get_text_bounded(0, height * FOOTER, width, height * (1 - FOOTER))
    if len(text.split()) > 0:
        return True
    scale = min(1.0, 1000 / max(width, height, 1))
    return _marked(page.render(scale=scale, grayscale=True).to_pil())


def image(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Task: send whether the first page of an image is ``marked``."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = 500_000_000
    try:
        with Image.open(file) as picture:
            send({"marked": _marked(picture.convert("L"))}, b"")
    except (UnidentifiedImageError, OSError) as error:
        raise Unreadable("CORRUPT", f"not a readable image: {error}") from error


def _marked(picture: Any) -> bool:
    """Tell ink from a blank page, leaving head and foot out: numbers and designations are stamped there."""
    width, height = picture.size
    body = picture.crop((0, int(height * FOOTER), width, int(height * (1 - FOOTER))))
    dark = sum(body.histogram()[:_DARK])
    return bool(dark > INK * max(body.size[0] * body.size[1], 1))


def edrm(file: BinaryIO, args: dict[str, Any], send: Send) -> None:
    """Task: send documents, relations and anomalies of an EDRM XML file in batches."""
    from tecum.loadfile import EdrmReader

    reader = EdrmReader(file)
    batch: list[dict[str, Any]] = []
    for document in reader:
        files = [[one.kind, one.path, one.size, one.hash] for one in document.files]
        batch.append({"line": document.line, "id": document.id, "tags": document.tags, "files": files})
        if len(batch) >= 100:
            send({"batch": batch}, b"")
            batch = []
    batch += [{"relation": list(relation)} for relation in reader.relations]
    batch += [{"anomaly": list(anomaly)} for anomaly in reader.anomalies]
    send({"batch": batch}, b"")
