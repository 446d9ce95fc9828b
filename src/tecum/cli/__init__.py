"""The command line: one verb a command, ``-C`` and ``--json`` anywhere, and exit codes that can be relied on.

0 done; 1 done, with findings of severity stop; 2 usage; 3 a crash, logged; 4-97 a named error; 100 done, with
exceptions recorded; 130 interrupted, run again to resume. Precedence: error, 130, 1, 100.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

DONE, FINDINGS, USAGE, CRASH, EXCEPTIONS, INTERRUPTED = 0, 1, 2, 3, 100, 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    import typer

    from tecum.cli.commands import app
    from tecum.cli.show import State, anywhere, complain
    from tecum.errors import TecumError

    state = State()
    try:
        ended = app(args=anywhere(arguments, state), standalone_mode=False, obj=state, prog_name="tecum")
        if ended == INTERRUPTED:  # the library turns the interruption into this
            raise KeyboardInterrupt
        return ended or state.code
    except TecumError as error:
        complain(state, error)
        return error.exit_code
    except typer.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("Interrupted. Nothing done so far is lost: run the same command again.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # the one place where a defect of the program ends: logged, with its own exit code
        if callable(show := getattr(error, "show", None)):  # a usage error of the command-line library
            show()
            return USAGE
        place = _log(traceback.format_exc())
        message = f"tecum crashed; this is a defect of tecum. The details are in {place}"
        if state.json:
            print(json.dumps({"error": {"code": "CRASH", "exit_code": CRASH, "message": message, "log": place}}))
        print(message, file=sys.stderr)
        return CRASH


def _log(details: str) -> str:
    name = f"tecum-crash-{time.strftime('%Y%m%d-%H%M%S')}.log"
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        try:
            (folder / name).write_text(details, encoding="utf-8")
            return str(folder / name)
        except OSError:
            continue
    print(details, file=sys.stderr)
    return "the lines above"
