"""Every promise about faults and attacks, put to the test: `make torture` in full, a seeded share in `make test`."""
