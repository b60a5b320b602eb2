"""How the pipeline itself is: how far each source was read, what needs a person, and what waits. Figures once, then a page."""

from transforms.causes import Reason, reasons
from transforms.health.contents import Health, SetAside, SourceHealth, Trouble
from transforms.health.counted import Expected, health
from transforms.health.page import html, lead
from transforms.health.sources import is_mendable
from transforms.health.warned import Warned, warned

__all__ = [
    "Expected",
    "Health",
    "Reason",
    "SetAside",
    "SourceHealth",
    "Trouble",
    "Warned",
    "health",
    "html",
    "is_mendable",
    "lead",
    "reasons",
    "warned",
]
