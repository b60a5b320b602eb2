"""`python -m chaos`: the real connectors, warehouse and outbox under faults, against an oracle of everything that ever happened."""
