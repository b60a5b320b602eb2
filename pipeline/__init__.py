"""The shared language and the six verbs: pull, land, check, derive, prompt, report."""
