"""The detectors there are: every file of detectors/ brings one (docs/definitions.md, catalogue)."""

import pkgutil
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from transforms.near_misses import detectors
from transforms.near_misses.detector import Detector
from transforms.words.moments import duration


def found() -> tuple[Detector, ...]:
    """The detector of each file in the folder, by code."""
    names = sorted(module.name for module in pkgutil.iter_modules(detectors.__path__))
    return tuple(import_module(f"{detectors.__name__}.{name}").DETECTOR for name in names)


DETECTORS = found()
BY_CODE = {detector.code: detector for detector in DETECTORS}


def fact(code: str, evidence: Mapping[str, Any], length: timedelta) -> str:
    """What one hit says: one neutral clause without the service and without a full stop."""
    return BY_CODE[code].fact(evidence, duration(length))
