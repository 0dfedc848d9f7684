"""Check all parts of an index against each other, and repair what can be repaired."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..articles import checksum, fingerprint
from ..errors import AssistantError
from ..index import Index
from ..storage.chroma import repair
from ..storage.locks import Locks
from ..storage.place import Place, to_place
from ..storage.records import FORMAT, is_unit, leftovers, passages_of
from ..storage.words import WordIndex

__all__ = ["CheckResult", "check_index", "check_opening"]

LIBRARIES = ("chromadb", "tantivy", "onnxruntime", "tokenizers")
READ_PASSAGES = 200
# Opening the index and reading all vectors may take this long.
OPENING_TIMEOUT_S = 1_800

# The exit status of the process that opens an index of another version.
MISMATCH_STATUS = 3
OPEN_AND_READ = f"""
import sys
from index.errors import AssistantError, IndexMismatchError
from index.index import Index
try:
    with Index(sys.argv[1]) as index:
        ids = index.store.passage_ids()
        for first in range(0, len(ids), 1_000):
            vectors = index.store.vectors(ids[first : first + 1_000])
            index.store.nearest(next(iter(vectors.values())), 10)
except IndexMismatchError as error:
    print(error)
    sys.exit({MISMATCH_STATUS})
except AssistantError as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class CheckResult:
    """The result of a check. fixed: there was a fault, and it was repaired."""

    check: str
    ok: bool
    text: str
    fixed: bool = False


def check_opening(place: str, *, fix: bool) -> CheckResult:
    """Open and read the index in another process, because damaged vector files crash Chroma."""
    fault, repairable = _opening_fault(place)
    if not fault:
        return CheckResult("opening", True, f"{place} can be opened and read")
    if fix and repairable:
        try:
            repaired = _repair_vectors(to_place(place))
        except AssistantError as error:
            return CheckResult("opening", False, str(error))
        if repaired and not _opening_fault(place)[0]:
            text = f"{fault}: the vector files were made again from Chroma's log"
            return CheckResult("opening", True, text, fixed=True)
    return CheckResult("opening", False, fault)


