"""Reviews: where each near miss stands, by what people and the pipeline did (docs/definitions.md, states)."""
