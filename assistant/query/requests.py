"""Requests that do not ask for a fact: a greeting, or a question about the articles themselves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import regex

from index.text.terms import content_terms

from .patterns import AUXILIARY

__all__ = ["Kind", "Request", "recognise_request", "wants_all"]


class Kind(Enum):
    """What is asked for, other than a fact."""

    GREETING = auto()  # "hello", "what can you do?"
    THANKS = auto()
    OVERVIEW = auto()  # what the articles are about
    LIST = auto()  # which articles are about something
    COUNT = auto()  # how many articles there are, all or about something
    OUTLETS = auto()  # which outlets reported on something
    AUTHOR = auto()  # who wrote an article
    DATE = auto()  # when an article was published


@dataclass(frozen=True)
class Request:
    """A request that does not ask for a fact.

    about: its topic, in its own words; empty for all articles. limits: the words that limit the
    articles to some outlets, authors or times; empty where there are none.
    """

    kind: Kind
    about: str = ""
    limits: str = ""


# Patterns are matched with the whole question, without polite words and marks at its ends, and with
# one space between words.
POLITE = regex.compile(
    r"^(?:please )?(?:(?:can|could|would|will) you (?:please )?)?|[\s,]*please$", regex.I
)
ENDS = " \t?!.,:;\"“”'‘’"

ARTICLE = (
    "(?:(?:news )?(?:article|story|storie|report|piece|text|column|item)s?|documents?|coverage)"
)
ON = (
    "(?:that |which )?(?:(?:is |are |was |were )?(?:written |published )?"
    "(?:about|on|concerning|regarding|covering)|mentions?|mentioning|covers?|deals? with"
    "|dealing with|talks? about|talking about|reports? on|reporting on)"
)
COLLECTION = "(?:this|the|your) (?:index|collection|archive)"
IN_COLLECTION = f"(?:here|there|indexed|in here|in it|in {COLLECTION})"
# "Are there", "do you have here".
EXIST = (
    "(?:(?:are there|there are|do you have|have you(?: got)?|did you read|can you search"
    f"|are {IN_COLLECTION})(?: {IN_COLLECTION})?)"
)
OUTLET = (
    "(?:news )?(?:outlets?|papers?|newspapers?|sources?|publications?|media|publishers?|sites?)"
)
REPORTED = (
    "(?:have |has |had )?(?:reported|report|wrote|write|written|covered|cover|ran|run|carried"
    "|published|publish|mention|mentioned)(?: stories| articles| anything| news)?"
    "(?: about| on| of)?"
)
TOPIC = r"(?P<about>\S.*?)"
# Whose articles, or of what time: "from the Ledger in May", "did the Ledger publish in May".
WHOSE = (
    r"(?: (?:(?:is|are|was|were) )?(?:(?:(?:published|written|printed|dated|came out|appeared) )?"
    r"(?P<limits>(?:from|by|of|in|since|before|after|between) \S.*?)"
    r"|published (?P<limits>on \S.*?))"
    r"| did (?P<limits>\S.*?) (?:publish|write|run|carry|print)(?: (?P<limits>\S.*?))?)"
)
ANY = f"any(?:thing| {ARTICLE})"

# The first that fits counts.
FORMS = {
    Kind.GREETING: (
        "(?:hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day))"
        "(?: there| all| everyone)?",
        "(?:who|how) are you|what (?:are|can) you(?: do)?|what can i ask(?: you| here)?",
        "help(?: me)?|how do(?:es)? (?:this|it|you) work",
    ),
    Kind.THANKS: (
        "(?:(?:ok|okay|great),? )?(?:thanks?|thank you|thx|cheers)"
        "(?: a lot| so much| very much| again| for (?:that|this|the help|the answer|your help))?",
    ),
    Kind.COUNT: (
        "(?:how many|count (?:all )?(?:the|your)|(?:what is )?the number of) "
        f"{ARTICLE}(?: {EXIST})?"
        f"(?:{WHOSE}(?: {EXIST}| {ON} {TOPIC})"
        f"|(?: {ON} {TOPIC})?(?: {IN_COLLECTION}| {EXIST})?{WHOSE}?)",
    ),
    Kind.OVERVIEW: (
        f"what (?:is|are) (?:(?:these|the|those|all|your|all the|all these) {ARTICLE}|{COLLECTION})"
        "(?: all)? about",
        "what (?:topics|subjects|themes) (?:do|are in) (?:these|the|your) "
        f"{ARTICLE}(?: cover| deal with)?",
        f"what is in (?:here|{COLLECTION})",
        "(?:summari[sz]e|describe|give me an overview of) (?:all )?(?:the|these|your) " + ARTICLE,
        f"(?:list|show)(?: me)? (?:all )?(?:the |your |these )?{ARTICLE}{WHOSE}?",
        f"(?:(?:which|what|all|the) )?{ARTICLE}{WHOSE}",
    ),
    Kind.OUTLETS: (f"(?:which|what) {OUTLET} {REPORTED} {TOPIC}",),
    Kind.AUTHOR: (
        f"who (?:has )?(?:wrote|written|authored|is the (?:author|writer) of) {TOPIC}",
        f"who (?:is|was) {TOPIC} (?:written )?by",
        f"(?:what is )?the (?:byline|author) of {TOPIC}",
    ),
    Kind.DATE: (
        f"when (?:was|were) {TOPIC} (?:published|written|posted|updated|printed|put online)",
        f"(?:what is )?the (?:publication )?date of {TOPIC}",
    ),
    Kind.LIST: (
        f"(?:which|what) {ARTICLE} (?:{EXIST} )?{ON} {TOPIC}{WHOSE}?(?: {IN_COLLECTION})?",
        "(?:list|show|find|give|name)(?: me)? (?:all |every )?(?:the |your )?"
        f"{ARTICLE} {ON} {TOPIC}{WHOSE}?(?: {IN_COLLECTION})?",
        f"(?:what (?:is there|is {IN_COLLECTION}|do you have|have you got)|(?:is|are) there {ANY}"
        f"|do you have {ANY})(?: {IN_COLLECTION})? (?:about|on) {TOPIC}(?: {IN_COLLECTION})?",
    ),
}
PATTERNS = {kind: regex.compile("|".join(forms), regex.I) for kind, forms in FORMS.items()}
# An author or a date of something else is a fact: "who wrote the constitution?".
OF_AN_ARTICLE = regex.compile(
    rf"(?:the|this|that|an?|your) (?:\S+ ){{0,4}}?{ARTICLE} "
    "(?:about|on|concerning|covering|mentioning|titled|called|headlined|entitled) (?P<about>.+)",
    regex.I,
)
# The topic of an article has no auxiliary verb: "which reports on the flood were wrong?" asks for a
# fact.
HAS_AUXILIARY = regex.compile(rf"\b{AUXILIARY}\b", regex.I)
NEEDS_TOPIC = (Kind.OUTLETS, Kind.LIST, Kind.AUTHOR, Kind.DATE)
WANTS_ALL = regex.compile(
    r"^\W*(?:please )?(?:list|name|enumerate|give me) (?:all|every|each|the)\b", regex.I
)


def recognise_request(question: str) -> Request | None:
    """What the question requests; None where it asks for a fact."""
    text = POLITE.sub("", " ".join(question.split()).strip(ENDS)).strip(ENDS)
    for kind, pattern in PATTERNS.items():
        found = pattern.fullmatch(text)
        request = _request(kind, found) if found else None
        if request:
            return request
    return None


def _request(kind: Kind, found: regex.Match[str]) -> Request | None:
    """The request; None where its topic is not one that articles may have."""
    groups = found.capturesdict()
    about = "".join(groups.get("about", ()))
    if kind in (Kind.AUTHOR, Kind.DATE):
        article = OF_AN_ARTICLE.fullmatch(about)
        about = article["about"] if article else ""
    about, limits = about.strip(ENDS), " ".join(groups.get("limits", ()))
    is_fact = HAS_AUXILIARY.search(f"{about} {limits}") is not None
    lacks_topic = kind in NEEDS_TOPIC and not content_terms(about)
    return None if is_fact or lacks_topic else Request(kind, about, limits)


def wants_all(question: str) -> bool:
    """Whether the question asks for all of something, which may not all be in the best passages."""
    return WANTS_ALL.search(question) is not None
