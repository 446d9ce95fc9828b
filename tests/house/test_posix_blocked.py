"""Every module imports where the POSIX-only modules are missing, as they are on Windows."""

import subprocess
import sys
from pathlib import Path

import tecum

BLOCKED = ("fcntl", "grp", "pwd", "resource", "termios")
PACKAGE = Path(tecum.__file__).parent

PROGRAM = """
import importlib, sys
for name in {blocked!r}:
    sys.modules[name] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def modules() -> list[str]:
    paths = (path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py"))
    names = (".".join(path.parts).removesuffix(".__init__") for path in paths)
    return sorted(name for name in names if not name.endswith("__main__"))


def test_everything_imports_without_posix_modules():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(blocked=BLOCKED), *modules()],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_posix_modules_are_named_in_one_file_only():
    guilty = []
    for path in PACKAGE.rglob("*.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            words = line.replace(",", " ").split()
            if words[:1] in (["import"], ["from"]) and set(words[1:]) & set(BLOCKED):
                guilty.append(f"{path.name}:{number}")
    assert {one.split(":")[0] for one in guilty} == {"posix.py"}, guilty
