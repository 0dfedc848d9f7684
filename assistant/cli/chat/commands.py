"""The commands of the chat: what begins with a colon, or with a slash."""

from __future__ import annotations

import datetime
import sys
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from index.articles import Article, Filter, Passage
from index.errors import ArticleNotFoundError, QuestionError
from index.loading.dates import whole_or_part

from ...answer.answer import Answer
from ...answer.parts import Citation, Verdict
from ...answer.text import (
    article_line,
    article_lines,
    counted,
    cut,
    passage_lines,
    printable,
    trace_lines,
    used,
)
from ...query.times import times
from ...settings import QUOTES
from .pager import show_paged
from .session import Session

__all__ = ["COMMANDS", "has_slash", "resumed", "run"]


@dataclass(frozen=True)
class Command:
    """A command: how it is written, what it does, and the function that gives the lines to print."""

    name: str
    argument: str
    help: str
    run: Callable[[Session, str], Iterator[str]]


COMMANDS: dict[str, Command] = {}


def run(session: Session, line: str) -> Iterator[str]:
    """The lines that a command prints. Raises AssistantError, one line, and EOFError to end the chat."""
    name, argument = [*line[1:].split(None, 1), "", ""][:2]
    name = name.lower()
    if not name:
        raise QuestionError("a command has a name behind the colon: :help lists them")
    command = COMMANDS.get(ALIASES.get(name, name))
    if command is None:
        near = get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
        raise QuestionError(
            f"there is no command :{printable(name)}: "
            + (f"is :{near[0]} meant? " if near else "")
            + ":help lists them"
        )
    if argument and not command.argument:
        raise QuestionError(f":{command.name} is written alone: it {command.help}")
    return command.run(session, argument.strip().strip('"“”'))


def has_slash(line: str) -> bool:
    """Whether the line is a command as other programs have them: "/help". Other slashes may begin a question."""
    name = line[1:].split(None, 1)[:1]
    return (
        line.startswith("/")
        and bool(name)
        and ALIASES.get(name[0].lower(), name[0].lower()) in COMMANDS
    )


ALIASES = {"q": "quit", "exit": "quit", "h": "help", "?": "help"}
Run = Callable[[Session, str], Iterator[str]]


def _command(name: str, argument: str, help: str) -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        COMMANDS[name] = Command(name, argument, help, run)
        return run

    return add


@_command("help", "[COMMAND]", "this list, or a line of it")
def _help(session: Session, argument: str) -> Iterator[str]:
    written = {name: f":{name} {command.argument}".rstrip() for name, command in COMMANDS.items()}
    width = max(map(len, written.values()))
    if argument.lstrip(":") in COMMANDS:
        yield f"{written[argument.lstrip(':')]}  {COMMANDS[argument.lstrip(':')].help}"
        return
    yield from (f"{text:<{width}}  {COMMANDS[name].help}" for name, text in written.items())
    yield ""
    yield "Anything else is a question. It may go on from the one before. A line that ends in \\ goes on in the next;"
    yield "Tab completes; Ctrl-C stops an answer; Ctrl-D ends."


@_command("sources", "", "shows all passages of the last answer, cited or not")
def _sources(session: Session, argument: str) -> Iterator[str]:
    answer = session.last
    if not answer.passages:
        yield "no passage was found"
    for number, passage in enumerate(answer.passages, start=1):
        cited = [
            f"[{citation.number}]" for citation in answer.citations if _is_in(citation, passage)
        ]
        if number > 1:
            yield ""
        yield from passage_lines(number, passage, prefix="p")
        yield f"    {'cited as ' + ', '.join(cited) if cited else 'not cited'}"
    # What articles say differently may stand further down.
    for citation in answer.citations:
        if not any(_is_in(citation, passage) for passage in answer.passages):
            yield ""
            yield f"beside these: [{citation.number}] {article_line(citation.article)}"
            yield f"    {printable(citation.article.id)} {citation.start}:{citation.end}"


def _is_in(citation: Citation, passage: Passage) -> bool:
    return (
        citation.article.id == passage.article.id and passage.start <= citation.start < passage.end
    )


