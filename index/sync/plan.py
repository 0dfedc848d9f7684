"""Make an index agree with what is read: find what is new, changed, renamed, unchanged or gone, and have it written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..articles import Article, FullArticle, content_id, fingerprint
from ..errors import RemovalError
from ..loading.folders import Reader, Unchanged, holds_many
from ..storage.records import Summary
from .write import Writer

__all__ = ["Changes", "Confirm", "Progress", "Sync"]

# Characters that are read, embedded and written in one go, at first: enough passages to sort by length. Twice as many
# next time where it took less than so many seconds, because Chroma writes many at once faster; up to what memory holds.
BATCH_CHARACTERS, MOST_CHARACTERS, QUICK = 400_000, 4_000_000, 5.0
BATCH_ARTICLES = 2_000
# Changed articles that are kept until all is read: the same id may come again.
MOST_HELD = 1_000
# More than one in so many of the articles from the same paths is not removed without being asked for.
UNASKED = 3


@dataclass
class Changes:
    """What was done, in articles by id and in passages.

    names: what people call those that were changed in any way: their files, or titles.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(
        default_factory=list
    )  # gone from their paths, and kept because that was asked for
    names: dict[str, str] = field(default_factory=dict)
    read: int = 0
    repeated: list[str] = field(
        default_factory=list
    )  # came again with another content: the later one stands
    foreign: int = (
        0  # of those added and changed, how many are in a language that the embedder does not know
    )
    passages: int = 0  # written
    embedded: int = 0  # of those, how many had no vector yet
    under_way: tuple[int, int] = (
        0,
        0,
    )  # of the passages that are being written, how many have a vector, of how many

    def __str__(self) -> str:
        kinds = ("added", "changed", "unchanged", "renamed", "removed")
        return ", ".join(f"{len(getattr(self, kind))} {kind}" for kind in kinds)


Progress = Callable[[Changes], None]
# Whether so many may be removed: given what they are called, and how many came from the same paths.
Confirm = Callable[[Sequence[str], int], bool]


