"""Change one thing in a sentence, so that its source no longer supports it.

Each function takes a sentence and returns a changed one, or None. They make training data only, and
need to be right nearly always, not always.
"""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Callable, Iterator, Sequence

MONTHS = (
    "January February March April May June July August September October November December".split()
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
FIGURE = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w]|,\d|\.\d)")
COUNTS = "two three four five six seven eight nine ten eleven twelve".split()
WORD_FIGURE = re.compile(rf"\b({'|'.join(COUNTS)})\b")
NAME = re.compile(r"\b[A-Z][\w’'.-]*[a-z](?: (?:of |de |van |al-)?[A-Z][\w’'-]*[a-z])*")
# Words with a capital that are not names, or that stand for too much.
NO_NAME = frozenset(
    (
        *MONTHS,
        *DAYS,
        "The",
        "A",
        "In",
        "On",
        "At",
        "He",
        "She",
        "It",
        "They",
        "But",
        "And",
        "I",
        "For",
    )
)
# The subject at the beginning of a claim.
SUBJECT = re.compile(
    r"(?:(?P<name>[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*){0,3})"
    r"|(?:The|An?) [a-z][\w’'-]*(?: [a-z][\w’'-]*)?) "
    r"(?P<verb>(?:was|were|is|are|has|have|had|will|would|can|could|may|might|said|says|told|also|did|\w{3,}ed)\b)"
)
MODAL = re.compile(r"\b(?:may|might|could)(?= (?:not )?[a-z])")
HEDGES = (
    (re.compile(r"\b(?:allegedly|reportedly|apparently|probably|possibly|nearly|almost) "), ""),
    (
        re.compile(r"\b(?:plans|hopes|intends|wants|aims|is expected|is due|is set) to (?=be\b)"),
        "will ",
    ),
    (re.compile(r"\b(?:some|several|many)(?= [a-z]+s\b)"), "all"),
    (re.compile(r"\bmost of\b"), "all of"),
    (re.compile(r"\bis accused of\b"), "admits"),
    (re.compile(r"\bis suspected of\b"), "was convicted of"),
    (re.compile(r"\bproposed\b"), "approved"),
    (re.compile(r"\bcalled for\b"), "secured"),
)
# Something that may happen, and irregular verbs to say that it did.
FUTURE = re.compile(
    r"\b(?:may|might|could|will|would|(?:plan|hope|want|intend)s? to"
    r"|(?:is|are) (?:expected|due|set|likely) to)"
    r" (?P<be>be )?(?P<verb>[a-z]{2,})\b"
)
PAST = dict(
    pair.split(":")
    for pair in (
        "make:made take:took go:went come:came get:got give:gave leave:left begin:began"
        " buy:bought sell:sold meet:met lose:lost win:won build:built hold:held send:sent pay:paid"
        " see:saw run:ran rise:rose fall:fell become:became bring:brought keep:kept say:said"
        " find:found have:had do:did cut:cut put:put set:set hit:hit let:let lead:led know:knew"
        " think:thought tell:told stand:stood lie:lay feel:felt spend:spent speak:spoke grow:grew"
    ).split()
)
OPPOSITES = (
    ("rose", "fell"), ("increased", "decreased"), ("increase", "decrease"), ("higher", "lower"),
    ("before", "after"), ("more than", "fewer than"), ("won", "lost"), ("first", "last"),
    ("oldest", "youngest"), ("largest", "smallest"), ("up", "down"), ("accepted", "rejected"),
    ("supports", "opposes"), ("supported", "opposed"), ("earlier", "later"), ("most", "least"),
    ("arrived", "left"), ("opened", "closed"), ("north", "south"), ("east", "west"),
    ("joined", "left"), ("gained", "lost"), ("best", "worst"), ("began", "ended"),
    ("allowed", "banned"), ("men", "women"), ("son", "daughter"), ("father", "mother"),
    ("brother", "sister"), ("husband", "wife"), ("guilty", "not guilty"), ("above", "below"),
    ("hired", "fired"), ("buy", "sell"), ("bought", "sold"), ("agreed", "refused"),
    ("confirmed", "denied"),
)  # fmt: skip
OPPOSITE = {a: b for pair in OPPOSITES for a, b in (pair, pair[::-1])}
OPPOSING = re.compile(rf"\b({'|'.join(sorted(map(re.escape, OPPOSITE), key=len, reverse=True))})\b")
VERB = re.compile(r"\b(was|were|is|are|has|have|had|will|would|can|did)\b(?! not|n't)")
NEGATION = re.compile(
    r"\b(was|were|is|are|has|have|had|will|would|can|could|did|does|do)(?: not|n't|n’t)\b"
)
WEEKDAY = re.compile(rf"\bon ({'|'.join(DAYS)})\b")
MONTH = re.compile(rf"\b({'|'.join(MONTHS)})\b")
# The names of outlets in sentences.
OUTLETS = {"cnn.com": "CNN", "usatoday.com": "USA Today", "theweek.co.uk": "The Week"}
OTHER_OUTLETS = (
    "Reuters",
    "The Guardian",
    "BBC News",
    "Associated Press",
    "Daily Mail",
    *OUTLETS.values(),
)
COMMON_STARTS = re.compile(
    r"(?:The|A|An|In|On|At|After|Before|He|She|It|They|His|Her|More|Some|Two|Three|Both|Its)\b"
)
ATTRIBUTIONS = (
    "{outlet} reported on {date} that {claim}",
    "According to {outlet}, {claim}",
    "According to a report by {outlet} of {date}, {claim}",
    "On {date}, {outlet} reported that {claim}",
    "{outlet} wrote that {claim}",
    "In an article of {date}, {outlet} said that {claim}",
)