@_command(
    "open",
    "N|pN|ARTICLE [browser]",
    "the article at quote N (passage pN), in the pager or the browser",
)
def _open(session: Session, argument: str) -> Iterator[str]:
    wanted, _, where = argument.rpartition(" ")
    wanted, browser = (
        (wanted.strip(), True) if where == "browser" and wanted.strip() else (argument, False)
    )
    if not wanted:
        raise QuestionError(
            "open what? :open 2 opens the article at quote [2], :open p3 at the third of :sources"
        )
    article, place, quote = _meant(session, wanted)
    if browser:
        yield from _browse(article)
        return
    try:
        full = session.assistant.index.article(article.id)
    except ArticleNotFoundError:
        raise QuestionError(f"“{printable(article.title)}” is not in the index any more") from None
    if place and full.text[slice(*place)] != quote:
        yield "the article has changed since: the quote stands there no more"
        place = None
    lines = list(article_lines(full, place, whole=True, styled=sys.stdout.isatty()))
    marked = next((i for i, line in enumerate(lines) if "\x1b[1;7m" in line), 0)
    show_paged(lines, marked)


def _meant(session: Session, wanted: str) -> tuple[Article, tuple[int, int] | None, str]:
    """The article, the characters of it that are wanted, and what they were."""
    number = wanted.strip("[]")
    if number.isdecimal():
        citation = _citation(session.last, int(number))
        return citation.article, (citation.start, citation.end), citation.quote
    if number[:1] == "p" and number[1:].isdecimal():
        passages = session.last.passages
        if not 0 < int(number[1:]) <= len(passages):
            raise QuestionError(
                f"there is no passage {number}: :sources has p1 to p{len(passages)}"
            )
        passage = passages[int(number[1:]) - 1]
        return passage.article, (passage.start, passage.end), passage.text
    index = session.assistant.index
    titled = next(
        (each for each in index.articles() if each.title.casefold() == wanted.casefold()), None
    )
    try:
        return titled or index.article_named(wanted), None, ""
    except ArticleNotFoundError:
        raise QuestionError(
            f"there is no quote, article or title “{printable(wanted)}”: :open 2 opens the article at quote [2]"
        ) from None


def _citation(answer: Answer, number: int) -> Citation:
    for citation in answer.citations:
        if citation.number == number:
            return citation
    there = f"it has [1] to [{len(answer.citations)}]" if answer.citations else "it has none"
    raise QuestionError(f"the last answer has no quote [{number}]: {there}")


def _browse(article: Article) -> Iterator[str]:
    url = (article.url or "").strip()
    if not url:
        raise QuestionError(
            f"“{printable(article.title)}” has no url: leave “browser” away to read it here"
        )
    if urlsplit(url).scheme not in ("http", "https"):
        raise QuestionError(
            f"the url of “{printable(article.title)}” is no web address: {printable(url)}"
        )
    yield (
        f"{printable(url)}"
        if webbrowser.open(url)
        else f"no browser could be opened: {printable(url)}"
    )


@_command("why", "", "says how each passage of the last answer was found, and what was left out")
def _why(session: Session, argument: str) -> Iterator[str]:
    answer = session.last
    if answer.standalone:
        yield f"understood as: {printable(answer.standalone)}"
    yield from trace_lines(answer.trace) if answer.trace else ["how they were found was not kept"]
    for sentence in answer.sentences:
        if sentence.verdict is Verdict.UNCERTAIN and sentence.confidence is not None:
            nearest = ", ".join(f"[{number}]" for number in sentence.citations)
            said = printable(" ".join(sentence.text.split()))
            yield f"not verified: “{said}” (nearest {nearest}, supported with probability {sentence.confidence:.2f})"
    for dropped in answer.dropped:
        yield f"not shown: “{printable(' '.join(dropped.text.split()))}” ({printable(dropped.reason)})"


# What takes a filter away, as nothing does.
OFF = ("", "off", "none", "any")


def _date(argument: str, *, last: bool = False) -> str | None:
    """The day, month or year that is named; of several days ("last week") the first, or the last."""
    if argument.lower() in OFF:
        return None
    date = whole_or_part(argument)
    if date:
        return date
    for time in times(argument, datetime.date.today()):
        day = time.until if last else time.since
        if day and time.text == argument:
            return day.isoformat()
    raise QuestionError(f"{argument!r} is no date: write it like 2025-03-31, or yesterday")


@_command("since", "[DATE]", "only articles of this day or later; `off`: of any day")
def _since(session: Session, argument: str) -> Iterator[str]:
    session.narrow(since=_date(argument))
    yield from _now(session)


@_command("until", "[DATE]", "only articles of this day or earlier")
def _until(session: Session, argument: str) -> Iterator[str]:
    session.narrow(until=_date(argument, last=True))
    yield from _now(session)


@_command("source", "[NAME]", "only of this outlet, and others so named; without a name, of any")
def _source(session: Session, argument: str) -> Iterator[str]:
    known = session.within.sources
    session.narrow(sources=tuple(dict.fromkeys((*known, argument))) if argument else ())
    yield from _now(session)


