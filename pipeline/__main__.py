"""`python -m pipeline` is `soundings`."""

from pipeline.cli import main

main()
