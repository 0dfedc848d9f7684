"""The commands of the chat: lines that begin with a colon, or with a slash."""

from __future__ import annotations

import datetime
import re
import shutil
import sys
import textwrap
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias
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
from ...query.times import find_times
from ...settings import QUOTES
from .session import Session

__all__ = ["COMMANDS", "has_slash", "resume_lines", "run"]

CommandFunction: TypeAlias = Callable[[Session, str], Iterator[str]]


@dataclass(frozen=True)
class Command:
    """A command; `run` takes its argument and returns the lines to print."""

    name: str
    argument: str
    help: str
    run: CommandFunction

    @property
    def usage(self) -> str:
        """The command as it is typed."""
        return f":{self.name} {self.argument}".rstrip()


COMMANDS: dict[str, Command] = {}
ALIASES = {"q": "quit", "exit": "quit", "h": "help", "?": "help"}
# A quote "2" or a passage "p2", and perhaps the number of the answer: "2 1".
QUOTE = re.compile(r"(?P<passage>p)?\[?(?P<number>\d+)\]?(?: (?P<answer>\d+))?")
# Arguments that remove a filter.
NO_FILTER = ("", "off", "none", "any")


def run(session: Session, line: str) -> Iterator[str]:
    """The lines that a command prints; raises AssistantError, and EOFError to end the chat."""
    name, _, argument = " ".join(line[1:].split()).partition(" ")
    if not name:
        raise QuestionError("a colon begins a command, such as :sources; :help lists them")
    command = _command_named(name)
    if command is None:
        near = get_close_matches(name.lower(), COMMANDS, n=1, cutoff=0.5)
        hint = f"did you mean :{near[0]}? " if near else ""
        raise QuestionError(f"unknown command :{printable(name)}; {hint}:help lists all")
    if argument and not command.argument:
        raise QuestionError(f":{command.name} takes no argument")
    return command.run(session, argument.strip('"“”'))


def has_slash(line: str) -> bool:
    """Whether the line is a command with a slash, like "/help"; a question may have one too."""
    name = (line[1:].split() or [""])[0]
    return line.startswith("/") and _command_named(name) is not None


def _command_named(name: str) -> Command | None:
    return COMMANDS.get(ALIASES.get(name.lower(), name.lower()))


def _command(name: str, argument: str, help: str) -> Callable[[CommandFunction], CommandFunction]:
    def add(run: CommandFunction) -> CommandFunction:
        COMMANDS[name] = Command(name, argument, help, run)
        return run

    return add


@_command("help", "[COMMAND]", "list the commands, or show one of them")
def _help(session: Session, argument: str) -> Iterator[str]:
    width = min(shutil.get_terminal_size().columns, 100)
    indent = 2 + max(len(command.usage) for command in COMMANDS.values())
    one = _command_named(argument.lstrip(":"))
    for command in [one] if one else COMMANDS.values():
        text = f"{command.usage:<{indent}}{command.help}"
        yield from textwrap.wrap(text, width, subsequent_indent=" " * indent)
    if one is None:
        yield ""
        yield from textwrap.wrap(
            "Anything else is a question, which may refer to the one before. A line that ends in "
            "\\ continues on the next. Tab completes, Ctrl-C stops an answer, Ctrl-D ends.",
            width,
        )


@_command("answers", "", "list the answers of this session with their numbers")
def _answers(session: Session, argument: str) -> Iterator[str]:
    if not session.answers:
        yield "no answers yet"
    for number, answer in enumerate(session.answers, start=1):
        yield f"{number:>3}  {cut(answer.question)} ({counted(len(answer.citations), 'quote')})"


@_command("sources", "[ANSWER]", "show all passages of the last answer, or of answer ANSWER")
def _sources(session: Session, argument: str) -> Iterator[str]:
    answer = _answer_numbered(session, argument)
    if not answer.passages:
        yield "no passage was found"
    inside: set[int] = set()
    for number, passage in enumerate(answer.passages, start=1):
        quotes = [one.number for one in answer.citations if _is_inside(one, passage)]
        inside.update(quotes)
        marks = ", ".join(f"[{quote}]" for quote in quotes)
        if number > 1:
            yield ""
        yield from passage_lines(number, passage, prefix="p")
        yield f"    cited as {marks}" if marks else "    not cited"
    # Articles that differ may be quoted from passages that the answer was not made of.
    for citation in answer.citations:
        if citation.number not in inside:
            yield ""
            yield f"outside these passages: [{citation.number}] {article_line(citation.article)}"
            yield f"    {printable(citation.article.id)} {citation.start}:{citation.end}"


def _is_inside(citation: Citation, passage: Passage) -> bool:
    same = citation.article.id == passage.article.id
    return same and passage.start <= citation.start < passage.end


def _answer_numbered(session: Session, argument: str | None) -> Answer:
    """The answer with this number, which counts from 1; without a number, the last one."""
    if not argument:
        return session.last
    if not argument.isdecimal():
        raise QuestionError(f"{argument!r} is not the number of an answer; :answers lists them")
    if not 0 < int(argument) <= len(session.answers):
        raise QuestionError(f"there is no answer {argument}; :answers lists them")
    return session.answers[int(argument) - 1]


