"""What kind of request a question is: most ask for a fact, some ask about the articles themselves, some ask nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import regex

from index.text.terms import content_terms

__all__ = ["Kind", "Request", "request_of", "wants_all"]


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
    """A request that is no question of fact.

    about: what it is about, in its own words; empty for all articles. limits: the words that say whose articles are
    meant, or of what time; empty where none do.
    """

    kind: Kind
    about: str = ""
    limits: str = ""


# Questions are compared with their words one space apart, without what is polite and without marks at their ends.
POLITE = regex.compile(
    r"^(?:please )?(?:(?:can|could|would|will) you (?:please )?)?|[\s,]*please$", regex.I
)
ENDS = " \t?!.,:;\"“”'‘’"

ARTICLE = (
    "(?:(?:news )?(?:article|story|storie|report|piece|text|column|item)s?|documents?|coverage)"
)
ON = (
    "(?:that |which )?(?:(?:is |are |was |were )?(?:written |published )?(?:about|on|concerning|regarding|covering)"
    "|mentions?|mentioning|covers?|deals? with|dealing with|talks? about|talking about|reports? on|reporting on)"
)
INDEX = "(?:this|the|your) (?:index|collection|archive)"
HERE = f"(?:here|there|indexed|in here|in it|in {INDEX})"
OWNED = f"(?:(?:are there|there are|do you have|have you(?: got)?|did you read|can you search|are {HERE})(?: {HERE})?)"
PAPERS = (
    "(?:news )?(?:outlets?|papers?|newspapers?|sources?|publications?|media|publishers?|sites?)"
)
TOPIC = r"(?P<about>\S.*?)"
# Whose articles, or of what time: "from the Ledger in May", "did the Ledger publish in May".
WHOSE = (
    r"(?: (?:(?:is|are|was|were) )?(?:(?:(?:published|written|printed|dated|came out|appeared) )?"
    r"(?P<limits>(?:from|by|of|in|since|before|after|between) \S.*?)|published (?P<limits>on \S.*?))"
    r"| did (?P<limits>\S.*?) (?:publish|write|run|carry|print)(?: (?P<limits>\S.*?))?)"
)
LIMITS = f"{WHOSE}?"

# The first that fits a whole question counts.
PATTERNS = (
    (
        Kind.GREETING,
        "(?:hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day))(?: there| all| everyone)?",
    ),
    (
        Kind.GREETING,
        "(?:who are you|how are you|what (?:are|can) you(?: do)?|what can i ask(?: you| here)?|help(?: me)?)",
    ),
    (Kind.GREETING, "how do(?:es)? (?:this|it|you) work"),
    (
        Kind.THANKS,
        "(?:(?:ok|okay|great),? )?(?:thanks?|thank you|thx|cheers)"
        "(?: a lot| so much| very much| again| for (?:that|this|the help|the answer|your help))?",
    ),
    (
        Kind.COUNT,
        f"(?:how many|count (?:all )?(?:the|your)|(?:what is )?the number of) {ARTICLE}(?: {OWNED})?"
        f"(?:{WHOSE}(?: {OWNED}| {ON} {TOPIC})|(?: {ON} {TOPIC})?(?: {HERE}| {OWNED})?{LIMITS})",
    ),
    (
        Kind.OVERVIEW,
        f"what (?:is|are) (?:(?:these|the|those|all|your|all the|all these) {ARTICLE}|{INDEX})(?: all)? about"
        f"|what (?:topics|subjects|themes) (?:do|are in) (?:these|the|your) {ARTICLE}(?: cover| deal with)?"
        f"|what is in (?:here|{INDEX})"
        f"|(?:summari[sz]e|describe|give me an overview of) (?:all )?(?:the|these|your) {ARTICLE}"
        f"|(?:list|show)(?: me)? (?:all )?(?:the |your |these )?{ARTICLE}{LIMITS}"
        f"|(?:(?:which|what|all|the) )?{ARTICLE}{WHOSE}",
    ),
    (
        Kind.OUTLETS,
        f"(?:which|what) {PAPERS} (?:have |has |had )?(?:reported|report|wrote|write|written|covered|cover|ran|run|"
        "carried|published|publish|mention|mentioned)(?: stories| articles| anything| news)?(?: about| on| of)? "
        f"{TOPIC}",
    ),
    (Kind.AUTHOR, f"who (?:has )?(?:wrote|written|authored|is the (?:author|writer) of) {TOPIC}"),
    (Kind.AUTHOR, f"who (?:is|was) {TOPIC} (?:written )?by"),
    (Kind.AUTHOR, f"(?:what is )?the (?:byline|author) of {TOPIC}"),
    (
        Kind.DATE,
        f"when (?:was|were) {TOPIC} (?:published|written|posted|updated|printed|put online)",
    ),
    (Kind.DATE, f"(?:what is )?the (?:publication )?date of {TOPIC}"),
    (
        Kind.LIST,
        f"(?:(?:which|what) {ARTICLE} (?:{OWNED} )?{ON} {TOPIC}{LIMITS}"
        f"|(?:list|show|find|give|name)(?: me)? (?:all |every )?(?:the |your )?{ARTICLE} {ON} {TOPIC}{LIMITS}"
        f"|(?:what (?:is there|is {HERE}|do you have|have you got)|(?:is|are) there any(?:thing| {ARTICLE})"
        f"|do you have any(?:thing| {ARTICLE}))(?: {HERE})? (?:about|on) {TOPIC})(?: {HERE})?",
    ),
)
COMPILED = tuple((kind, regex.compile(pattern, regex.I)) for kind, pattern in PATTERNS)
# An author or a date of something else is a fact: "who wrote the constitution?".
OF_AN_ARTICLE = regex.compile(
    rf"(?:the|this|that|an?|your) (?:\S+ ){{0,4}}?{ARTICLE}"
    r"(?: (?:about|on|concerning|covering|mentioning|titled|called|headlined|entitled) (?P<about>.+))?",
    regex.I,
)
# What an article is about has no verb of a question in it: "which reports on the flood were wrong?" asks for a fact.
ASKS = regex.compile(
    r"\b(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should)\b", regex.I
)
WANTS_ALL = regex.compile(
    r"^\W*(?:please )?(?:list|name|enumerate|give me) (?:all|every|each|the)\b", regex.I
)


def request_of(question: str) -> Request | None:
    """What the question asks for, if it is no fact."""
    text = POLITE.sub("", " ".join(question.split()).strip(ENDS)).strip(ENDS)
    for kind, pattern in COMPILED:
        found = pattern.fullmatch(text)
        if not found:
            continue
        about = found.groupdict().get("about") or ""
        limits = " ".join(found.capturesdict().get("limits", ()))
        if kind in (Kind.AUTHOR, Kind.DATE):
            article = OF_AN_ARTICLE.fullmatch(about)
            if not article or not article["about"]:
                continue
            about = article["about"]
        about = about.strip(ENDS)
        if ASKS.search(f"{about} {limits}") or (
            kind in (Kind.OUTLETS, Kind.LIST) and not content_terms(about)
        ):
            continue
        return Request(kind, about, limits)
    return None


def wants_all(question: str) -> bool:
    """Whether all of something is asked for, of which the best passages may not have the last one."""
    return WANTS_ALL.search(question) is not None
