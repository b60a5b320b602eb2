"""What the one HTTP client is made of. `connectors.http` is the door to it."""
