"""The question bank, in our own words, and which questions go with which detector (docs/definitions.md, parts of the prompt text)."""

FIRST_SEEN = "What did you see first, and how did it look then?"
SENSIBLE = "What made the next step sensible at the time?"
THEORIES = "Which theories were there, and which tools did people reach for?"
ELSEWHERE = "Where else could somebody have looked first?"
KEPT = "What kept this from getting worse? Who or what noticed?"
DIFFERED = "Where did people's pictures of the system differ, and what was a surprise?"
UNWRITTEN = 'What does everybody "know" here that is written nowhere?'
RESTED = "How rested was everyone?"
CONFIDENT = "How rested was everyone, and how confident did taking this page feel?"
LANGUAGE = "Did language, time zone or equipment matter?"
OTHER_HOUR = "At another hour or on another day, what would have happened?"
UNRECORDED = "How often does this happen without anyone recording it?"
MORNING = "Could this alert have waited until morning?"
MONITOR = "What changed each time: the service, or only what watches it?"
BLIND_SPOTS = "What did we wish we could see?"
NEWCOMER = "What question would someone new ask here?"
SERIOUS = "What made this feel more, or less, serious at different moments?"
REHEARSE = "Would we like to try this on purpose one day?"
AROUND_US = "What made this long stretch the sensible choice at the time?"
RECOVERY = "What would help people rest after it?"
SPLIT = "What would a split week look like here: Mon-Thu and Fri-Sun, Sun-Wed and Thu-Sat, or 12 hours each across zones?"

PUT_BACK = (FIRST_SEEN, SENSIBLE, KEPT, OTHER_HOUR)
ALERT = (FIRST_SEEN, MORNING, BLIND_SPOTS, UNRECORDED)
SEVERITY = (SERIOUS, DIFFERED, KEPT)
MANY_HANDS = (DIFFERED, THEORIES, CONFIDENT, LANGUAGE)
GENERAL = (FIRST_SEEN, KEPT, UNRECORDED, NEWCOMER)

QUESTIONS: dict[str, tuple[str, ...]] = {
    "NM-01": PUT_BACK,
    "NM-02": PUT_BACK,
    "NM-03": PUT_BACK,
    "NM-04": PUT_BACK,
    "NM-05": (FIRST_SEEN, THEORIES, KEPT),
    "NM-06": (FIRST_SEEN, KEPT, REHEARSE),
    "NM-07": (FIRST_SEEN, THEORIES, ELSEWHERE, KEPT),
    "NM-08": (FIRST_SEEN, SENSIBLE, KEPT, OTHER_HOUR),
    "NM-10": (FIRST_SEEN, ELSEWHERE, KEPT, BLIND_SPOTS),
    "NM-13": ALERT,
    "NM-14": (FIRST_SEEN, MORNING, CONFIDENT, BLIND_SPOTS),
    "NM-15": (FIRST_SEEN, MONITOR, MORNING, BLIND_SPOTS),
    "NM-16": SEVERITY,
    "NM-17": SEVERITY,
    "NM-18": (SENSIBLE, MORNING, BLIND_SPOTS),
    "NM-19": SEVERITY,
    "NM-20": MANY_HANDS,
    "NM-21": MANY_HANDS,
    "NM-23": GENERAL,
    "stretch": (RESTED, AROUND_US, RECOVERY, LANGUAGE),
    "rotation": (SPLIT, RECOVERY, UNWRITTEN),
}


def questions_for(detector: str) -> tuple[str, ...]:
    """Three to five questions; the general ones for a detector that has none of its own."""
    return QUESTIONS.get(detector, GENERAL)
