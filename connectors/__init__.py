"""The outside world, one file a vendor. A new source is a file in this folder, a test and a line of configuration."""
