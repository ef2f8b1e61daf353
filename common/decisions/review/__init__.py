"""The deep review: what the statistics say should change, and why the rest is left alone."""
