"""Made-up vendors on loopback, one file a vendor, on top of `server`."""
