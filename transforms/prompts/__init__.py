"""Review prompts: which findings become one, when, in which words, and what people answered. Pure text and planning; nothing is sent here."""

from transforms.prompts.answers import Answer, answer
from transforms.prompts.codes import code
from transforms.prompts.cooling import Response, not_before, opens_at
from transforms.prompts.draft import Draft, draft
from transforms.prompts.parts import Context
from transforms.prompts.plan import plan
from transforms.prompts.responses import responses
from transforms.prompts.stretch_draft import rotation_draft, stretch_draft

__all__ = [
    "Answer",
    "Context",
    "Draft",
    "Response",
    "answer",
    "code",
    "draft",
    "not_before",
    "opens_at",
    "plan",
    "responses",
    "rotation_draft",
    "stretch_draft",
]
