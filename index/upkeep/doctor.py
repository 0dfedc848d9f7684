"""Check an index: everything in it against everything else, and mend what can be mended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..articles import checksum, fingerprint
from ..errors import AssistantError
from ..index import Index
from ..storage.place import to_place
from ..storage.records import FORMAT, is_unit, leftovers
from ..storage.words import WordIndex

__all__ = ["Finding", "check", "check_opening"]

PACKAGES = ("chromadb", "tantivy", "onnxruntime", "tokenizers")
# Bytes that should be free: less, and the next batch may not fit.
LEAST_FREE = 200_000_000
# Articles that are looked at in one go.
SOME = 200
# Seconds that opening and reading all vectors may take.
PATIENCE = 1_800

# With this status ends the process that opens an index of another version.
NOT_OURS = 3
OPENING = f"""
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
    sys.exit({NOT_OURS})
except AssistantError as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Finding:
    """What a check found. fixed: it was wrong, and is not any more."""

    check: str
    ok: bool
    text: str
    fixed: bool = False


def check_opening(place: str, *, fix: bool) -> Finding:
    """Whether the index can be opened and read: in another process, because damaged vector files crash Chroma."""
    reason, mendable = _opening_fault(place)
    if not reason:
        return Finding("opening", True, f"{place} can be opened and read")
    store = to_place(place)
    if fix and mendable and not store.server and store.is_there:
        from ..storage.chroma import mend
        from ..storage.locks import Locks

        try:
            with Locks(store.folder).writing():
                mend(store.store, all=True)
        except AssistantError as error:
            return Finding("opening", False, str(error))
        if not _opening_fault(place)[0]:
            return Finding(
                "opening",
                True,
                f"{reason}: the vector files were made again from Chroma's log",
                fixed=True,
            )
    return Finding("opening", False, reason)