def changed_figure(text: str, random_: random.Random) -> str | None:
    """Replace one number by another."""
    found = [*FIGURE.finditer(text), *WORD_FIGURE.finditer(text)]
    if not found:
        return None
    match = random_.choice(found)
    old = match.group()
    if old in COUNTS:
        new = random_.choice([word for word in COUNTS if word != old])
    elif "." in old:
        value, decimals = float(old.replace(",", "")), len(old.split(".")[1])
        new = f"{value + random_.choice((-0.7, 0.3, 1.1, 2.4)):.{decimals}f}"
    else:
        value = int(old.replace(",", ""))
        near = [value + 1, value + 3, max(1, value - 2), value * 10, value + 10]
        if 1900 < value < 2100:
            near = [value - 1, value + 1, value - 2, value + 2]
        value = random_.choice(near)
        new = f"{value:,}" if "," in old else str(value)
    return _replaced(text, match, new) if new != old else None


def changed_date(text: str, random_: random.Random) -> str | None:
    """Replace one weekday or month by another."""
    found = [*MONTH.finditer(text), *re.finditer(rf"\b({'|'.join(DAYS)})\b", text)]
    if not found:
        return None
    match = random_.choice(found)
    pool = MONTHS if match.group() in MONTHS else DAYS
    return _replaced(text, match, random_.choice([word for word in pool if word != match.group()]))


def names_in(text: str) -> list[re.Match[str]]:
    """The names in a sentence that are not its first word."""
    return [m for m in NAME.finditer(text) if m.start() > 0 and m.group().split()[0] not in NO_NAME]


def changed_name(text: str, random_: random.Random, others: Sequence[str]) -> str | None:
    """Replace one name by another from the same article."""
    found = names_in(text)
    if not found:
        return None
    match = random_.choice(found)
    fit = [
        name
        for name in others
        if not set(name.split())
        & set(text.replace("’s", "").replace("'s", "").replace(",", "").split())
        and len(name.split()) == len(match.group().split())
    ]
    return _replaced(text, match, random_.choice(fit)) if fit else None


def swapped_names(text: str, random_: random.Random) -> str | None:
    """Swap two names, unless there is only "and" between them."""
    found = [m for m in NAME.finditer(text) if m.group().split()[0] not in NO_NAME]
    pairs = [
        (a, b)
        for a in found
        for b in found
        if a.end() < b.start()
        and a.group() not in b.group()
        and b.group() not in a.group()
        and not re.fullmatch(r"[\s,]*(?:and|or|,)?\s*(?:the )?", text[a.end() : b.start()])
    ]
    if not pairs:
        return None
    a, b = random_.choice(pairs)
    return text[: a.start()] + b.group() + text[a.end() : b.start()] + a.group() + text[b.end() :]


def overclaimed(text: str, random_: random.Random) -> str | None:
    """Make a hedged sentence certain, or "some" of something "all"."""
    made = [MODAL.sub("will", text, count=1)]
    made += [pattern.sub(new, text, count=1) for pattern, new in HEDGES]
    made.append(FUTURE.sub(_past, text, count=1))
    made = [one for one in made if one != text]
    return random_.choice(made) if made else None


def _past(future: re.Match[str]) -> str:
    verb = future["verb"]
    if future["be"]:
        return f"was {verb}"
    if verb.endswith("y") and verb[-2] not in "aeou":
        return f"{verb[:-1]}ied"
    return PAST.get(verb, f"{verb}d" if verb.endswith("e") else f"{verb}ed")


