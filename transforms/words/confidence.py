"""How sure an inference is, in words and never as a number."""

from transforms.policy import Policy

SURE = ((0.6, "fairly sure it is worth a look"), (0.45, "not sure; maybe it is worth a look"), (0.0, "only guessing it is worth a look"))


def in_words(confidence: float) -> str:
    """How sure we are, as a ticket says it."""
    return next(words for least, words in SURE if confidence >= least)


def certainty_in_words(confidence: float, policy: Policy) -> str:
    """How sure we are, as the report says it: by what is asked and what is listed."""
    if confidence >= policy.prompt_confidence:
        return "fairly sure"
    return "maybe" if confidence >= policy.list_confidence else "a guess"
