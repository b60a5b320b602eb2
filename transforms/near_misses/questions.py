"""Questions that several detectors ask, in our own words (docs/definitions.md, parts of the prompt text)."""

FIRST_SEEN = "What did you see first, and how did it look then?"
MORNING = "Could this alert have waited until morning?"
BLIND_SPOTS = "What did we wish we could see?"

PUT_BACK = (
    FIRST_SEEN,
    "What made the next step sensible at the time?",
    "What kept this from getting worse? Who or what noticed?",
    "At another hour or on another day, what would have happened?",
)
