"""Words that more than one reader of a question looks for, as parts of regular expressions."""

from __future__ import annotations

__all__ = ["AUXILIARY", "BE_DO_HAVE", "QUESTION_WORD", "REPORT_NOUNS", "one_of"]


def one_of(*phrases: str) -> str:
    """A group that matches any of the phrases; a space in one stands for any white space."""
    return "(?:" + "|".join(phrases).replace(" ", r"\s+") + ")"


QUESTION_WORD = one_of("how", "what", "who", "whom", "whose", "when", "where", "which", "why")
BE_DO_HAVE = one_of(*"is are was were do does did has have had".split())
AUXILIARY = one_of(BE_DO_HAVE, *"will would can could should".split())
# What an article may be called, in the singular or plural.
REPORT_NOUNS = (
    *(
        "reports?",
        "articles?",
        "stor(?:y|ies)",
        "coverage",
        "pieces?",
        "columns?",
        "dispatch(?:es)?",
    ),
    *("interviews?", "reviews?", "accounts?", "posts?"),
)
