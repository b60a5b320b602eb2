"""What was planted in the story of Harbour, for the test that all of it is found and nothing else is prompted."""

# (detector, service) of every hit, and how often it fires.
HITS = {
    ("NM-01", "checkout"): 1,
    ("NM-01", "gateway"): 1,
    ("NM-01", "search"): 1,
    ("NM-01", "identity"): 1,
    ("NM-01", "nightly-export"): 1,
    ("NM-02", "app-api"): 1,
    ("NM-02", "payments"): 1,
    ("NM-02", "catalogue"): 1,
    ("NM-02", "scheduler"): 1,  # its revert; the revert of the revert is no hit
    ("NM-03", "gateway"): 1,
    ("NM-03", "payments"): 1,  # 800 -> 2500 -> 1500 -> 800
    ("NM-03", "app-api"): 1,  # planned: "Temporary banner"
    ("NM-13", "search"): 2,
    ("NM-14", "search"): 4,
    ("NM-15", "search"): 1,
}
# Services whose story was asked about, in the report's week; and the rotation built from seven-day turns.
PROMPTED = {"checkout", "gateway", "search", "app-api", "nightly-export"}
# Of these, the ones whose team does not work at that hour: night in New York, evening in Sydney. Their tickets open in the morning.
ASLEEP = {"gateway", "app-api"}
PROMPTED_ROTATIONS = {"payments primary"}
# Near misses in a declared incident, or with a conversation on record.
SET_ASIDE = {"identity"}
TALKED_ABOUT = {("gateway", "R2"), ("payments", "R2"), ("identity", "R3")}
# Stretches over five days that no rotation explains: a cover after a turn of one's own, a weekend after a week.
LONG_BY_COVER = {("maya", "long", 7.25), ("wendy", "long", 7.0)}
# Six days on call in a row, had it not been for a swap in the middle.
KEPT_SHORT_BY_A_SWAP = "jamal"
