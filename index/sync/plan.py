"""Compare articles with an index: which are new, changed, renamed, unchanged or gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..articles import Article, FullArticle, content_id, fingerprint
from ..errors import RemovalError
from ..loading.folders import Reader, Unchanged, holds_many
from ..storage.records import Summary
from .write import DryRun, Writer

__all__ = ["Changes", "Confirm", "Progress", "Sync"]

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


class Sync:
    """One run of articles into an index."""

    def __init__(
        self, writer: Writer | None, stored: dict[str, Summary], progress: Progress | None = None
    ) -> None:
        """stored: the articles in the index, by id. Without a writer the changes are only found."""
        self.changes = Changes()
        self._writer = writer or DryRun()
        self._stored = stored
        self._progress: Progress = progress or (lambda changes: None)
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
        self._succeeded: set[str] = set()

    def add(
        self,
        articles: Iterable[FullArticle | Unchanged],
        still_holds: Callable[[str], bool] = lambda path: Path(path).exists(),
    ) -> Changes:
        """Put the articles, each in place of the one with its id, or from its file.

        still_holds: whether a file that was not read may still hold its articles.
        """
        self._read(articles)
        self._flush(replaced=list(self._replaced()))
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
        self._move(lambda path: _still_holds(path, reader))
        gone = self._gone(self._stored, covered, reader)
        if keep:
            self._keep(gone)
        elif self._may_remove(gone, len(covered), confirm):
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
        succeeded = [s for s in gone if s.files and self._filled.issuperset(s.files)]
        gone = [summary for summary in gone if summary not in succeeded]
        left_out = [*succeeded]
        if keep:
            self._keep(gone)
        elif self._may_remove(gone, len(covered), confirm):
            self._count_removed(gone)
            left_out += gone
        present = {*self._files, *self._stored, *(summary.article.id for summary in left_out)}
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
    ) -> list[Summary]:
        """The articles from the reader's paths that are not there any more."""
        gone = []
        for id in covered:
            if id not in stored or id in self._files:
                continue
            unread = [path for path in stored[id].files if path not in self._filled]
            if not any(_still_holds(path, reader) for path in unread):
                gone.append(stored[id])
        return gone

    def _keep(self, gone: Sequence[Summary]) -> None:
        for article in (summary.article for summary in gone):
            self.changes.kept.append(article.id)
            self.changes.names[article.id] = _article_name(article)

    def _may_remove(self, gone: Sequence[Summary], covered: int, confirm: Confirm | None) -> bool:
        names = [_article_name(summary.article) for summary in gone]
        is_small = len(gone) * 3 <= covered
        if is_small or (confirm and confirm(names, covered)):
            return True
        raise RemovalError(
            f"{len(gone)} of the {covered} articles from there are gone, more than a third, and "
            f"none of them was removed (done: {self.changes}); run it again with --yes to remove "
            "them, or with --keep to keep them"
        )

    def remove(self, gone: Sequence[Summary]) -> Changes:
        """Remove these articles."""
        ids = [summary.article.id for summary in gone]
        for first in range(0, len(ids), MAX_BATCH_ARTICLES):
            some = ids[first : first + MAX_BATCH_ARTICLES]
            self._writer.write([], [], some, self._report)
        self._count_removed(gone)
        return self.changes

    def _count_removed(self, gone: Sequence[Summary]) -> None:
        for article in (summary.article for summary in gone):
            self.changes.removed.append(article.id)
            self.changes.names[article.id] = _article_name(article)

    def _skip(self, file: Unchanged) -> None:
        for id in self._at.get(file.path, ()):
            if self._stored[id].article.checksum == file.checksum:
                self._see(id, self._stored[id].version, file.path, file.checksum)

    def _see(self, id: str, content: str, path: str | None, checksum: str | None) -> None:
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
        files = self._files.setdefault(id, {})
        if path:
            files[path] = checksum
            if not holds_many(path):
                self._filled.add(path)

    def _take(self, article: FullArticle) -> None:
        content = fingerprint(article)
        if article.id == content_id(article.text):
            # Without an id of its own, a text keeps its first title, which may be the name of its
            # file.
            content = self._contents.get(article.id, content)
        for path in (article.path, *article.also_at):
            self._see(article.id, content, path, article.checksum)
        former = self._stored.get(article.id)
        if former is None:
            is_in_batch = article.id in self._batch
            if not is_in_batch or self._contents[article.id] != self._batched[article.id]:
                self._put(article)
        elif former.version != content:
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
        path = article.path
        if not path or holds_many(path) or not any(map(self._is_replaced, self._at.get(path, ()))):
            return False
        self._succeeded.add(path)
        return True

    def _replaced(self) -> Iterator[str]:
        """The ids of stored articles whose files hold others now."""
        for path in self._filled:
            yield from filter(self._is_replaced, self._at.get(path, ()))

    def _is_replaced(self, id: str) -> bool:
        """Whether an article was not read, but all its files were, with another one."""
        if id not in self._stored or id in self._files:
            return False
        return self._filled.issuperset(self._stored[id].files)

    def _flush(self, replaced: Sequence[str] = ()) -> None:
        """Write the batch and remove the articles that it replaces: a file never has two."""
        batch, self._batch, self._batch_chars = list(self._batch.values()), {}, 0
        at_their_paths = {id for article in batch for id in self._at.get(article.path, ())}
        gone = sorted({*replaced, *filter(self._is_replaced, at_their_paths)})
        if not batch and not gone:
            return
        former = at_their_paths.union(article.id for article in batch) & self._stored.keys()
        self._write(batch, [self._stored[id] for id in former], gone)
        for article in batch:
            version = self._batched[article.id]
            self._stored[article.id] = Summary(article.without_text(), version, ())
        removed = [self._stored.pop(id) for id in gone]
        self._count_removed([s for s in removed if self._succeeded.isdisjoint(s.files)])
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
        unchanged = set(self.changes.unchanged)
        for id in self._files:
            former = self._stored[id]
            after = self._moved(former, still_holds)
            if after == former.article:
                continue
            moved.append(after)
            files = (after.path, *after.also_at)
            if id in unchanged and former.files and set(former.files).isdisjoint(files):
                unchanged.remove(id)
                self.changes.renamed.append(id)
                names = f"{_article_name(former.article)} -> {_article_name(after)}"
                self.changes.names[id] = names
        if moved:
            self._writer.move(moved)
        self.changes.unchanged = [id for id in self.changes.unchanged if id in unchanged]

    def _moved(self, former: Summary, still_holds: Callable[[str], bool]) -> Article:
        """The article with the files that were read, and those that may still hold it."""
        article = former.article
        files = self._files[article.id]
        after = [
            path
            for path in former.files
            if path in files or (path not in self._filled and still_holds(path))
        ]
        after += [path for path in files if path not in former.files]
        if not after:
            return replace(article, path=None, also_at=(), checksum=None)
        checksum = files.get(after[0], article.checksum)
        return replace(article, path=after[0], also_at=tuple(after[1:]), checksum=checksum)


def _covered(stored: Mapping[str, Summary], reader: Reader) -> list[str]:
    return [id for id, summary in stored.items() if any(map(reader.covers, summary.files))]


def _still_holds(path: str, reader: Reader) -> bool:
    """Whether a file that was not read may still hold its articles."""
    return reader.may_hold(path) if reader.covers(path) else Path(path).exists()


def _article_name(article: Article) -> str:
    """The file of an article; its title and id if there is none, or if that holds many."""
    if not article.path:
        return f"{article.title} ({article.id})"
    if holds_many(article.path):
        return f"{article.title} ({article.id}, {article.path})"
    return article.path
