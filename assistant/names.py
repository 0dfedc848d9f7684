"""Names in two texts: whether they are the same one, what part they play in a sentence, and who is speaking."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from index.articles import Article

from .facts import Reading, Word, base, read

__all__ = [
    "PRONOUNS",
    "REPORTING",
    "TITLES",
    "Mention",
    "has_name",
    "joined_names",
    "mentions",
    "names_source",
    "roles",
    "slots",
    "speakers",
]

# Names of one thing, as stems: countries with the words for what comes from them, and common short forms.
SAME = [
    frozenset(base(name) if " " not in name else name for name in group.split("/"))
    for group in """us/usa/america/american/americans/united states
    uk/britain/british/united kingdom/briton/britons
    eu/european union/europe/european/europeans
    un/united nations
    uae/emirati/united arab emirates
    france/french
    germany/german/germans
    spain/spanish/spaniard
    italy/italian/italians
    netherlands/dutch/holland
    china/chinese/beijing
    japan/japanese
    russia/russian/russians/moscow/kremlin
    ukraine/ukrainian/ukrainians/kyiv
    poland/polish/poles
    sweden/swedish/swedes
    denmark/danish/danes
    norway/norwegian/norwegians
    finland/finnish/finns
    ireland/irish
    scotland/scottish/scots
    wales/welsh
    england/english
    turkey/turkish/türkiye/turks
    greece/greek/greeks
    portugal/portuguese
    switzerland/swiss
    israel/israeli/israelis
    iran/iranian/iranians/tehran
    iraq/iraqi/iraqis
    india/indian/indians
    brazil/brazilian/brazilians
    mexico/mexican/mexicans
    canada/canadian/canadians
    australia/australian/australians
    korea/korean/koreans
    philippines/filipino/philippine/filipinos
    thailand/thai
    vietnam/vietnamese
    egypt/egyptian/egyptians
    syria/syrian/syrians
    belgium/belgian/belgians
    austria/austrian/austrians
    hungary/hungarian/hungarians
    czech/czechia/czechs
    congress/congressional
    democrat/democratic/democrats
    republican/republicans/gop
    washington/d.c./dc
    california/calif/californian
    florida/fla
    oregon/ore
    pennsylvania/pa
    massachusetts/mass
    connecticut/conn
    michigan/mich
    wisconsin/wis
    minnesota/minn
    illinois/ill
    tennessee/tenn
    kentucky/ky
    virginia/va
    georgia/ga
    alabama/ala
    mississippi/miss
    louisiana/la
    texas/tex/texan/texans
    oklahoma/okla
    arizona/ariz
    colorado/colo
    nevada/nev
    washington/wash
    nebraska/neb
    kansas/kan
    indiana/ind
    arkansas/ark
    maryland/md
    delaware/del
    vermont/vt
    missouri/mo
    montana/mont
    wyoming/wyo""".splitlines()
    for group in [group.strip()]
]
# What stands before a name without being part of it.
TITLES = frozenset(
    map(
        base,
        """president minister prime chancellor secretary general chief executive director chair chairman chairwoman
        mayor senator sen rep governor gov king queen prince judge justice captain coach professor prof
        doctor dr mr mrs ms sir lord lady former then foreign finance defence defense interior spokesman
        spokeswoman spokesperson leader head deputy vice acting the a an its his her their this that these
        those rival team club company group bank fellow both about around some over nearly almost more less
        than at least up only just""".split(),
    )
)
PREPOSITIONS = frozenset(
    """by from to with against over than for of in at on into between about behind after before under toward towards
    through via per among across""".split()
)
# Parts that cannot change places without changing what is said.
PARTS = frozenset("subject object from to against over than behind after before".split())
PARTICIPLE = (
    r"(?:\w+(?:ed|en|wn|ght|ung|ade)"
    r"|hit|cut|put|set|led|met|won|lost|shot|told|sold|held|paid|built|hired|sent|left|made|found)"
)
PASSIVE = regex.compile(
    rf"\b(?:was|were|is|are|been|being|be|got|gets|get)\s+(?:\w+ly\s+|also\s+|not\s+|later\s+|then\s+)?{PARTICIPLE}\b",
    regex.I,
)
PASSIVE_AFTER = regex.compile(
    rf"[”\"’]?(?:\s+(?:had|has|have|will|would|could|should|may|might)(?:\s+not)?)?\s+{PASSIVE.pattern}", regex.I
)
PASSIVE_BEFORE = regex.compile(r"\b(?:was|were|is|are|been|being|be)\s+(?:\w+ly\s+)?$", regex.I)
HEARSAY = regex.compile(
    r"(?:reported|said|expected|believed|thought|understood|known|supposed|due|scheduled)$", regex.I
)
BREAK = regex.compile(r"[,;:.!?()–—]|[”\"](?=\s|$)")
LIST = regex.compile(r"[\s,]*(?:and|or|&|,|as well as)?[\s,]*(?:the\s+)?")

SPEECH = frozenset(
    map(
        base,
        """say said tell told add report announce claim state warn argue note explain insist write wrote describe
        confirm deny stress comment declare ask suggest think thought believe acknowledge admit reveal estimate predict
        promise concede complain criticise criticize accuse speak spoke testify recall quote praise urge conclude
        vow pledge assert maintain""".split(),
    )
)
INVERTED = frozenset(
    """said says added told wrote explained argued warned reported announced noted observed insisted recalled claimed
    stated concluded""".split()
)
PRONOUNS = frozenset("he she they it his her their its him them who i we".split())
ACCORDING = regex.compile(r"\baccording to\b", regex.I)


# Words of what outlets do.
REPORTING = frozenset(map(base, "report publish article write wrote coverage story".split()))


@dataclass(frozen=True)
class Mention:
    """A name, number or date where it stands in a text; `keys` are equal or overlap for mentions of one thing."""

    kind: str
    keys: frozenset[str]
    start: int
    end: int
    role: str = ""
    bare: frozenset[str] = frozenset()

    def same(self, other: Mention) -> bool:
        """Whether two mentions may be of one thing. Names of which each has a word that the other lacks are not."""
        if self.kind != other.kind or not self.keys & other.keys:
            return False
        apart = self.bare - other.keys and other.bare - self.keys
        return not (apart and self.bare & other.bare)


@functools.cache
def aliases(name: str) -> frozenset[str]:
    """The group of names that this one (a stem, or words in lower case) belongs to."""
    return next((group for group in SAME if name in group), frozenset())


@functools.lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[Mention, ...]:
    """All names, numbers and dates of a sentence, in order, with their parts in it."""
    said = read(text)
    found = [
        *(_name(run) for run in _runs(said)),
        *(Mention("number", frozenset({str(n.value)}), n.start, n.end) for n in said.numbers),
        *(Mention("date", frozenset({str((d.year, d.month, d.day, d.weekday))}), d.start, d.end) for d in said.dates),
    ]
    return tuple(replace(m, role=_role(said, m)) for m in sorted(found, key=lambda m: m.start))


def _runs(said: Reading) -> list[list[Word]]:
    """Name words that follow each other immediately."""
    runs: list[list[Word]] = []
    for word in said.words:
        if word.name:
            if runs and _continues(said.text, runs[-1][-1], word):
                runs[-1].append(word)
            else:
                runs.append([word])
    return runs


def _continues(text: str, before: Word, word: Word) -> bool:
    """Whether two name words are of one name: side by side, or after "Mr." or an initial."""
    between = text[before.end : word.start]
    short = before.stem in TITLES or len(before.text) == 1
    return not before.text.endswith(("'s", "’s")) and (between in (" ", "", "-") or (short and between in (". ", ".")))


def _name(run: Sequence[Word]) -> Mention:
    bare = [word.stem for word in run if word.stem not in TITLES] or [word.stem for word in run]
    keys = frozenset(
        itertools.chain(bare, *(aliases(key) for key in bare), aliases(" ".join(w.text for w in run).lower()))
    )
    if len(run) > 1:
        keys |= {"".join(word.text[0] for word in run).lower()}
    return Mention("name", keys, run[0].start, run[-1].end, bare=frozenset(bare))


KIND_OF_PLACE = regex.compile(r"\b(?:city|town|village|state|province|island|republic|region|port)\s$", regex.I)


def _role(said: Reading, mention: Mention) -> str:
    """The preposition it hangs on, `subject` or `object` of a passive; else nothing."""
    at = mention.start
    for word in reversed([word for word in said.words if word.end <= mention.start][-5:]):
        if BREAK.search(said.text[word.end : at]):
            break
        low = word.text.lower()
        if low == "of" and KIND_OF_PLACE.search(said.text[: word.start]):
            # "The city of Oslo" is Oslo.
            at = word.start
            continue
        if low in PREPOSITIONS:
            passive = low == "by" and PASSIVE.search(said.text[max(0, word.start - 60) : word.start])
            return "subject" if passive else "after" if low == "behind" else low
        if word.stem not in TITLES and not word.name and not KIND_OF_PLACE.search(said.text[: word.end] + " "):
            break
        at = word.start
    passive = PASSIVE_AFTER.match(said.text, mention.end)
    return "object" if passive and not HEARSAY.search(passive[0]) else ""


def joined_names(text: str, one: Mention, other: Mention) -> bool:
    """Whether two mentions are members of a list, where their order says nothing."""
    first, second = (one, other) if one.start < other.start else (other, one)
    return LIST.fullmatch(text[first.end : second.start]) is not None


def roles(one: Mention, other: Mention) -> tuple[str, str] | None:
    """The parts of two mentions in their sentence; None where the parts say nothing about who does what to whom.

    Where neither hangs on a preposition, the first is the subject.
    """
    parts = [one.role, other.role]
    if parts == ["", ""]:
        parts = ["subject", "object"] if one.start < other.start else ["object", "subject"]
    elif "" in parts:
        bare = parts.index("")
        parts[bare] = "object" if parts[1 - bare] == "subject" else "subject"
    return (parts[0], parts[1]) if set(parts) <= PARTS else None


def speakers(text: str) -> tuple[tuple[int, Mention | None], ...]:
    """For each word of saying in a sentence, where it ends and who speaks: None for a pronoun or what is no name."""
    said = read(text)
    names = [mention for mention in mentions(text) if mention.kind == "name"]
    found = [
        (match.end(), _phrase(text, [n for n in names if 0 <= n.start - match.end() <= 40]))
        for match in ACCORDING.finditer(text)
    ]
    found += [
        (word.end, _speaker(said, names, i))
        for i, word in enumerate(said.words)
        if word.stem in SPEECH and not word.name and not _is_noun(said, i)
    ]
    return tuple(found)


# "An estimate", "the report": no verbs.
def _is_noun(said: Reading, i: int) -> bool:
    """Whether a word of saying is a noun: "the report", "a Courier report"."""
    word = said.words[i]
    if NOUN_BEFORE.search(said.text[: word.start]):
        return True
    if word.text.lower() in ("state", "states"):
        return not said.text[word.end :].startswith(" that ")
    return word.text in NOUNS and i > 0 and said.words[i - 1].name


NOUNS = frozenset("report claim estimate comment note quote state promise pledge vow praise".split())
NOUN_BEFORE = regex.compile(r"\b(?:an?|the|this|that|his|her|its|their|my|our|\p{L}+['’]s)\s+$", regex.I)
OWNS = regex.compile(r"\s+\p{Lu}")


def _phrase(text: str, names: Sequence[Mention]) -> Mention | None:
    """The first name with those of one phrase with it: "Harbour Works director Ada Lund" may be either."""
    if not names:
        return None
    phrase = names[0]
    for name in names[1:]:
        if not PHRASE.fullmatch(text[phrase.end : name.start]):
            break
        phrase = replace(phrase, keys=phrase.keys | name.keys, end=name.end)
    return phrase


PHRASE = regex.compile(r"\s(?:(?!(?:and|or|in|at|for|from|to|with|by|on|who|that)\s)\p{Ll}+\s){0,4}")


def _owns(text: str, mention: Mention) -> bool:
    """Whether a name only says whose the next name is: "the Gull's Erik Moe"."""
    return text[: mention.end].endswith(("'s", "’s")) and OWNS.match(text, mention.end) is not None


BY = regex.compile(r"\s+by\s+")
# What may stand between a word of saying and the name of who spoke.
INVERTED_BY = regex.compile(r"\s(?:The\s)?(?:(?!(?:that|he|she|they|it|in|on|at|to|of|by|there)\s)\p{Ll}+\s){0,5}")
APPOSITION = regex.compile(r"(?:\s+(?:of|from|in|at)\s[^,]+)?\s*(?:\([^)]*\))?,.*,\s*(?:\w+ly\s+)?")
CLAUSE_START = regex.compile(r"[.;!?”\"]\s|\b(?:and|but|that|while|because)\b", regex.I)


def _speaker(said: Reading, names: Sequence[Mention], i: int) -> Mention | None:
    verb = said.words[i]
    if PASSIVE_BEFORE.search(said.text[: verb.start]):
        by = BY.match(said.text, verb.end)
        return _phrase(said.text, [n for n in names if by and 0 <= n.start - by.end() <= 20])
    if verb.text.lower() in INVERTED:
        after = [n for n in names if n.start >= verb.end]
        follows = bool(after) and INVERTED_BY.fullmatch(said.text[verb.end : after[0].start])
        inverted = _phrase(said.text, after) if follows else None
        if inverted and regex.search(r"[,”\"’]\s*$", said.text[: verb.start]):
            return inverted
    names = [name for name in names if not _owns(said.text, name)]
    begin = max([match.end() for match in CLAUSE_START.finditer(said.text[: verb.start])], default=0)
    before = [n for n in names if begin <= n.start and n.end <= verb.start and n.role in ("", "object")]
    between = [w for w in said.words[:i] if w.start >= (before[-1].end if before else begin)]
    if any(word.text.lower() in PRONOUNS for word in between):
        return None
    if before:
        # "Rutte, who met Trump, said": what stands between commas is not the speaker.
        apposed = APPOSITION.fullmatch(said.text[before[0].end : verb.start])
        speaker = before[0] if apposed else before[-1]
        # "Kelda's harbour master said": no name.
        return None if said.text[: speaker.end].endswith(("'s", "’s")) else speaker
    if verb.text.lower() in INVERTED:
        return next((n for n in names if 0 <= n.start - verb.end <= 30 and n.role == ""), None)
    return None


def has_name(claim: Reading, i: int, text: str, stems: frozenset[str], context: str) -> bool:
    """Whether a text has the name that word `i` of the claim is part of, perhaps in another form.

    stems: of the words of the text. context: all that is known of its article, from which names are completed: where
    it writes "Mark Rutte" once, a text with "Rutte" has the name Mark Rutte.
    """
    word = claim.words[i]
    run = next(run for run in _runs(claim) if word in run) if word.name else [word]
    group = aliases(word.stem) | aliases(" ".join(w.text for w in run).lower())
    return (
        word.stem in stems
        or any(alias in stems or (" " in alias and alias in text.lower()) for alias in group)
        or _derived(word.stem, stems)
        or _is_initials(word, run, text)
        or _completed(word, run, text, stems, context)
    )


def _derived(name: str, stems: frozenset[str]) -> bool:
    """Whether one name is made from the other, as Paris and Parisian are."""
    return len(name) >= 5 and any(
        len(other) >= 5 and abs(len(name) - len(other)) <= 3 and (name.startswith(other) or other.startswith(name))
        for other in stems
    )


def _is_initials(word: Word, run: Sequence[Word], text: str) -> bool:
    short = word.text.replace(".", "").removesuffix("'s").removesuffix("’s")
    if short.isupper() and len(short) > 1:
        return short in _initials(text)
    letters = "".join(w.text[0] for w in run)
    shorts = {w.text.replace(".", "") for w in read(text).words if w.text.isupper() and len(w.text) > 1}
    return len(letters) > 1 and any(
        letters in short or short in letters for short in shorts if len(short) == len(letters)
    )


@functools.lru_cache(maxsize=1024)
def _initials(text: str) -> frozenset[str]:
    """The short forms that the long names of a text could have."""
    phrases = regex.findall(
        r"(?:\p{Lu}[\p{L}'’-]+(?:\s+(?:of|the|and|for|de|on)(?:\s+the)?\s+|\s+))+\p{Lu}[\p{L}'’-]+", text
    )
    found = set()
    for phrase in phrases:
        letters = [word[0] for word in phrase.split() if word[0].isupper()]
        found |= {"".join(letters[a:b]) for a, b in itertools.combinations(range(len(letters) + 1), 2) if b - a >= 2}
    return frozenset(found)


def _completed(word: Word, run: Sequence[Word], text: str, stems: frozenset[str], context: str) -> bool:
    known = _neighbours(context)
    for a, b in itertools.pairwise(run):
        if (a.stem, b.stem) in known and word in (a, b):
            other = b if word is a else a
            if any(w.stem in stems and w.stem not in TITLES for w in (other, *run) if w is not word):
                return True
    # "Moe", where the article calls him Erik.
    alone = {next(iter(m.bare)) for m in mentions(text) if m.kind == "name" and len(m.bare) == 1}
    return len(run) == 1 and any(word.stem in pair and set(pair) & alone - {word.stem} - TITLES for pair in known)


@functools.lru_cache(maxsize=512)
def _neighbours(text: str) -> frozenset[tuple[str, str]]:
    words = read(text).words
    return frozenset(
        (a.stem, b.stem) for a, b in itertools.pairwise(words) if a.name and b.name and 0 <= b.start - a.end <= 1
    )


def names_source(said: str, article: Article) -> bool:
    """Whether a text names the outlet of an article: "USA TODAY" usatoday.com, "the Courier" the Harbour Courier."""
    source = DOMAIN.sub("", (article.source or "").lower())
    letters = "".join(filter(str.isalnum, source.removeprefix("the ")))
    last = (source.split() or [""])[-1].removeprefix("the")
    return bool(letters) and (
        letters in "".join(filter(str.isalnum, said.lower())) or (len(last) > 3 and last in said.lower().split())
    )


DOMAIN = regex.compile(r"^(?:https?://)?(?:www\.)?|\.(?:com?|org|net|news|uk|de|co\.uk)(?:\..*)?$")


def slots(text: str, mention: Mention) -> frozenset[tuple[str, str]]:
    """What a mention hangs on: the word before it with the preposition between, and the word that follows.

    "sold to Rutte" gives `before:to` and the stem of sold; a passive verb after it is told from an active one.
    """
    said = read(text)
    found = set()
    between: list[str] = []
    at = mention.start
    for word in reversed([word for word in said.words if word.end <= mention.start][-5:]):
        if BREAK.search(said.text[word.end : at]):
            break
        at = word.start
        low = word.text.lower()
        if word.stem in TITLES or word.name:
            continue
        if low in PREPOSITIONS and not between:
            between.append(low)
        elif word.content:
            found.add((f"before:{''.join(between)}", word.stem))
            break
        else:
            break
    who = WHO.match(said.text, mention.end)
    at = begin = who.end() if who else mention.end
    kind = "after:"
    for word in [word for word in said.words if word.start >= begin][:5]:
        if BREAK.search(said.text[at : word.start]) or word.name:
            break
        at = word.end
        if word.content:
            passive = PASSIVE_AFTER.match(said.text, begin - 1 if who else begin) is not None
            found.add(("after:passive" if passive and kind == "after:" else kind, word.stem))
            if kind != "after:":
                break
            # "Danish crews voted": the next one may be the verb.
            kind = "second:"
        elif word.text.lower() not in AUXILIARIES:
            break
    return frozenset(found)


WHO = regex.compile(r",\s+who\s+(?:(?:has|had|is|was)\s+)?")


AUXILIARIES = frozenset(
    "has have had is are was were be been will would could should can may might also not do does did".split()
)
