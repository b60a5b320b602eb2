"""The fingerprint of an alert: the same alert keeps one key though pods, ids and numbers in its name change."""

import re

import pandas as pd

# From the most to the least specific: what names one instance and not the alert.
_INSTANCE = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "*"),  # UUID
    (re.compile(r"-[a-f0-9]{5,10}-[bcdfghjklmnpqrstvwxz0-9]{5}\b"), "-*"),  # pod of a Kubernetes deployment
    (re.compile(r"\b(?=[a-f]*[0-9])[0-9a-f]{7,64}\b"), "*"),  # commit, digest, trace
    (re.compile(r"\d+(?:[.,:]\d+)*"), "*"),
    (re.compile(r"\*(?:[-._:/ ]\*)+"), "*"),
    (re.compile(r"\s+"), " "),
)


def fingerprint(text: str) -> str:
    """The text with pod names, ids and numbers as `*`, in lower case; empty where nothing else was in it."""
    text = text.lower()
    for pattern, mark in _INSTANCE:
        text = pattern.sub(mark, text)
    return text.strip() if re.search(r"[^\W\d_]", text) else ""


def alert_marks(pages: pd.DataFrame) -> pd.Series:
    """The fingerprint of the alert key, of the title where there is no telling key."""
    marks = {text: fingerprint(text) for name in ("alert_key", "title") for text in pages[name].dropna().astype(str).unique()}
    key, title = (pages[name].map(marks).astype(object).fillna("") for name in ("alert_key", "title"))
    return key.where(key != "", title)


def alert_codes(pages: pd.DataFrame) -> pd.Series:
    """One number an alert: its service and its `mark`."""
    return pd.Series(pages.groupby(["service", "mark"], sort=True).ngroup(), index=pages.index)