class Sync:
    """One run of articles into an index."""

    def __init__(
        self, writer: Writer | None, stored: dict[str, Summary], progress: Progress | None = None
    ) -> None:
        """stored: what is in the index. Without a writer it is only found out what would be done."""
        self.changes = Changes()
        self._writer = writer
        self._stored = stored
        self._progress = progress
        self._at: dict[str, list[str]] = {}
        for id, summary in stored.items():
            for path in summary.files:
                self._at.setdefault(path, []).append(id)
        # What was read in this run: the content of each article, the files that hold it and their checksums, and all
        # files that hold one article.
        self._contents: dict[str, str] = {}
        self._files: dict[str, dict[str, str | None]] = {}
        self._filled: set[str] = set()
        # Changed articles that may come again, articles that are written next, and what is counted already.
        self._held: dict[str, FullArticle] = {}
        self._batch: dict[str, FullArticle] = {}
        self._batched: dict[str, str] = {}
        self._size, self._most = 0, BATCH_CHARACTERS
        self._counted: set[str] = set()
        # Files of which the former article has a successor, and is not counted itself.
        self._succeeded: set[str] = set()

    def add(
        self,
        articles: Iterable[FullArticle | Unchanged],
        still_holds: Callable[[str], bool] = lambda path: Path(path).exists(),
    ) -> Changes:
        """Put the articles in, each in place of the one with its id, or that was read from its file.

        still_holds: whether a file that was not read may have what it had.
        """
        self._read(articles)
        self._flush(replaced=list(self._replaced()))
        self._move(still_holds)
        return self.changes

    def _read(self, articles: Iterable[FullArticle | Unchanged]) -> None:
        for article in articles:
            self.changes.read += 1
            if isinstance(article, Unchanged):
                self._leave(article)
            else:
                self._take(article)
        self._flush_held()
        self._flush()

    def sync(
        self, reader: Reader, *, keep: bool = False, confirm: Confirm | None = None
    ) -> Changes:
        """Make the index agree with the reader's paths: add what is there, remove what came from there and is gone.

        Raises RemovalError for more than a third of what came from there, unless `confirm` says yes.
        """
        known = {
            file: found.article.checksum for found in self._stored.values() for file in found.files
        }
        covered = _covered(self._stored, reader)
        self._read(reader.read({file: sum for file, sum in known.items() if sum}))
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
        """After a `sync` of an empty index that takes the place of a former one: what else it has to have of that.

        What came from other paths, and what cannot be read at the moment; what is gone only if it is to be kept.
        """
        covered = _covered(former, reader)
        gone = self._gone(former, covered, reader)
        succeeded = [
            summary for summary in gone if self._filled.issuperset(summary.files) and summary.files
        ]
        gone = [summary for summary in gone if summary not in succeeded]
        if keep:
            self._keep(gone)
        elif self._may_remove(gone, len(covered), confirm):
            self._removed(gone)
        without = {summary.article.id for summary in [*succeeded, *([] if keep else gone)]}
        rest = [
            id
            for id in former
            if id not in self._files and id not in self._stored and id not in without
        ]
        self.changes.unchanged += rest
        return rest

    def carry(self, articles: Iterable[FullArticle]) -> None:
        """Put in, as they are, articles of an index that this one takes the place of."""
        for article in articles:
            self._batch[article.id] = article
            self._batched[article.id] = fingerprint(article)
            self._size += len(article.text)
            if self._size >= self._most:
                self._flush()
        self._flush()

    def _gone(
        self, stored: Mapping[str, Summary], covered: Sequence[str], reader: Reader
    ) -> list[Summary]:
        """Of the articles that came from the reader's paths, those that are not there any more."""
        return [
            stored[id]
            for id in covered
            if id in stored
            and id not in self._files
            and not any(
                _still_holds(path, reader) for path in stored[id].files if path not in self._filled
            )
        ]

    def _keep(self, gone: Sequence[Summary]) -> None:
        self.changes.kept = [summary.article.id for summary in gone]
        self.changes.names.update((summary.article.id, _name(summary.article)) for summary in gone)

    def _may_remove(self, gone: Sequence[Summary], covered: int, confirm: Confirm | None) -> bool:
        names = [_name(summary.article) for summary in gone]
        if len(gone) * UNASKED <= covered or (confirm and confirm(names, covered)):
            return True
        raise RemovalError(
            f"{len(gone)} of the {covered} articles that came from there are gone, more than a third: none of them was "
            f"removed (done: {self.changes}); run it again with --yes to remove them, or with --keep to keep them"
        )

    def remove(self, gone: Sequence[Summary]) -> Changes:
        """Take these articles out."""
        for first in range(0, len(gone), BATCH_ARTICLES):
            some = [summary.article.id for summary in gone[first : first + BATCH_ARTICLES]]
            if self._writer:
                self._writer.write([], [], some)
        self._removed(gone)
        return self.changes

    def _removed(self, gone: Sequence[Summary]) -> None:
        for summary in gone:
            self.changes.removed.append(summary.article.id)
            self.changes.names[summary.article.id] = _name(summary.article)

    def _leave(self, file: Unchanged) -> None:
        """A file that is what it was."""
        for id in self._at.get(file.path, ()):
            if self._stored[id].article.checksum == file.checksum:
                self._see(id, self._stored[id].version, file.path, file.checksum)

    def _see(self, id: str, content: str, path: str | None, checksum: str | None) -> None:
        """Remember what was read; an article that is stored like this is unchanged, unless it comes again."""
        if self._contents.get(id, content) != content:
            self._files[id] = {}
            if id not in self.changes.repeated:
                self.changes.repeated.append(id)
        self._contents[id] = content
        if id in self._stored and self._stored[id].version == content:
            self._held.pop(id, None)
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
            # Of one text that brings no id the first title stands: it may be the file's name.
            content = self._contents.get(article.id, content)
        for path in (article.path, *article.also_at):
            self._see(article.id, content, path, article.checksum)
        former = self._stored.get(article.id)
        if (
            former is None
            and article.id in self._batch
            and self._contents[article.id] == self._batched[article.id]
        ):
            return
        if former is None:
            self._put(article)
        elif former.version != content:
            self._held[article.id] = article
            if len(self._held) > MOST_HELD:
                self._flush_held()

    def _flush_held(self) -> None:
        held, self._held = self._held, {}
        for article in held.values():
            self._put(article)

    def _put(self, article: FullArticle) -> None:
        """Have the article written with the next batch."""
        self._count(article)
        self._batch[article.id] = article
        self._batched[article.id] = fingerprint(article)
        self._size += len(article.text)
        if self._size >= self._most or len(self._batch) >= BATCH_ARTICLES:
            self._flush()

    def _count(self, article: FullArticle) -> None:
        self.changes.names[article.id] = _name(article)
        if article.id in self.changes.repeated and article.id in self.changes.unchanged:
            # It was, when it came first.
            self.changes.unchanged.remove(article.id)
            self._counted.discard(article.id)
        if article.id in self._counted:
            return
        self._counted.add(article.id)
        one = article.path if article.path and not holds_many(article.path) else ""
        succeeds = any(self._is_replaced(id) for id in self._at.get(one, ()))
        if succeeds:
            self._succeeded.add(one)
        (
            self.changes.changed if succeeds or article.id in self._stored else self.changes.added
        ).append(article.id)

    def _replaced(self) -> Iterator[str]:
        """Stored articles whose files hold others now."""
        return (
            id for path in self._filled for id in self._at.get(path, ()) if self._is_replaced(id)
        )

    def _is_replaced(self, id: str) -> bool:
        """Whether an article was not read, and all its files hold one that was."""
        return (
            id in self._stored
            and id not in self._files
            and self._filled.issuperset(self._stored[id].files)
        )

    def _flush(self, replaced: Sequence[str] = ()) -> None:
        batch, self._batch, self._size = list(self._batch.values()), {}, 0
        # Together with what replaces them: a file is never there twice.
        at_their_paths = (id for article in batch for id in self._at.get(article.path or "", ()))
        gone = sorted({*replaced, *(id for id in at_their_paths if self._is_replaced(id))})
        if not batch and not gone:
            return
        if self._writer:
            begun = time.monotonic()
            ids = {
                id
                for article in batch
                for id in (article.id, *self._at.get(article.path or "", ()))
            }
            former = [self._stored[id] for id in ids if id in self._stored]
            written = self._writer.write(batch, former, gone, self._tell)
            self.changes.passages += written.passages
            self.changes.under_way = 0, 0
            self.changes.embedded += written.embedded
            if time.monotonic() - begun < QUICK:
                self._most = min(2 * self._most, MOST_CHARACTERS)
            self.changes.foreign += sum(not self._writer.reads(article) for article in batch)
        for article in batch:
            self._stored[article.id] = Summary(
                article.without_text(), self._batched[article.id], ()
            )
        for id in gone:
            former_one = self._stored.pop(id)
            if self._succeeded.isdisjoint(former_one.files):
                self.changes.removed.append(id)
                self.changes.names[id] = _name(former_one.article)
        if self._progress:
            self._progress(self.changes)

    def _tell(self, done: int, of: int) -> None:
        self.changes.under_way = done, of
        if self._progress:
            self._progress(self.changes)

    def _move(self, still_holds: Callable[[str], bool]) -> None:
        """Note where articles lie now: some files have other names, or there are more of them, or fewer."""
        moved = []
        unchanged = set(self.changes.unchanged)
        for id, files in self._files.items():
            former = self._stored[id]
            unread = (
                path for path in former.files if path not in files and path not in self._filled
            )
            others = [path for path in unread if still_holds(path)]
            after = _ordered([*files, *others], former.files)
            checksum = files.get(after[0], former.article.checksum) if after else None
            if (after, checksum) == (former.files, former.article.checksum):
                continue
            path = after[0] if after else None
            moved.append(replace(former.article, path=path, also_at=after[1:], checksum=checksum))
            if former.files and not set(former.files) & set(after) and id in unchanged:
                self.changes.renamed.append(id)
                self.changes.names[id] = f"{_name(former.article)} -> {_name(moved[-1])}"
        if moved and self._writer:
            self._writer.move(moved)
        renamed = set(self.changes.renamed)
        self.changes.unchanged = [id for id in self.changes.unchanged if id not in renamed]


def _covered(stored: Mapping[str, Summary], reader: Reader) -> list[str]:
    return [id for id, summary in stored.items() if any(map(reader.covers, summary.files))]


def _still_holds(path: str, reader: Reader) -> bool:
    """Whether a file that was not read may have what it had."""
    return reader.may_hold(path) if reader.covers(path) else Path(path).exists()


def _name(article: Article) -> str:
    """What people call an article: its file; where that holds many, its title too."""
    if article.path and not holds_many(article.path):
        return article.path
    return f"{article.title} ({article.id}" + (f", {article.path})" if article.path else ")")


def _ordered(paths: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
    """The paths, those that were there before first, in the order they had."""
    return (
        *(path for path in before if path in paths),
        *(path for path in paths if path not in before),
    )
