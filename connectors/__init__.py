"""The outside world: a vendor is a file here, or a folder where it takes several. A new source is a file, a test and a line of configuration."""
