"""An organisation in a box: a story, and loopback vendor servers that tell it."""
