"""The house rules of docs/architecture.md, read from the source: who may import whom, who may write which table."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src" / "tecum"
GROUND = {
    "bates", "clock", "deadlines", "demandfile", "errors", "fields", "hooks", "loadfile", "merkle", "model", "progress",
    "query",
    "sampling", "settings", "statement", "tables", "toml",
}  # fmt: skip
ROOMS = {
    "analysis", "demand", "privilege", "processing", "production", "receipt", "redaction", "review", "terms",
}  # fmt: skip
DOORS = {"cli", "demo", "web"}
HALL, VERBS, FACE, HEALTH = "matter", "verbs", "__init__", "health"
# What a newcomer loads with a bare `tecum --help`, beyond the standard library and its own rich and typer.
HEAVY = {
    "PIL", "cryptography", "cv2", "holidays", "icalendar", "lxml", "msoffcrypto", "numpy", "olefile", "onnxruntime",
    "pandas", "pikepdf", "polars", "py3langid", "pypdfium2", "rapidocr", "rensa", "selectolax", "sqlalchemy",
    "trafilatura", "typst",
}  # fmt: skip


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or FACE


def room_of(module: str) -> str:
    return module.split(".")[0]


def imports(path: Path) -> set[str]:
    """Modules of tecum that a file imports, anywhere in it."""
    package = path.relative_to(ROOT).with_suffix("").parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "tecum"}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = ["tecum", *package[: len(package) - node.level]]
                found.add(".".join([*base, node.module] if node.module else base))
            elif (node.module or "").split(".")[0] == "tecum":
                # "from tecum import bates" means the module, "from tecum.engine.store import Store" the store.
                whole = {str(node.module)} if node.module != "tecum" else set()
                found |= {f"{node.module}.{alias.name}" for alias in node.names} | whole
    return {name.removeprefix("tecum").strip(".") for name in found}


def allowed(importer: str, imported: str) -> bool:
    """Whether module ``importer`` may import ``imported`` ("" = the face)."""
    here, there = room_of(importer), room_of(imported)
    if there == "":
        return here in DOORS | {VERBS, FACE}
    if here == there:
        return True
    if there == FACE or (not (ROOT / there).exists() and not (ROOT / f"{there}.py").exists()):
        return here in DOORS | {FACE, VERBS}  # a name of the face, such as tecum.open
    if here in GROUND:
        return there in GROUND
    if here == "engine":
        return there in GROUND
    if here == HALL:
        return there in GROUND | {"engine"}
    if here in ROOMS:
        return there in GROUND | {"engine", HALL}
    if here in {VERBS, HEALTH}:
        return there not in DOORS
    if here in DOORS:
        return there in GROUND | {VERBS, HALL} | DOORS
    return here == FACE and there not in DOORS


def test_every_module_is_a_known_room() -> None:
    known = GROUND | ROOMS | DOORS | {"engine", HALL, VERBS, FACE, HEALTH}
    assert {room_of(name_of(path)) for path in modules()} <= known


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_follow_the_plan_of_the_house(path: Path) -> None:
    wrong = sorted(one for one in imports(path) if not allowed(name_of(path), one))
    assert wrong == []


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_each_module_opens_with_a_sentence(path: Path) -> None:
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()
    assert first and first[0].strip(), "no docstring that says what the module is for"


def test_no_drawer_modules() -> None:
    drawers = {"utils", "util", "helpers", "common", "base", "manager", "misc"}
    assert [name_of(path) for path in modules() if path.stem in drawers] == []


def test_each_table_has_one_writer() -> None:
    """schema.py names each table's owner; nobody else inserts into, updates or deletes from it."""
    schema = (ROOT / "engine" / "schema.py").read_text(encoding="utf-8")
    owners = dict(re.findall(r"^(\w+) = Table\(  # owner: ([\w.]+)", schema, re.MULTILINE))
    tables = set(re.findall(r"^(\w+) = Table\(", schema, re.MULTILINE))
    assert set(owners) == tables
    writes = re.compile(
        r"\b(?:put_rows\(\s*\w+,\s*|delete\(|insert\(|upsert\()(?:schema\.)?(\w+)\b|\b(?:schema\.)?(\w+)\.(?:insert|update|delete)\(\)"
    )
    wrong = []
    for path in modules():
        for found in writes.finditer(path.read_text(encoding="utf-8")):
            table = found[1] or found[2]
            if table in owners and not _owns(owners[table], name_of(path)):
                wrong.append(f"{name_of(path)} writes {table}, owned by {owners[table]}")
    assert wrong == []


def _owns(owner: str, module: str) -> bool:
    return module == owner or module.startswith(f"{owner}.")


def test_bare_help_loads_nothing_heavy() -> None:
    code = "import sys; from tecum.cli import run; run(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in re.findall(r"'([\w.]+)'", done.stderr)}
    assert loaded & HEAVY == set()


def test_every_format_offers_the_kinds_that_its_list_names() -> None:
    """The list lets a child load one format alone; it must not drift from what the modules say."""
    from tecum.processing import readers

    for name, kinds in readers.FORMATS.items():
        module = importlib.import_module(f"tecum.processing.readers.{name}")
        offered = getattr(module, "READERS", None) or [module.READER]
        assert sorted(kinds.split()) == sorted(kind for one in offered for kind in one.kinds), name