def turned(text: str, random_: random.Random) -> str | None:
    """Replace one word by its opposite."""
    found = list(OPPOSING.finditer(text))
    if not found:
        return None
    match = random_.choice(found)
    return _replaced(text, match, OPPOSITE[match.group()])


def negated(text: str, random_: random.Random) -> str | None:
    """Put in or take out a "not"."""
    match = NEGATION.search(text)
    if match:
        return _replaced(text, match, match[1])
    found = list(VERB.finditer(text))
    if not found:
        return None
    match = random_.choice(found)
    return _replaced(text, match, f"{match[1]} not")


# The chance that an overclaim is tried first: few sentences allow one.
OVERCLAIM_FIRST_CHANCE = 0.4
ALTERATIONS: dict[str, Callable[[str, random.Random], str | None]] = {
    "figure": changed_figure,
    "date": changed_date,
    "roles": swapped_names,
    "overclaim": overclaimed,
    "turned": turned,
    "negation": negated,
}


def alterations(
    text: str, random_: random.Random, others: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Kinds and results of all alterations, in random order. others: names of the article."""
    kinds = random_.sample([*ALTERATIONS, "name"], len(ALTERATIONS) + 1)
    if random_.random() < OVERCLAIM_FIRST_CHANCE:
        kinds.sort(key=lambda kind: kind != "overclaim")
    for kind in kinds:
        made = (
            changed_name(text, random_, others)
            if kind == "name"
            else ALTERATIONS[kind](text, random_)
        )
        if made and made != text:
            yield kind, made[0].upper() + made[1:]


def altered(text: str, random_: random.Random, others: Sequence[str]) -> tuple[str, str] | None:
    """The kind and the result of one alteration; None if the sentence allows none."""
    return next(alterations(text, random_, others), None)


def dated(text: str, published: str, random_: random.Random) -> str | None:
    """Replace "on Tuesday" by the date of the last Tuesday before the article was published."""
    match = WEEKDAY.search(text)
    if not match or re.search(r"\b(?:will|next|last|every|to)\b", text):
        return None
    day = datetime.date.fromisoformat(published)
    day -= datetime.timedelta(days=(day.weekday() - DAYS.index(match[1])) % 7)
    month = MONTHS[day.month - 1]
    forms = (
        f"on {day.day} {month} {day.year}",
        f"on {month} {day.day}, {day.year}",
        f"on {match[1]}, {day.day} {month}",
        f"on {month} {day.day}",
    )
    return _replaced(text, match, random_.choice(forms))


def without_capital(claim: str) -> str:
    """The claim as part of a sentence; its first word keeps its capital if it may be a name."""
    return claim[0].lower() + claim[1:] if COMMON_STARTS.match(claim) else claim


def attributed(claim: str, outlet: str, published: str, random_: random.Random) -> tuple[str, str]:
    """The claim attributed to its outlet or date, and to another outlet or date."""
    pattern = random_.choice(ATTRIBUTIONS)
    name = OUTLETS.get(outlet, outlet)
    day = datetime.date.fromisoformat(published)
    month_first = random_.random() < 0.5

    def made(outlet: str, day: datetime.date) -> str:
        month = MONTHS[day.month - 1]
        date = f"{month} {day.day}, {day.year}" if month_first else f"{day.day} {month} {day.year}"
        return pattern.format(outlet=outlet, date=date, claim=without_capital(claim))

    other_day = day + datetime.timedelta(
        days=random_.choice((-400, -365, -60, -31, -7, -2, 3, 10, 31, 365))
    )
    if "{date}" in pattern and random_.random() < 0.5:
        return made(name, day), made(name, other_day)
    return made(name, day), made(
        random_.choice([other for other in OTHER_OUTLETS if other != name]), day
    )


def with_pronoun(claim: str, text: str) -> str | None:
    """The claim with a pronoun for its subject, as in an answer; None if its subject is not clear.

    text: the text that supports it, which tells whether a person is a "he" or a "she".
    """
    match = SUBJECT.match(claim)
    if not match:
        return None
    pronoun = "They" if match["verb"] in ("were", "are", "have") else "It"
    if match["name"] and pronoun == "It":
        people = {word.lower() for word in re.findall(r"\b(?:he|she)\b", text, re.IGNORECASE)}
        pronoun = people.pop().capitalize() if len(people) == 1 else pronoun
    return f"{pronoun} {claim[match.start('verb') :]}"


def _replaced(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]