def _opening_fault(place: str) -> tuple[str, bool]:
    """The fault, or nothing; and whether it may lie in the vector files."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", OPEN_AND_READ, place]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=OPENING_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return f"opening {place} and reading all of it takes more than {OPENING_TIMEOUT_S} s", False
    if done.returncode < 0:
        return f"the vector files in {place} are damaged: they crash Chroma", True
    if done.returncode == MISMATCH_STATUS:
        return done.stdout.strip(), False
    return (done.stderr.strip().splitlines()[-1], True) if done.returncode else ("", False)


def _repair_vectors(place: Place) -> bool:
    """Have Chroma make all vector files again; returns whether it can."""
    if place.server or not place.is_there:
        return False
    with Locks(place.folder).writing():
        repair(place.store, all=True)
    return True


def check_index(index: Index, *, fix: bool) -> Iterator[CheckResult]:
    """All findings about an index that is open; with `fix` faults are repaired where possible."""
    with index.connection.writing() if fix else contextlib.nullcontext():
        yield from _findings(_Checks(index, fix=fix))


def _findings(checks: _Checks) -> Iterator[CheckResult]:
    steps: list[Callable[[], CheckResult]] = [
        checks.settings,
        checks.versions,
        checks.articles,
        checks.vectors,
        checks.orphans,
        checks.duplicates,
        checks.words,
        checks.leftovers,
        checks.files,
        checks.disk,
        checks.embedder,
    ]
    for step in steps:
        try:
            yield step()
        except AssistantError as error:
            yield CheckResult(step.__name__, False, str(error))


class _Checks:
    def __init__(self, index: Index, *, fix: bool) -> None:
        self._index = index
        self._store = index.store
        self._fix = fix
        self._summaries = self._store.summaries()

    def _passages(self) -> list[str]:
        return passages_of(self._summaries.values())

    def _remove(self, articles: Sequence[str]) -> None:
        self._index.remove(articles)
        for id in articles:
            del self._summaries[id]

    def _fault(
        self, check: str, fault: str, would: str, done: str, repair: Callable[[], None]
    ) -> CheckResult:
        """A fault: repaired with --fix, else with what --fix would do."""
        if not self._fix:
            return CheckResult(check, False, f"{fault}: --fix {would}")
        repair()
        return CheckResult(check, True, f"{fault}: {done}", fixed=True)

    def settings(self) -> CheckResult:
        made = self._store.settings
        text = (
            f"format {made['format']}, embedder {made['embedder']}, passages of up to "
            f"{made['passage_tokens']} tokens, {made['generation']} writes"
        )
        return CheckResult("settings", made["format"] == FORMAT, text)

    def versions(self) -> CheckResult:
        names = (f"{library} {version(library)}" for library in LIBRARIES)
        return CheckResult("versions", True, ", ".join(names))

    def articles(self) -> CheckResult:
        """All passages are in their places, and together they have the hash of the article."""
        broken = dict(self._summaries)
        for article in self._store.each_full_article(list(self._summaries)):
            if fingerprint(article) == self._summaries[article.id].version:
                del broken[article.id]
        articles, passages = len(self._summaries), len(self._passages())
        if not broken:
            text = f"{articles} articles, {passages} passages, all in their places and unaltered"
            return CheckResult("articles", True, text)
        fault = f"{len(broken)} of {articles} articles are incomplete or altered ({_some(broken)})"
        again = "index their files again"
        return self._fault(
            "articles",
            fault,
            f"removes them; {again}",
            f"they were removed; {again}",
            lambda: self._remove(list(broken)),
        )

    def vectors(self) -> CheckResult:
        """All vectors have one number of dimensions, and length 1."""
        ids = self._passages()
        dimensions: set[int] = set()
        wrong: list[str] = []
        for first in range(0, len(ids), READ_PASSAGES):
            some = ids[first : first + READ_PASSAGES]
            found = self._store.vectors(some)
            wrong += [id for id in some if id not in found or not is_unit(found[id])]
            dimensions.update(map(len, found.values()))
        if not wrong and len(dimensions) <= 1:
            numbers = max(dimensions, default=0)
            text = f"{len(ids)} vectors of {numbers} numbers, all of length 1"
            return CheckResult("vectors", True, text)
        return self._fault(
            "vectors",
            f"{len(wrong)} of {len(ids)} vectors are missing or not of length 1",
            "embeds them again",
            "they were embedded again",
            lambda: self._embed(wrong),
        )

    def _embed(self, ids: list[str]) -> None:
        for first in range(0, len(ids), READ_PASSAGES):
            passages = self._store.passages(ids[first : first + READ_PASSAGES])
            self._index.writer().embed_again(passages)

    def orphans(self) -> CheckResult:
        orphans = self._store.orphans()
        if not orphans:
            return CheckResult("orphans", True, "no passage without an article")

        def remove() -> None:
            with self._index.connection.locks.batch():
                self._store.remove_passages(orphans)

        fault = f"{len(orphans)} passages belong to no article (they are never shown)"
        return self._fault("orphans", fault, "removes them", "they were removed", remove)

    def duplicates(self) -> CheckResult:
        """No file that holds one article has two."""
        at: dict[str, list[str]] = {}
        for id, summary in self._summaries.items():
            if summary.article.path and summary.article.checksum:
                at.setdefault(summary.article.path, []).append(id)
        twice = {path: ids for path, ids in at.items() if len(ids) > 1}
        if not twice:
            return CheckResult("duplicates", True, "no file has two articles")

        def remove() -> None:
            outdated = (self._outdated(path, ids) for path, ids in twice.items())
            self._remove(list(itertools.chain.from_iterable(outdated)))

        return self._fault(
            "duplicates",
            f"{len(twice)} files have two articles ({_some(twice)})",
            "keeps the one that the file holds now",
            "the outdated ones were removed",
            remove,
        )

    def _outdated(self, path: str, ids: list[str]) -> list[str]:
        now = checksum(path)
        return [id for id in ids if self._summaries[id].article.checksum != now] or ids[1:]

    def words(self) -> CheckResult:
        """The word index has the same state and the same passages as the store."""
        fault = self._words_fault()
        if not fault:
            text = f"the word index has the same {len(self._passages())} passages"
            return CheckResult("words", True, text)
        would, done = "rebuilds it (so does the next search)", "it was rebuilt"
        finding = self._fault("words", fault, would, done, self._index.connection.rebuild_words)
        left = self._words_fault() if finding.fixed else ""
        return CheckResult("words", False, f"{fault}: {left}") if left else finding

    def _words_fault(self) -> str:
        """The fault of the word index, or nothing."""
        folder, server = self._index.connection.words_folder, self._index.place.server
        if server and not folder.exists():
            return ""
        words = WordIndex(folder, thoroughly=True)
        now, passages = self._store.mark, self._passages()
        if server and words.mark.is_before(now):
            # Another machine has written: the next search here brings it up to date.
            return ""
        if words.mark != now:
            return "the word index is missing, damaged, or older or newer than the store"
        missing = len(passages) - words.count_of(passages)
        others = words.count() - len(passages) + missing
        if missing == others == 0:
            return ""
        return f"the word index lacks {missing} passages and has {others} others"

    def leftovers(self) -> CheckResult:
        chroma = self._index.connection.chroma
        names = leftovers(chroma, self._store.number)
        if not names:
            return CheckResult("leftovers", True, "nothing is left of an unfinished rebuild")
        return self._fault(
            "leftovers",
            f"{len(names)} collections are left of an unfinished rebuild",
            "deletes them, and --rebuild finishes it",
            "they were deleted",
            lambda: chroma.delete(names),
        )

    def files(self) -> CheckResult:
        """Files that changed after they were indexed are reported, and no fault of the index."""
        gone, changed = 0, 0
        for summary in self._summaries.values():
            gone += sum(not Path(path).exists() for path in summary.files)
            if former := summary.article.checksum:
                changed += checksum(summary.article.path or "") not in (None, former)
        text = "no file has changed since it was indexed"
        if gone or changed:
            text = f"{changed} files have changed since, {gone} are gone: index their folder again"
        return CheckResult("files", True, text)

    def disk(self) -> CheckResult:
        free = shutil.disk_usage(self._index.place.folder).free
        text = f"{free / 1e9:.1f} GB free at {self._index.place.folder}"
        # The next batch may not fit into less.
        if free < 200_000_000:
            return CheckResult("disk", False, f"{text}: free some space")
        return CheckResult("disk", True, text)

    def embedder(self) -> CheckResult:
        vector = self._index.embedder.embed(["Is anybody there?"])[0]
        text = f"{self._store.embedder_name} makes vectors of {len(vector)} numbers"
        for stored in self._store.vectors(self._passages()[:1]).values():
            if len(stored) != len(vector):
                text += f", but {len(stored)} are stored: --rebuild"
                return CheckResult("embedder", False, text)
        return CheckResult("embedder", True, text)


def _some(names: Collection[str]) -> str:
    shown = ", ".join(itertools.islice(names, 3))
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
