"""Compare articles with an index: which are new, changed, renamed, unchanged or gone."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..articles import Article, FullArticle, content_id, fingerprint
from ..errors import RemovalError
from ..loading.folders import Reader, Unchanged, holds_many
from ..storage.records import Summary
from .write import DRY_RUN, DryRun, Writer

__all__ = ["Changes", "Confirm", "Progress", "Sync", "no_progress"]

# Articles are embedded and written in batches, large enough to sort passages by length. Chroma
# writes large batches faster, so the size doubles after each batch that took less than
# QUICK_BATCH_S, up to what memory holds.
FIRST_BATCH_CHARS, MAX_BATCH_CHARS, QUICK_BATCH_S = 400_000, 4_000_000, 5.0
MAX_BATCH_ARTICLES = 2_000
# Changed articles that wait until all is read, because the same id may come again.
MAX_WAITING_ARTICLES = 1_000


@dataclass
class Changes:
    """The changes of a run, in ids of articles and numbers of passages.

    names: files or titles of all articles that were changed in any way, by id.
    kept: articles that are gone from their paths, and were kept as requested.
    repeated: articles that came again with another content, of which the last was taken.
    foreign: the number of added and changed articles in a language that the embedder does not know.
    passages, embedded: the number of passages that were written, and of those that had no vector
    yet.
    under_way: of the batch that is being written, the number of passages with a vector, and of all.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    read: int = 0
    repeated: list[str] = field(default_factory=list)
    foreign: int = 0
    passages: int = 0
    embedded: int = 0
    under_way: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        kinds = ("added", "changed", "unchanged", "renamed", "removed")
        return ", ".join(f"{len(getattr(self, kind))} {kind}" for kind in kinds)


Progress = Callable[[Changes], None]
# Whether articles with these names may be removed, given the number of articles from the same
# paths.
Confirm = Callable[[Sequence[str], int], bool]


def no_progress(changes: Changes) -> None:
    """Report nothing."""


