"""The question bank, in our own words, in sets; a detector names its set (docs/definitions.md, parts of the prompt text)."""

FIRST_SEEN = "What did you see first, and how did it look then?"
SENSIBLE = "What made the next step sensible at the time?"
KEPT = "What kept this from getting worse? Who or what noticed?"
UNWRITTEN = 'What does everybody "know" here that is written nowhere?'
RESTED = "How rested was everyone?"
CONFIDENT = "How rested was everyone, and how confident did taking this page feel?"
LANGUAGE = "Did language, time zone or equipment matter?"
OTHER_HOUR = "At another hour or on another day, what would have happened?"
UNRECORDED = "How often does this happen without anyone recording it?"
MORNING = "Could this alert have waited until morning?"
MONITOR = "What changed each time: the service, or only what watches it?"
BLIND_SPOTS = "What did we wish we could see?"
AROUND_US = "What made this long stretch the sensible choice at the time?"
RECOVERY = "What would help people rest after it?"
SPLIT = "What would a split week look like here: Mon-Thu and Fri-Sun, Sun-Wed and Thu-Sat, or 12 hours each across zones?"

REST_QUESTIONS = {
    "stretch": (RESTED, AROUND_US, RECOVERY, LANGUAGE),
    "rotation": (SPLIT, RECOVERY, UNWRITTEN),
}
QUESTIONS = {
    "put back": (FIRST_SEEN, SENSIBLE, KEPT, OTHER_HOUR),
    "alert": (FIRST_SEEN, MORNING, BLIND_SPOTS, UNRECORDED),
    "woken": (FIRST_SEEN, MORNING, CONFIDENT, BLIND_SPOTS),
    "flapping": (FIRST_SEEN, MONITOR, MORNING, BLIND_SPOTS),
}
