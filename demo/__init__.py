"""An organisation in a box: a story of twelve weeks, and loopback vendor servers that tell it."""
