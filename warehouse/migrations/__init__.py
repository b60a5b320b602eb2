"""How the tables came to be, step by step; run by warehouse/database.py."""
