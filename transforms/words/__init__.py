"""How anything is said to a person, whoever says it: the lint, text and names from outside, numbers, times, how sure we are."""
