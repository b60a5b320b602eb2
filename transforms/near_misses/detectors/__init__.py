"""A detector a file, named by its code; `DETECTOR` in it is everything it says (near_misses/detector.py). Nothing else has to know it."""