@_command("author", "[NAME]", "only by this author, likewise")
def _author(session: Session, argument: str) -> Iterator[str]:
    known = session.within.authors
    session.narrow(authors=tuple(dict.fromkeys((*known, argument))) if argument else ())
    yield from _now(session)


@_command("as-of", "[DATE]", "as if asked on this day: later articles do not exist")
def _as_of(session: Session, argument: str) -> Iterator[str]:
    day = _date(argument, last=True)
    if day and len(day) < len("2025-03-31"):
        raise QuestionError(f"{argument!r} is no day: write it like 2025-03-31")
    session.as_of = day
    yield from _now(session)


@_command("clear", "", "takes all filters away")
def _clear(session: Session, argument: str) -> Iterator[str]:
    session.widen()
    yield from _now(session)


def _now(session: Session) -> Iterator[str]:
    """What is asked now."""
    index, within = session.assistant.index, session.within & Filter(until=session.as_of)
    count = index.words.count_articles(within) if within else index.counts()[0]
    filters = session.filters
    yield f"{printable(filters) or 'everything'}: {counted(count, 'article')}"


@_command("new", "", "forgets what was asked: the next question stands by itself")
def _new(session: Session, argument: str) -> Iterator[str]:
    session.restart()
    yield "a new conversation"


@_command("model", "[NAME]", "what writes the answers: `quotes`, or a chat model")
def _model(session: Session, argument: str) -> Iterator[str]:
    if argument:
        session.assistant.use_model(argument)
    model = session.assistant.model
    yield f"{printable(model)}" + (" (the articles' own sentences)" if model == QUOTES else "")


@_command("k", "[N]", "from how many passages an answer is made")
def _k(session: Session, argument: str) -> Iterator[str]:
    if argument:
        if not (argument.isdecimal() and 0 < int(argument) <= 100):
            raise QuestionError(f"{argument!r} is not a number from 1 to 100")
        session.k = int(argument)
    yield counted(session.k, "passage")


@_command("export", "[-f] FILE", "write the session to FILE.md, .html or .json; -f replaces a file")
def _export(session: Session, argument: str) -> Iterator[str]:
    replace, _, name = argument.partition(" ") if argument.startswith("-") else ("", "", argument)
    if replace not in ("", "-f", "--force") or not name.strip():
        raise QuestionError(
            "export to which file? It ends in .md, .html or .json; -f before it replaces it"
        )
    path = Path(name.strip().strip('"“”')).expanduser()
    session.export(path, replace=bool(replace))
    yield f"{counted(len(session.turns), 'turn')} written to {printable(str(path))}"


@_command("save", "NAME", "call this session so, to go on with it another time")
def _save(session: Session, argument: str) -> Iterator[str]:
    if not argument or argument.isdecimal():
        raise QuestionError(
            "save under which name? One with a letter: sessions have numbers anyway"
        )
    session.save(argument)
    yield f"saved as “{printable(argument)}”; every further turn is kept too"


@_command("sessions", "", "lists the sessions that are kept, the last one first")
def _sessions(session: Session, argument: str) -> Iterator[str]:
    found = session.log.sessions()
    if not found:
        yield "no session is kept yet"
    for each in found:
        name = f"{each.id} {printable(each.name or '')}".rstrip()
        yield f"{name}  {each.last[:16].replace('T', ' ')}, {counted(each.turns, 'turn')}: {cut(each.first)}"


@_command("resume", "NAME", "go on with a session, by its name or number")
def _resume(session: Session, argument: str) -> Iterator[str]:
    if not argument:
        raise QuestionError("resume which session? :sessions lists them")
    yield from resumed(session, argument)


def resumed(session: Session, name: str) -> Iterator[str]:
    """Go on with a session; what was asked last."""
    found = session.resume(name)
    yield f"{printable(found.name or str(found.id))}: {counted(len(session.turns), 'turn')}"
    for turn in session.turns[-3:]:
        yield f"> {printable(turn.question)}"
        yield f"  {cut(turn.answer.text if turn.answer else turn.error or '', 200)}"


@_command("cost", "", "says what the session has used so far")
def _cost(session: Session, argument: str) -> Iterator[str]:
    by_model = session.usage()
    if not by_model:
        yield "nothing was asked yet"
    for model, (count, usage) in by_model.items():
        answers = counted(count, "answer")
        if model == QUOTES:
            yield f"{model}: {answers}, which cost nothing"
            continue
        yield f"{printable(model)}: {answers}, {used(usage, thousands=',')}"


@_command("quit", "", "ends the chat; so does Ctrl-D")
def _quit(session: Session, argument: str) -> Iterator[str]:
    raise EOFError
    yield
