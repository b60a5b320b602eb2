"""How the pipeline itself is: how far each source was read, what needs a person, and what waits. Figures once, then a page."""

from transforms.health.contents import Health, SourceHealth, Trouble
from transforms.health.counted import Expected, health
from transforms.health.page import html, lead
from transforms.health.sources import is_mendable

__all__ = ["Expected", "Health", "SourceHealth", "Trouble", "health", "html", "is_mendable", "lead"]
