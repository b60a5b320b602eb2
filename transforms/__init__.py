"""Pure functions: frames in, frame or text out. No network, no database, no clock, no settings file."""
