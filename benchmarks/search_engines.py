"""The engines of the search comparison, each behind the same three calls: build, size, find.

``find`` returns the places of the documents found and the seconds it took, or None for what the engine cannot
express. Each is used as its documentation says a proximity or a pattern is written.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, Protocol

from search_queries import Query

from tecum import query as language
from tecum.engine.index import Index, IndexDoc, build_segment

Found = tuple[set[int], float]


class Engine(Protocol):
    """What is compared."""

    name: str

    def build(self, texts: Sequence[str]) -> None:
        """Index these texts."""

    def size(self) -> int:
        """Bytes on disk."""

    def find(self, query: Query) -> Found | None:
        """Answer a query."""

    def close(self) -> None:
        """Let go of everything."""


class Missing(Exception):
    """An engine is not on this machine; the message says what is lacking."""


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Tecum:
    name = "tecum"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "segment"

    def build(self, texts: Sequence[str]) -> None:
        documents = (IndexDoc(at, "00" * 32, [("body", text)]) for at, text in enumerate(texts))
        build_segment(self._folder, documents)
        self._index = Index.open([self._folder])

    def size(self) -> int:
        return bytes_of(self._folder)

    def find(self, query: Query) -> Found | None:
        tree = language.parse(query.text).require()
        begun = time.perf_counter()
        found = self._index.documents(tree)
        return set(found.tolist()), time.perf_counter() - begun

    def close(self) -> None:
        self._index.close()


class FullText5:
    name = f"SQLite FTS5 {sqlite3.sqlite_version}"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "fts.db"
        self._db = sqlite3.connect(self._path)

    def build(self, texts: Sequence[str]) -> None:
        self._db.execute("CREATE VIRTUAL TABLE t USING fts5(body, content='', tokenize='ascii')")
        self._db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'row')")
        self._db.executemany("INSERT INTO t(rowid, body) VALUES (?, ?)", enumerate(texts))
        self._db.execute("INSERT INTO t(t) VALUES ('optimize')")
        self._db.commit()

    def size(self) -> int:
        return self._path.stat().st_size

    def find(self, query: Query) -> Found | None:
        begun = time.perf_counter()
        said = self._said(query)
        if said is None:
            return None
        rows = self._db.execute("SELECT rowid FROM t WHERE t MATCH ?", (said,)).fetchall()
        return {row[0] for row in rows}, time.perf_counter() - begun

    def _said(self, query: Query) -> str | None:
        one = query.groups[0]
        match query.kind:
            case "and":
                return " AND ".join(group[0] for group in query.groups)
            case "and not":
                return f"{one[0]} NOT {query.groups[1][0]}"
            case "phrase":
                return f'"{" ".join(group[0] for group in query.groups)}"'
            case "pattern" if one[0].startswith("*"):
                terms = self._db.execute("SELECT term FROM v WHERE term LIKE ?", (f"%{one[0][1:]}",))
                return " OR ".join(f'"{term}"' for (term,) in terms)
            case "pattern":
                return one[0]
            case "near":  # n in FTS5 is the words between
                return " OR ".join(f"NEAR({a} {b}, {query.distance - 1})" for a, b in product(*query.groups))
            case _:
                return None

    def close(self) -> None:
        self._db.close()


class Tantivy:
    def __init__(self, folder: Path) -> None:
        try:
            import tantivy
        except ImportError:
            raise Missing("the package tantivy is not installed") from None
        self.name = f"tantivy {version('tantivy')}"
        self._lib: Any = tantivy
        self._folder = folder / "tantivy"
        self._folder.mkdir()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="position")
        builder.add_integer_field("id", fast=True)
        self._schema = builder.build()

    def build(self, texts: Sequence[str]) -> None:
        index = self._lib.Index(self._schema, path=str(self._folder))
        writer = index.writer(heap_size=200_000_000, num_threads=1)
        for at, text in enumerate(texts):
            writer.add_document(self._lib.Document(body=[text], id=at))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()
        self._count = len(texts)

    def size(self) -> int:
        return bytes_of(self._folder)

    def find(self, query: Query) -> Found | None:
        begun = time.perf_counter()
        asked = self._asked(query)
        if asked is None:
            return None
        hits = self._searcher.search(asked, limit=self._count, count=False).hits
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        return set(ids), time.perf_counter() - begun

    def _asked(self, query: Query) -> Any:
        lib, schema = self._lib, self._schema
        make = lib.Query

        def term(word: str) -> Any:
            return make.term_query(schema, "body", word)

        match query.kind:
            case "and":
                return make.boolean_query([(lib.Occur.Must, term(group[0])) for group in query.groups])
            case "and not":
                (one,), (other,) = query.groups
                return make.boolean_query([(lib.Occur.Must, term(one)), (lib.Occur.MustNot, term(other))])
            case "phrase":
                return make.phrase_query(schema, "body", [group[0] for group in query.groups])
            case "pattern":
                return make.regex_query(schema, "body", _regex(query.groups[0]))
            case "near":  # Lucene's slop: both orders, one less than the distance
                orders = (list(map(_regex, query.groups)), list(map(_regex, query.groups[::-1])))
                parts = [self._phrase(order, query.distance - 1) for order in orders]
                return make.boolean_query([(lib.Occur.Should, part) for part in parts])
            case "before":
                return self._phrase(list(map(_regex, query.groups)), query.distance - 1)
            case _:
                return None

    def _phrase(self, patterns: list[str], slop: int) -> Any:
        return self._lib.Query.regex_phrase_query(self._schema, "body", patterns, slop=slop)

    def close(self) -> None:
        """Nothing is held but mapped files."""


def _regex(group: Sequence[str]) -> str:
    return f"({'|'.join(re.escape(word).replace(re.escape('*'), '.*') for word in group)})"


class PostgreSQL:
    """A server of its own in a temporary folder, run by an unprivileged user, asked through psql."""

    def __init__(self, folder: Path, user: str = "postgres") -> None:
        found = shutil.which("initdb") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")), None)
        if found is None or shutil.which("psql") is None:
            raise Missing("initdb or psql is not installed")
        self._bin = Path(found).resolve().parent
        self._place = Path(tempfile.mkdtemp(prefix="pg"))
        self._user = user if sys.platform != "win32" and _is_root() else None
        if self._user:
            shutil.chown(self._place, self._user)
        self._data = self._place / "data"
        try:
            self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "bench", "--no-locale", "-E", "UTF8")
            options = f"-k {self._place} -c listen_addresses='' -c shared_buffers=512MB -c fsync=off"
            self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._place / "log"), "-o", options, "start")
        except (OSError, subprocess.CalledProcessError, KeyError) as error:
            shutil.rmtree(self._place, ignore_errors=True)
            raise Missing(f"the server does not start: {error}") from None
        self.name = f"PostgreSQL {self._ask('SHOW server_version').split()[0]}"

    def _run(self, program: str, *args: str) -> None:
        command = [str(self._bin / program), *args]
        subprocess.run(
            command, check=True, user=self._user, cwd=self._place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _ask(self, *statements: str, rows: str = "") -> str:
        command = ["psql", "-h", str(self._place), "-U", "bench", "-d", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"]
        asked = [part for one in statements for part in ("-c", one)]
        done = subprocess.run([*command, *asked], input=rows, text=True, check=True, capture_output=True)
        return done.stdout

    def build(self, texts: Sequence[str]) -> None:
        rows = "".join(f"{at}\t{_vector(text)}\n" for at, text in enumerate(texts))
        self._ask("CREATE TABLE t (id int, v tsvector)", "COPY t FROM STDIN", rows=rows)
        self._ask("CREATE INDEX ON t USING gin (v)", "ANALYZE t")

    def size(self) -> int:
        return int(self._ask("SELECT pg_total_relation_size('t')"))

    def find(self, query: Query) -> Found | None:
        said = self._said(query)
        if said is None:
            return None
        asked = f"SELECT id FROM t WHERE v @@ '{said}'::tsquery"
        out = self._ask("\\timing on", asked).splitlines()
        seconds = float(out[-1].split()[1]) / 1000
        return {int(line) for line in out[:-1] if line.isdigit()}, seconds

    def _said(self, query: Query) -> str | None:
        if query.kind == "nested" or query.groups[0][0].startswith("*"):
            return None
        groups = [f"({' | '.join(word.replace('*', ':*') for word in group)})" for group in query.groups]
        match query.kind:
            case "and not":
                return f"{groups[0]} & !{groups[1]}"
            case "phrase":
                return " <-> ".join(groups)
            case "near" | "before":
                orders = [groups] if query.kind == "before" else [groups, groups[::-1]]
                apart = range(1, query.distance + 1)
                return " | ".join(f"({one} <{n}> {other})" for one, other in orders for n in apart)
            case _:
                return " & ".join(groups)

    def close(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self._place, ignore_errors=True)


def _vector(text: str) -> str:
    """A text as a tsvector is written, so that the server divides nothing."""
    places: dict[str, list[int]] = {}
    for at, word in enumerate(text.split(), 1):
        places.setdefault(word, []).append(at)
    return " ".join(f"{word}:{','.join(map(str, found))}" for word, found in places.items())


def _is_root() -> bool:
    import os

    return os.geteuid() == 0


ENGINES = (Tecum, FullText5, Tantivy, PostgreSQL)