class Sync:
    """One run of articles into an index."""

    def __init__(
        self,
        stored: dict[str, Summary],
        writer: Writer | DryRun = DRY_RUN,
        progress: Progress = no_progress,
    ) -> None:
        """stored: the articles in the index, by id. Without a writer the changes are only found."""
        self.changes = Changes()
        self._writer = writer
        self._stored = stored
        self._progress = progress
        # The ids of the stored articles at each path.
        self._at: dict[str | None, list[str]] = {}
        for id, summary in stored.items():
            for path in summary.files:
                self._at.setdefault(path, []).append(id)
        # Of the articles read in this run: their contents, their files with checksums, and all
        # files that hold one.
        self._contents: dict[str, str] = {}
        self._files: dict[str, dict[str, str | None]] = {}
        self._filled: set[str] = set()
        # Changed articles that may come again, then articles of the next batch with their
        # fingerprints.
        self._waiting: dict[str, FullArticle] = {}
        self._batch: dict[str, FullArticle] = {}
        self._batched: dict[str, str] = {}
        self._batch_chars, self._max_batch_chars = 0, FIRST_BATCH_CHARS
        self._counted: set[str] = set()
        # Files whose former article has a successor, and is not counted as removed.
        self._succeeded: set[str | None] = set()

    def add(
        self,
        articles: Iterable[FullArticle | Unchanged],
        still_holds: Callable[[str], bool] = lambda path: Path(path).exists(),
    ) -> Changes:
        """Put the articles, each in place of the one with its id, or from its file.

        still_holds: whether a file that was not read may still hold its articles.
        """
        self._read(articles)
        self._flush(self._ids_at(self._filled))
        self._move(still_holds)
        return self.changes

    def _read(self, articles: Iterable[FullArticle | Unchanged]) -> None:
        for article in articles:
            self.changes.read += 1
            if isinstance(article, Unchanged):
                self._skip(article)
            else:
                self._take(article)
        self._flush_waiting()
        self._flush()

    def sync(
        self, reader: Reader, *, keep: bool = False, confirm: Confirm | None = None
    ) -> Changes:
        """Make the index agree with the reader's paths: put what is there, remove what is gone.

        Raises RemovalError if more than a third would be removed, unless `confirm` allows it.
        """
        checksums = {}
        for summary in self._stored.values():
            if summary.article.checksum:
                checksums.update(dict.fromkeys(summary.files, summary.article.checksum))
        covered = _covered(self._stored, reader)
        self._read(reader.read(checksums))
        self._move(functools.partial(_still_holds, reader))
        gone = self._gone(self._stored, covered, reader)
        if keep:
            self._note(gone, self.changes.kept)
        else:
            self._check_removal(gone, len(covered), confirm)
            self.remove(gone)
        return self.changes

    def left_over(
        self,
        former: Mapping[str, Summary],
        reader: Reader,
        *,
        keep: bool = False,
        confirm: Confirm | None = None,
    ) -> list[str]:
        """The ids to take over after a `sync` of an empty index that replaces a former one.

        They are of articles from other paths, of those that cannot be read now, and with `keep` of
        those that are gone.
        """
        covered = _covered(former, reader)
        gone = self._gone(former, covered, reader)
        removed = {id: s for id, s in gone.items() if not self._filled.issuperset(s.files)}
        left_out = set(gone)
        if keep:
            self._note(removed, self.changes.kept)
            left_out -= removed.keys()
        else:
            self._check_removal(removed, len(covered), confirm)
            self._note(removed, self.changes.removed)
        present = {*self._files, *self._stored, *left_out}
        rest = [id for id in former if id not in present]
        self.changes.unchanged += rest
        return rest

    def carry(self, articles: Iterable[FullArticle]) -> None:
        """Put articles of the index that this one replaces, unchanged."""
        for article in articles:
            self._add_to_batch(article)
        self._flush()

    def _gone(
        self, stored: Mapping[str, Summary], covered: Sequence[str], reader: Reader
    ) -> dict[str, Summary]:
        """The articles from the reader's paths that are not there any more."""
        still_holds = functools.partial(_still_holds, reader)
        unread = stored.keys() - self._files.keys()
        gone = {}
        for id in filter(unread.__contains__, covered):
            if not any(map(still_holds, set(stored[id].files) - self._filled)):
                gone[id] = stored[id]
        return gone

    def _note(self, gone: Mapping[str, Summary], ids: list[str]) -> None:
        """Add articles with their names to a list of the changes."""
        for id, summary in gone.items():
            ids.append(id)
            self.changes.names[id] = _article_name(summary.article)

    def _check_removal(
        self, gone: Mapping[str, Summary], covered: int, confirm: Confirm | None
    ) -> None:
        names = [_article_name(summary.article) for summary in gone.values()]
        is_small = len(gone) * 3 <= covered
        if is_small or (confirm and confirm(names, covered)):
            return
        raise RemovalError(
            f"{len(gone)} of the {covered} articles from there are gone, more than a third, and "
            f"none of them was removed (done: {self.changes}); run it again with --yes to remove "
            "them, or with --keep to keep them"
        )

    def remove(self, gone: Mapping[str, Summary]) -> Changes:
        """Remove these articles, given by id."""
        ids = list(gone)
        for first in range(0, len(ids), MAX_BATCH_ARTICLES):
            some = ids[first : first + MAX_BATCH_ARTICLES]
            self._writer.write([], [], some, self._report)
        self._note(gone, self.changes.removed)
        return self.changes

    def _skip(self, file: Unchanged) -> None:
        for id in self._at.get(file.path, ()):
            if self._stored[id].article.checksum == file.checksum:
                self._see(id, self._stored[id].version, [file.path], file.checksum)

    def _see(self, id: str, content: str, paths: Sequence[str], checksum: str | None) -> None:
        """Remember an article that was read; it is unchanged if it is stored like this."""
        if self._contents.get(id, content) != content:
            self._files[id] = {}
            if id not in self.changes.repeated:
                self.changes.repeated.append(id)
        self._contents[id] = content
        if id in self._stored and self._stored[id].version == content:
            self._waiting.pop(id, None)
            if id not in self._counted:
                self._counted.add(id)
                self.changes.unchanged.append(id)
        self._files.setdefault(id, {}).update(dict.fromkeys(paths, checksum))
        self._filled.update(itertools.filterfalse(holds_many, paths))

    def _take(self, article: FullArticle) -> None:
        content = fingerprint(article)
        if article.id == content_id(article.text):
            # Without an id of its own, a text keeps its first title, which may be the name of its
            # file.
            content = self._contents.get(article.id, content)
        self._see(article.id, content, article.files, article.checksum)
        if article.id not in self._stored:
            if self._batched.get(article.id) != content:
                self._put(article)
        elif self._stored[article.id].version != content:
            self._waiting[article.id] = article
            if len(self._waiting) > MAX_WAITING_ARTICLES:
                self._flush_waiting()

    def _flush_waiting(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for article in waiting.values():
            self._put(article)

    def _put(self, article: FullArticle) -> None:
        self._count(article)
        self._add_to_batch(article)

    def _add_to_batch(self, article: FullArticle) -> None:
        self._batch[article.id] = article
        self._batched[article.id] = fingerprint(article)
        self._batch_chars += len(article.text)
        is_full = len(self._batch) >= MAX_BATCH_ARTICLES
        if is_full or self._batch_chars >= self._max_batch_chars:
            self._flush()

    def _count(self, article: FullArticle) -> None:
        """Count an article as added or changed."""
        id, changes = article.id, self.changes
        changes.names[id] = _article_name(article)
        if id in changes.repeated and id in changes.unchanged:
            # It was unchanged when it came first.
            changes.unchanged.remove(id)
            self._counted.discard(id)
        if id in self._counted:
            return
        self._counted.add(id)
        if self._succeeds(article) or id in self._stored:
            changes.changed.append(id)
        else:
            changes.added.append(id)

    def _succeeds(self, article: FullArticle) -> bool:
        """Whether the article replaces another one in its file."""
        succeeds = any(map(self._is_replaced, self._at.get(article.path, ())))
        if succeeds:
            self._succeeded.add(article.path)
        return succeeds

    def _ids_at(self, paths: Iterable[str | None]) -> set[str]:
        """The ids of the articles that were stored at these paths."""
        return set().union(*(self._at.get(path, ()) for path in paths))

    def _is_replaced(self, id: str) -> bool:
        """Whether an article was not read, but all its files were, with another one."""
        if id not in self._stored or id in self._files:
            return False
        return self._filled.issuperset(self._stored[id].files)

    def _flush(self, others: Iterable[str] = ()) -> None:
        """Write the batch and remove the articles that it replaces: a file never has two.

        others: further articles that are removed if their files hold others now.
        """
        batch, self._batch, self._batch_chars = self._batch, {}, 0
        versions, self._batched = self._batched, {}
        at_their_paths = self._ids_at(article.path for article in batch.values())
        gone = sorted(filter(self._is_replaced, at_their_paths.union(others)))
        if not (batch or gone):
            return
        former = (at_their_paths | batch.keys()) & self._stored.keys()
        self._write(list(batch.values()), [self._stored[id] for id in former], gone)
        for id, article in batch.items():
            self._stored[id] = Summary(article.without_text(), versions[id], ())
        removed = map(self._stored.pop, gone)
        counted = {s.article.id: s for s in removed if self._succeeded.isdisjoint(s.files)}
        self._note(counted, self.changes.removed)
        self._progress(self.changes)

    def _write(self, batch: list[FullArticle], former: list[Summary], gone: list[str]) -> None:
        begun = time.monotonic()
        written = self._writer.write(batch, former, gone, self._report)
        if time.monotonic() - begun < QUICK_BATCH_S:
            self._max_batch_chars = min(2 * self._max_batch_chars, MAX_BATCH_CHARS)
        self.changes.passages += written.passages
        self.changes.embedded += written.embedded
        self.changes.under_way = 0, 0
        self.changes.foreign += len(batch) - sum(map(self._writer.reads, batch))

    def _report(self, done: int, of: int) -> None:
        self.changes.under_way = done, of
        self._progress(self.changes)

    def _move(self, still_holds: Callable[[str], bool]) -> None:
        """Note the present files of articles, which may be renamed, more, or fewer."""
        moved = []
        unchanged = dict.fromkeys(self.changes.unchanged)
        for id in self._files:
            former = self._stored[id]
            after = self._moved(former, still_holds)
            if after == former.article:
                continue
            moved.append(after)
            is_renamed = former.files and set(former.files).isdisjoint(after.files)
            if id in unchanged and is_renamed:
                del unchanged[id]
                self.changes.renamed.append(id)
                names = f"{_article_name(former.article)} -> {_article_name(after)}"
                self.changes.names[id] = names
        if moved:
            self._writer.move(moved)
        self.changes.unchanged = list(unchanged)

    def _moved(self, former: Summary, still_holds: Callable[[str], bool]) -> Article:
        """The article with the files that were read, and those that may still hold it."""
        article = former.article
        files = self._files[article.id]
        unread = set(former.files) - files.keys() - self._filled
        present = files.keys() | set(filter(still_holds, unread))
        after = list(filter(present.__contains__, dict.fromkeys((*former.files, *files))))
        if not after:
            return replace(article, path=None, also_at=(), checksum=None)
        checksum = files.get(after[0], article.checksum)
        return replace(article, path=after[0], also_at=tuple(after[1:]), checksum=checksum)


def _covered(stored: Mapping[str, Summary], reader: Reader) -> list[str]:
    return [id for id, summary in stored.items() if any(map(reader.covers, summary.files))]


def _still_holds(reader: Reader, path: str) -> bool:
    """Whether a file that was not read may still hold its articles."""
    return reader.may_hold(path) if reader.covers(path) else Path(path).exists()


def _article_name(article: Article) -> str:
    """The file of an article; its title and id if there is none, or if that holds many."""
    if not article.path:
        return f"{article.title} ({article.id})"
    if holds_many(article.path):
        return f"{article.title} ({article.id}, {article.path})"
    return article.path
