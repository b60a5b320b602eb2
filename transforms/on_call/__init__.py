"""On call: how long people were, and will be, on call without a real break, and how heavy it was (docs/definitions.md, on call)."""
