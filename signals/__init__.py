"""The ground: everybody's words. The records, the windows they are read in, the one clock. Standard library only."""