def _opening_fault(place: str) -> tuple[str, bool]:
    """What is wrong, nothing if nothing is; and whether it may be the vector files."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", OPENING, place]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return f"opening {place} and reading all of it takes more than {PATIENCE} s", False
    if done.returncode < 0:
        return f"the vector files in {place} are damaged: they crash Chroma", True
    if done.returncode == NOT_OURS:
        return done.stdout.strip(), False
    return (done.stderr.strip().splitlines()[-1], True) if done.returncode else ("", False)


def check(index: Index, *, fix: bool) -> Iterator[Finding]:
    """Everything that can be checked of an index that is open, a finding each; `fix` mends what can be mended."""
    if not fix:
        yield from _findings(_Check(index, fix=False))
        return
    with index.connection.writing():
        yield from _findings(_Check(index, fix=True))


def _findings(look: _Check) -> Iterator[Finding]:
    steps: list[Callable[[], Finding]] = [
        look.settings,
        look.versions,
        look.articles,
        look.vectors,
        look.orphans,
        look.duplicates,
        look.words,
        look.leftovers,
        look.files,
        look.disk,
        look.embedder,
    ]
    for step in steps:
        try:
            yield step()
        except AssistantError as error:
            yield Finding(step.__name__, False, str(error))


class _Check:
    def __init__(self, index: Index, *, fix: bool) -> None:
        self._index = index
        self._store = index.store
        self._fix = fix
        self._summaries = self._store.summaries()

    def settings(self) -> Finding:
        made = self._store.settings
        text = (
            f"format {made['format']}, embedder {made['embedder']}, passages of up to {made['passage_tokens']} tokens, "
            f"{made['generation']} writes"
        )
        return Finding("settings", made["format"] == FORMAT, text)

    def versions(self) -> Finding:
        return Finding("versions", True, ", ".join(f"{name} {version(name)}" for name in PACKAGES))

    def articles(self) -> Finding:
        """Each passage is there and in its place, and together they are what the article's hash was taken of."""
        there = self._store.each_full_article(list(self._summaries))
        whole = {
            article.id
            for article in there
            if fingerprint(article) == self._summaries[article.id].version
        }
        broken = [id for id in self._summaries if id not in whole]
        count = sum(len(summary.starts) for summary in self._summaries.values())
        text = (
            f"{len(self._summaries)} articles, {count} passages, all in their places and unaltered"
        )
        if not broken:
            return Finding("articles", True, text)

        def take_out() -> None:
            self._index.remove(broken)
            for id in broken:
                del self._summaries[id]

        wrong = f"{len(broken)} articles are not as they were written ({_some(broken)})"
        again = "index their files again"
        return self._mended(
            "articles", wrong, f"takes them out; {again}", f"they were taken out; {again}", take_out
        )

    def _mended(
        self, check: str, wrong: str, would: str, done: str, mend: Callable[[], None]
    ) -> Finding:
        """What is wrong: mended, or with what --fix would do."""
        if not self._fix:
            return Finding(check, False, f"{wrong}: --fix {would}")
        mend()
        return Finding(check, True, f"{wrong}: {done}", fixed=True)

    @property
    def _passages(self) -> list[str]:
        return [id for summary in self._summaries.values() for id in summary.passages]

    def vectors(self) -> Finding:
        """Vectors of one length, and of norm 1."""
        ids = self._passages
        lengths: set[int] = set()
        wrong: list[str] = []
        for first in range(0, len(ids), SOME):
            found = self._store.vectors(ids[first : first + SOME])
            wrong += [
                id for id in ids[first : first + SOME] if id not in found or not is_unit(found[id])
            ]
            lengths.update(map(len, found.values()))
        if not wrong and len(lengths) <= 1:
            return Finding(
                "vectors",
                True,
                f"{len(ids)} vectors of {max(lengths, default=0)} numbers, all of length 1",
            )
        text = f"{len(wrong)} of {len(ids)} vectors are missing or not of length 1"
        return self._mended(
            "vectors",
            text,
            "embeds them again",
            "they were embedded again",
            lambda: self._embed(wrong),
        )

    def _embed(self, ids: list[str]) -> None:
        for first in range(0, len(ids), SOME):
            passages = self._store.passages(ids[first : first + SOME])
            self._index.writer().embed_again(passages)

    def orphans(self) -> Finding:
        orphans = self._store.orphans()
        if not orphans:
            return Finding("orphans", True, "no passage without an article")

        def take_out() -> None:
            with self._index.connection.locks.batch():
                self._store.remove_passages(orphans)

        text = f"{len(orphans)} passages belong to no article (they are never shown)"
        return self._mended("orphans", text, "takes them out", "they were taken out", take_out)

    def duplicates(self) -> Finding:
        """No file that holds one article has two."""
        at: dict[str, list[str]] = {}
        for id, summary in self._summaries.items():
            if summary.article.path and summary.article.checksum:
                at.setdefault(summary.article.path, []).append(id)
        twice = {path: ids for path, ids in at.items() if len(ids) > 1}
        if not twice:
            return Finding("duplicates", True, "no file has two articles")

        def take_out() -> None:
            outdated = [id for path, ids in twice.items() for id in self._outdated(path, ids)]
            self._index.remove(outdated)
            for id in outdated:
                del self._summaries[id]

        text = f"{len(twice)} files have two articles ({_some(list(twice))})"
        done = "what the file does not hold was taken out"
        return self._mended("duplicates", text, "keeps what the file holds now", done, take_out)

    def _outdated(self, path: str, ids: list[str]) -> list[str]:
        now = checksum(path)
        return [id for id in ids if self._summaries[id].article.checksum != now] or ids[1:]

    def words(self) -> Finding:
        """The word index against Chroma: of the same state, and each passage in it once."""
        reason = self._words_fault()
        if not reason:
            return Finding(
                "words", True, f"the word index has the same {len(self._passages)} passages"
            )
        would = "makes it anew (so does the next search)"
        rebuild = self._index.connection.rebuild_words
        found = self._mended("words", reason, would, "it was made anew", rebuild)
        left = self._words_fault() if found.fixed else ""
        return Finding("words", False, f"{reason}: {left}") if left else found

    def _words_fault(self) -> str:
        """What is wrong with the word index; nothing if nothing is."""
        folder, server = self._index.connection.words_folder, self._index.place.server
        if server and not folder.exists():
            return ""
        words, now = WordIndex(folder, thoroughly=True), self._store.mark
        if server and words.mark.born == now.born and words.mark.generation < now.generation:
            # Another machine has written: the next search here brings it up to date.
            return ""
        if words.mark != now:
            return "the word index is missing, damaged, or of another state than the store"
        missing = len(self._passages) - words.count_of(self._passages)
        more = words.count() - len(self._passages)
        if not missing and not more:
            return ""
        return f"the word index lacks {missing} passages and has {more + missing} others"

    def leftovers(self) -> Finding:
        chroma = self._index.connection.chroma
        names = leftovers(chroma, self._store.number)
        if not names:
            return Finding("leftovers", True, "nothing is left of a writing that was cut short")
        text = f"{len(names)} collections are left of a rebuild that was not finished"
        if not self._fix:
            return Finding(
                "leftovers", False, f"{text}: finish it with --rebuild, or --fix takes them away"
            )
        chroma.delete(names)
        return Finding("leftovers", True, f"{text}: they were taken away", fixed=True)

    def files(self) -> Finding:
        """What has changed since it was indexed is worth a word, and nothing wrong with the index."""
        gone, changed = 0, 0
        for summary in self._summaries.values():
            for path in summary.files:
                gone += not Path(path).exists()
            first = summary.article
            if first.path and first.checksum and (now := checksum(first.path)):
                changed += now != first.checksum
        if gone or changed:
            return Finding(
                "files",
                True,
                f"{changed} files have changed since, {gone} are gone: index their folder again",
            )
        return Finding("files", True, "all articles' files are as they were")

    def disk(self) -> Finding:
        free = shutil.disk_usage(self._index.place.folder).free
        text = f"{free / 1e9:.1f} GB free at {self._index.place.folder}"
        return Finding(
            "disk", free >= LEAST_FREE, text if free >= LEAST_FREE else f"{text}: free some"
        )

    def embedder(self) -> Finding:
        vector = self._index.embedder.embed(["Is anybody there?"])[0]
        ids = next(
            (summary.passages[:1] for summary in self._summaries.values() if summary.starts), []
        )
        stored = next(iter(self._store.vectors(ids).values()), vector)
        same = len(vector) == len(stored)
        text = f"{self._store.embedder_name} answers with {len(vector)} numbers"
        return Finding(
            "embedder", same, text if same else f"{text}, and {len(stored)} are stored: --rebuild"
        )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