@dataclass(frozen=True)
class OpenTarget:
    """An article to open; if there is a text, it stands from start to end and is marked."""

    article: Article
    start: int = 0
    end: int = 0
    text: str = ""


@_command(
    "open",
    "N [ANSWER]",
    "open the article at quote N or passage pN of the last answer, or of answer ANSWER; "
    "`:open ARTICLE` opens it by id, file or title; `browser` at the end opens its web page",
)
def _open(session: Session, argument: str) -> Iterator[str]:
    name = argument.removesuffix(" browser")
    if not name:
        raise QuestionError("open which article? `:open 2` opens that of quote [2]")
    target = _quoted_target(session, name) or OpenTarget(_article_named(session, name))
    if name != argument:
        yield _open_browser(target.article)
        return
    try:
        article = session.assistant.index.article(target.article.id)
    except ArticleNotFoundError:
        title = printable(target.article.title)
        raise QuestionError(f"“{title}” is no longer in the index") from None
    if article.text[target.start : target.end] != target.text:
        yield "(the article has changed: the quote is no longer where it was)"
        target = OpenTarget(article)
    span = (target.start, target.end) if target.text else None
    yield from article_lines(article, span, whole=True, styled=sys.stdout.isatty())


def _quoted_target(session: Session, name: str) -> OpenTarget | None:
    """The place of a quote or passage of an answer; None if the name is that of an article."""
    match = QUOTE.fullmatch(name)
    if not match:
        return None
    number, answer = int(match["number"]), _answer_numbered(session, match["answer"])
    if match["passage"]:
        if not 0 < number <= len(answer.passages):
            raise QuestionError(f"there is no passage p{number}; :sources lists them")
        passage = answer.passages[number - 1]
        return OpenTarget(passage.article, passage.start, passage.end, passage.text)
    for quote in answer.citations:
        if quote.number == number:
            return OpenTarget(quote.article, quote.start, quote.end, quote.quote)
    raise QuestionError(f"there is no quote [{number}]: {_quotes_of(answer)}")


def _quotes_of(answer: Answer) -> str:
    last = len(answer.citations)
    return f"this answer has [1] to [{last}]" if last else "this answer has no quotes"


def _article_named(session: Session, name: str) -> Article:
    index = session.assistant.index
    for article in index.articles():
        if article.title.casefold() == name.casefold():
            return article
    try:
        return index.article_named(name)
    except ArticleNotFoundError:
        raise QuestionError(
            f"there is no article “{printable(name)}”; `:open 2` opens that of quote [2]"
        ) from None


def _open_browser(article: Article) -> str:
    """Open the article's web page; the line to print."""
    url = printable((article.url or "").strip())
    title = printable(article.title)
    if not url:
        raise QuestionError(f"“{title}” has no web address; `:open` without `browser` shows it")
    if urlsplit(url).scheme not in ("http", "https"):
        raise QuestionError(f"the url of “{title}” is not a web address: {url}")
    return url if webbrowser.open(url) else f"no browser could be started; the address is {url}"


@_command("why", "[ANSWER]", "show how each passage was found, and what was left out")
def _why(session: Session, argument: str) -> Iterator[str]:
    answer = _answer_numbered(session, argument)
    if answer.standalone:
        yield f"understood as: {printable(answer.standalone)}"
    if answer.trace:
        yield from trace_lines(answer.trace)
    else:
        yield "there is no record of how the passages were found"
    for sentence in answer.sentences:
        if sentence.verdict is Verdict.UNCERTAIN and sentence.confidence is not None:
            nearest = ", ".join(f"[{number}]" for number in sentence.citations)
            yield (
                f"not verified: “{_quoted_line(sentence.text)}” "
                f"(nearest quote {nearest}, supported with probability {sentence.confidence:.2f})"
            )
    for dropped in answer.dropped:
        yield f"not shown: “{_quoted_line(dropped.text)}” ({printable(dropped.reason)})"


def _quoted_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _parse_day(argument: str, *, last: bool = False) -> str | None:
    """A day, month or year; of several days ("last week") the first or the last; None for "off"."""
    if argument.lower() in NO_FILTER:
        return None
    date = whole_or_part(argument)
    if date:
        return date
    for time in find_times(argument, datetime.date.today()):
        day = time.within.until if last else time.within.since
        if day and time.text == argument:
            return day
    raise QuestionError(f"{argument!r} is not a date; write it like 2025-03-31 or yesterday")


@_command("since", "[DATE]", "only articles of this day or later; `off` removes the filter")
def _filter_since(session: Session, argument: str) -> Iterator[str]:
    session.narrow(since=_parse_day(argument))
    yield _filter_line(session)


