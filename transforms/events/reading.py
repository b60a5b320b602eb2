"""What the words beside an undoing say about it: something went wrong, it was planned, it is how releases are made, or nothing clear."""

import re
from typing import Literal

Reading = Literal["went_wrong", "planned", "process", "unclear"]

_OCCASION = (
    "(?:tests?|testing|trial|experiment|event|exams?|campaign|workshop|hackathon|hackweek|conference|course|semester|demo"
    "|migration|maintenance|deadline|sale)"
)
_PLANNED = re.compile(
    rf"""\bno[ ]longer[ ](?:needed|required|necessary|used|relevant)\b
    |\bnot[ ](?:needed|required|necessary)[ ]any[ ]?more\b
    |\btemporar(?:y|ily)\b|\btemp\b|\bexpired?\b|\bnow[ ]that\b|\bas[ ]planned\b|\bfor[ ](?:today|tonight|tomorrow)\b
    |\b{_OCCASION}[ ](?:(?:is|are|was|has|have|been|now|all)[ ])*(?:done|over|ended|finished|completed?|concluded)\b
    |\b(?:after|before|end[ ]of|for)[ ](?:(?:the|an?|all|upcoming|final|future|next)[ ])*{_OCCASION}\b
    |\bre-?enabl\w*\b.{{0,40}}\b(?:after|fix(?:ed)?)\b
    |\b(?:de|re)-?pool(?:s|ed|ing)?\b|\bsuperseded[ ]by\b|\breplaced[ ]by\b|\bback[ ]to[ ]normal[ ]after\b
    |\bmerge[ ]on\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Of the title of what was undone: that the change itself was for a time. What it is about says nothing ("temporary table", "expired token").
_FOR_A_TIME = re.compile(
    rf"""\btemporarily\b|^\W*temp(?:orary)?\b[ ](?!tables?\b|files?\b|director|folders?\b|variables?\b|dir\b)
    |\bfor[ ](?:(?:the|this|our|your|upcoming|next|tomorrow'?s|today'?s|final)[ ])*{_OCCASION}\b(?<!tests)(?<!testing)(?<!course)
    |\bfor[ ](?:the|this|an?[ ]upcoming|the[ ]upcoming)[ ](?:tests?|testing|course)\b|\buntil\b
    |^(?!.*\b(?:fix|handle|avoid|prevent|crash|hang)).*\b(?:while|during)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# How it was merged, not what it did: too early, out of order, in the wrong place, without what it needs.
_PROCESS = re.compile(
    r"""\btoo[ ](?:early|soon)\b|\bpremature(?:ly)?\b|\bnot[ ]yet\b|\bnot[ ]ready\b|\b(?:wait(?:s|ing)?|hold(?:ing)?)[ ](?:for|on|off|until)\b
    |\b(?:before|until|once)\b.{0,60}\b(?:is|are|was|has[ ]been|gets)[ ](?:deployed|merged|released|landed|live|approved|reviewed|out)\b
    |\b(?:needs?|has|have)[ ]to[ ](?:go|land|be[ ]merged|be[ ]deployed)[ ](?:with|after|before|together|first)\b|\bout[ ]of[ ]order\b
    |\bwrong[ ](?:branch|repo(?:sitory)?|target|base|pr|place|order)\b|\b(?:by|in)[ ]accident\b|\baccident(?:al(?:ly)?)?\b|\bby[ ]mistake\b
    |\bunintention(?:al|ally)\b|\bwithout[ ](?:review|approval)\b|\b(?:will|to)[ ]be[ ](?:re-?done|re-?landed|re-?submitted|re-?opened|re-?merged)\b
    |\bcode[ ]freeze\b|\bmerged[ ]instead\b""",
    re.IGNORECASE | re.VERBOSE,
)
_WRONG = re.compile(
    r"""\bbr(?:eak(?:s|ing|age)?|oke|oken)\b|\bfail(?:s|ed|ing|ures?)?\b|\bcrash\w*|\boutages?\b|\berrors?\b|\bregress\w*|\bincidents?\b
    |\bbug(?:s|gy)?\b|\bwrong\b(?![ ](?:branch|repo|target|base|pr\b|place|order))|\bincorrect\w*
    |\boom\w*|\bspik(?:e|es|ing)\b|\btim(?:ed|es|ing)[ -]?out\b|\btime-?outs?\b(?![ ](?:increase|decrease|change|value|setting))|\bstuck\b
    |\bcorrupt\w*|\bleak\w*|\bunavailable\b
    |\b(?:do|does|did|is|are|was)(?:n't|[ ]not)[ ](?:work|build|compile|start|load)\w*|\bnot[ ]working\b|\bproblems?\b
    |\bunexpected\w*|\bunintended\b|\btoo[ ]slow\b|\bdegrad\w*
    |\bexception\b|\bdown\b|\bkilled\b|\b(?:un)?block(?:s|ed|ing)?\b|\bincompatib\w*|\bnot[ ]compatible\b
    |\braces?\b|\bb/\d{5,}|\b5(?:00|02|03|04)s?\b|\bsev-?[1-5]\b""",
    re.IGNORECASE | re.VERBOSE,
)
_RELEASE = re.compile(
    r"""^(?:chore\(release\)|release[ :]v?\d|v?\d+\.\d+\.\d+|(?:bump|set|update)[ ](?:the[ ])?version|version[ ]bump
    |prepare[ ](?:for[ ])?(?:next[ ])?(?:release|development)|(?:auto)?roll[ ]\S+[ ]from|\[automated\]|start[ ]next[ ]iteration)""",
    re.IGNORECASE | re.VERBOSE,
)
_MECHANICS = re.compile(
    r"""this[ ](?:partially[ ])?reverts[ ]commits?\s+[0-9a-f]{7,64}(?:\s*\([^)]*\))?[.,]?|reversing\s+changes\s+made\s+to\s+[0-9a-f]+\.?
    |^\*[ ]Revert[ ]".*$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_ADDRESS = re.compile(r"https?://[^\s)>\]]+")
_TRAILER = re.compile(r"^(?:[A-Z][a-z]+(?:-[A-Za-z]+)+|Bug|Test|Fixes|Closes|Refs?|Issue|Task|Cc): ?\S.*$|^-{3,}$", re.MULTILINE)
_UNDOING = r"(?:revert\w*|roll-?\s?back|back-?\s?out|undo\w*)"
_GIVEN = re.compile(
    rf"reasons?\s+(?:for\s+)?(?:this\s+)?(?:the\s+)?{_UNDOING}\s*:?\s*(.+?)(?:\n\s*\n|\n[A-Z][\w-]+: |\Z)|^reason:\s*(.+?)(?:\n\s*\n|\Z)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)


def reason(body: str) -> str:
    """The reason a message gives, verbatim: after "Reason for revert:" where it says so, else its prose without trailers and ids."""
    given = _GIVEN.search(body)
    said = next(filter(None, given.groups())) if given else _TRAILER.sub("", _MECHANICS.sub("", body))
    return said.strip()


def reading(said: str, undone: str = "") -> Reading:
    """How the reason reads; `undone` is the title of what was undone, which can name an occasion but not what went wrong."""
    prose = _ADDRESS.sub("", _MECHANICS.sub("", said))
    if _WRONG.search(prose):
        return "went_wrong"
    if _PROCESS.search(prose):
        return "process"
    if _PLANNED.search(prose) or _FOR_A_TIME.search(undone):
        return "planned"
    return "process" if _RELEASE.search(undone) else "unclear"
