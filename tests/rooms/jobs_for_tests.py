"""Functions that worker processes run in test_jobs.py; importable, as every job must be."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tecum.errors import DiskFull


class Desk:
    """A bench that writes down when it is opened and closed."""

    def __init__(self, folder, child=False):
        self.folder = Path(folder)
        self.child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) if child else None
        self.note("open")

    def note(self, word):
        (self.folder / f"{os.getpid()}.{word}").write_text(str(self.child.pid if self.child else ""))

    def close(self):
        if self.child is not None:
            self.child.communicate(b"\n")
        self.note("close")


def broken():
    raise DiskFull("no room for a bench")


def ends():
    os._exit(7)


def square(desk, batch):
    for number in batch:
        yield number * number


def listed(desk, batch):
    return [sum(batch)]


def nothing(desk, batch):
    return ()


def whose(desk, batch):
    time.sleep(0.02)
    yield os.getpid()


def fails_at_odd(desk, number):
    yield number
    if number % 2:
        raise ValueError(f"odd: {number}")


def disk_full(desk, number):
    raise DiskFull("nothing left", path="/x")
    yield


def dies_at(desk, batch):
    """``batch`` is (numbers, poison): kill -9 by the worker's own hand at the poison."""
    numbers, poison = batch
    for number in numbers:
        if number == poison:
            os.kill(os.getpid(), signal.SIGKILL)
        yield number


def exits(desk, batch):
    os._exit(5)
    yield


def endless(desk, note):
    number = 0
    while True:
        if note:
            Path(note).write_text(str(number))
        yield number, bytes(100_000)
        number += 1


def loops(desk, note):
    Path(note).write_text(str(os.getpid()))
    while True:
        pass
    yield


def not_a_value(desk, batch):
    yield 1
    yield threading.Lock()


def ignores_interrupt(desk, batch):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)
    yield "still here"


def long(desk, batch):
    yield os.getpid()
    time.sleep(60)