@_command("until", "[DATE]", "only articles of this day or earlier; `off` removes the filter")
def _filter_until(session: Session, argument: str) -> Iterator[str]:
    session.narrow(until=_parse_day(argument, last=True))
    yield _filter_line(session)


@_command("source", "[NAME]", "only this outlet, or one more; without a name, all outlets")
def _filter_source(session: Session, argument: str) -> Iterator[str]:
    session.narrow(sources=_add_name(session.within.sources, argument))
    yield _filter_line(session)


@_command("author", "[NAME]", "only this author, or one more; without a name, all authors")
def _filter_author(session: Session, argument: str) -> Iterator[str]:
    session.narrow(authors=_add_name(session.within.authors, argument))
    yield _filter_line(session)


def _add_name(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, name))) if name else ()


@_command("as-of", "[DATE]", "answer as if asked on this day, without later articles")
def _set_as_of(session: Session, argument: str) -> Iterator[str]:
    day = _parse_day(argument, last=True)
    if day and len(day) < len("2025-03-31"):
        raise QuestionError(f"{argument!r} is not a day; write it like 2025-03-31")
    session.as_of = day
    yield _filter_line(session)


@_command("clear", "", "remove all filters")
def _clear(session: Session, argument: str) -> Iterator[str]:
    session.widen()
    yield _filter_line(session)


def _filter_line(session: Session) -> str:
    index, within = session.assistant.index, session.within & Filter(until=session.as_of)
    count = index.words.count_articles(within) if within else index.counts()[0]
    return f"{printable(session.filters) or 'no filters'}: {counted(count, 'article')}"


@_command("new", "", "start a new conversation")
def _new(session: Session, argument: str) -> Iterator[str]:
    session.restart()
    yield "new conversation"


@_command("model", "[NAME]", "show or change what writes the answers: `quotes`, or a chat model")
def _model(session: Session, argument: str) -> Iterator[str]:
    if argument:
        session.assistant.use_model(argument)
    model = session.assistant.model
    yield f"{model} (the articles' own sentences)" if model == QUOTES else printable(model)


@_command("k", "[N]", "show or change the number of passages per answer")
def _set_k(session: Session, argument: str) -> Iterator[str]:
    if argument:
        if not (argument.isdecimal() and 0 < int(argument) <= 100):
            raise QuestionError(f"{argument!r} is not a number from 1 to 100")
        session.k = int(argument)
    yield counted(session.k, "passage")


@_command("export", "[-f] FILE", "write the session to FILE.md, .html or .json; -f replaces it")
def _export_session(session: Session, argument: str) -> Iterator[str]:
    words = argument.split(maxsplit=1)
    replace = bool(words) and words[0] in ("-f", "--force")
    name = " ".join(words[replace:]).strip('"“”')
    if not name or name.startswith("-"):
        raise QuestionError("which file? One that ends in .md, .html or .json; -f replaces it")
    path = Path(name).expanduser()
    session.export(path, replace=replace)
    yield f"{counted(len(session.turns), 'turn')} written to {printable(str(path))}"


@_command("save", "NAME", "name this session, to resume it later")
def _save(session: Session, argument: str) -> Iterator[str]:
    if not argument or argument.isdecimal():
        raise QuestionError("save under which name? It must have a letter: numbers are taken")
    session.save(argument)
    yield f"saved as “{printable(argument)}”; further turns are kept too"


@_command("sessions", "", "list the sessions in the log, the latest first")
def _sessions(session: Session, argument: str) -> Iterator[str]:
    summaries = session.log.sessions()
    if not summaries:
        yield "no sessions in the log yet"
    for one in summaries:
        name = f"{one.id} {printable(one.name or '')}".rstrip()
        last = one.last[:16].replace("T", " ")
        yield f"{name}  {last}, {counted(one.turns, 'turn')}: {cut(one.first)}"


@_command("resume", "NAME", "resume a session, by name or number")
def _resume(session: Session, argument: str) -> Iterator[str]:
    if not argument:
        raise QuestionError("resume which session? :sessions lists them")
    yield from resume_lines(session, argument)


def resume_lines(session: Session, name: str) -> Iterator[str]:
    """Resume a session of the log; the lines show its last turns."""
    summary = session.resume(name)
    title = summary.name or str(summary.id)
    yield f"{printable(title)}: {counted(len(session.turns), 'turn')}"
    for turn in session.turns[-3:]:
        yield f"> {printable(turn.question)}"
        yield f"  {cut(turn.answer.text if turn.answer else turn.error or '', 200)}"


@_command("cost", "", "show the tokens and dollars that this session has used")
def _cost(session: Session, argument: str) -> Iterator[str]:
    by_model = session.usage()
    if not by_model:
        yield "no answers yet"
    for model, (count, usage) in by_model.items():
        price = "no cost" if model == QUOTES else used(usage, thousands=",")
        yield f"{printable(model)}: {counted(count, 'answer')}, {price}"


@_command("quit", "", "end the chat (also Ctrl-D)")
def _quit(session: Session, argument: str) -> Iterator[str]:
    raise EOFError
    yield
