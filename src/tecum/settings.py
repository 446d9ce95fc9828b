"""tecum.toml: what a clerk can read and a lawyer can sign off, written once at init and ruling from then on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from tecum import demandfile, toml
from tecum.demandfile import Plan
from tecum.errors import SettingsInvalid
from tecum.model import Custodian

NAME = "tecum.toml"
SIDES = ("answering", "demanding")
OCR_ENGINES = ("tesseract", "rapidocr", "none")
_FORMAT = 1
_DPI = (100, 600)
_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{1,30}")


@dataclass(frozen=True)
class Processing:
    """How files are read, and the caps a hostile one runs into (``docs/reference/settings.md``)."""

    workers: int = 0  # 0 = one for each processor core
    exclude: tuple[str, ...] = (".DS_Store", "._*", ".localized", "Thumbs.db", "desktop.ini", "~$*")
    passwords: str = ""  # a file beside this one, one password a line
    seconds: int = 60  # per file of ordinary size; larger files get more
    memory_mib: int = 1536
    depth: int = 20
    members: int = 100_000  # in one archive; mailboxes have no cap
    ratio: int = 200  # an archive stops only when it passes both of these
    expand_mib: int = 2048
    ocr: str = OCR_ENGINES[0]
    ocr_languages: tuple[str, ...] = ("eng",)
    ocr_dpi: int = 300


@dataclass(frozen=True)
class Settings:
    """All of tecum.toml."""

    name: str
    plan: Plan
    side: str = "answering"
    processing: Processing = field(default_factory=Processing)
    engine: dict[str, str] = field(default_factory=dict)  # what page counts depend on, with versions


def read(path: Path) -> Settings:
    """Read tecum.toml.

    Raises:
        SettingsInvalid, TimeZoneInvalid: naming line and key.
    """
    file = toml.read(path, SettingsInvalid)
    matter = file.section("matter")
    if matter.number("format", _FORMAT) > _FORMAT:
        raise matter.fail("format", "was written by a newer tecum", "Install a newer tecum")
    settings = Settings(
        name=matter.text("name"),
        side=matter.choice("side", SIDES, SIDES[0]),
        plan=demandfile.parse(file, file, path.parent, complete=False),
        processing=_processing(file.section("processing")),
        engine=_engine(file.section("engine")),
    )
    matter.done()
    file.done()
    return settings


def with_source(settings: Settings, key: str, source: str, name: str = "") -> Settings:
    """Return the settings with one more source for a custodian, who is added when new."""
    known = {one.key: one for one in settings.plan.custodians}
    old = known.get(key, Custodian(key, name or key))
    if source in old.sources:
        return settings
    known[key] = replace(old, sources=(*old.sources, source))
    return replace(settings, plan=replace(settings.plan, custodians=tuple(known.values())))


def write(settings: Settings) -> str:
    """Return the text of tecum.toml."""
    plan = settings.plan
    production, how = plan.production, settings.processing
    parts = [
        "# The settings of this matter. They were copied here once from the demand file; this file rules.",
        "# Every key is explained in the documentation under Settings.",
        "",
        toml.table("matter", {"format": _FORMAT, "name": settings.name, "side": settings.side}),
        toml.table("demand", plan.demand.stated()) if settings.side == SIDES[0] else "",
    ]  # fmt: skip
    for one in plan.requests:
        stated = {
            "number": one.number, "text": one.text, "from": one.start, "to": one.end,
            "custodians": one.custodians, "terms": one.terms, "all": one.everything or None,
            "answer": one.answer if one.answer != demandfile.ANSWERS[0] else None, "oath": one.oath or None,
            "signers": one.signers or None,
        }  # fmt: skip
        parts.append(toml.table("[[request]]", stated))
    people = {one.key: {"name": one.name, "role": one.role, "source": one.sources} for one in plan.custodians}
    parts += [
        "# In order of priority: the first custodian's copy of a document is the one produced.",
        toml.table("custodians", people),
        toml.table(
            "counsel",
            {"names": plan.counsel.names, "addresses": plan.counsel.addresses, "domains": plan.counsel.domains},
        ),
        toml.table(
            "production",
            {
                "prefix": production.prefix, "start": production.start, "width": production.width,
                "designation": production.designation, "images": production.images,
                "volume": production.volume, "profile": production.profile,
                "time_zone": production.time_zone, "dedupe": production.dedupe,
            },
        ),
        toml.table(
            "processing",
            {
                "workers": how.workers, "exclude": how.exclude, "passwords": how.passwords,
                "seconds": how.seconds, "memory_mib": how.memory_mib, "depth": how.depth,
                "members": how.members, "ratio": how.ratio, "expand_mib": how.expand_mib,
                "ocr": how.ocr, "ocr_languages": how.ocr_languages, "ocr_dpi": how.ocr_dpi,
            },
        ),
        "# Page counts make Bates numbers, so the renderer and its fonts may not change within a matter.",
        toml.table("engine", settings.engine),
    ]  # fmt: skip
    return "\n".join(parts)


def _processing(section: toml.Section) -> Processing:
    default = Processing()
    chosen = Processing(
        workers=section.number("workers", default.workers),
        exclude=section.texts("exclude") if section.has("exclude") else default.exclude,
        passwords=section.text("passwords", ""),
        seconds=section.number("seconds", default.seconds),
        memory_mib=section.number("memory_mib", default.memory_mib),
        depth=section.number("depth", default.depth),
        members=section.number("members", default.members),
        ratio=section.number("ratio", default.ratio),
        expand_mib=section.number("expand_mib", default.expand_mib),
        ocr=section.choice("ocr", OCR_ENGINES, default.ocr),
        ocr_languages=section.texts("ocr_languages") if section.has("ocr_languages") else default.ocr_languages,
        ocr_dpi=section.number("ocr_dpi", default.ocr_dpi),
    )
    if not _DPI[0] <= chosen.ocr_dpi <= _DPI[1]:
        raise section.fail("ocr_dpi", f"must lie between {_DPI[0]} and {_DPI[1]}", "Leave it out for 300")
    for one in chosen.ocr_languages:
        if not _LANGUAGE.fullmatch(one):
            raise section.fail("ocr_languages", f"has {one!r}", 'Write tesseract\'s names, such as ["eng", "spa"]')
    section.done()
    return chosen


def _engine(section: toml.Section) -> dict[str, str]:
    return {key: section.text(key) for key in section.keys()}  # noqa: SIM118 - a Section is not a dict
