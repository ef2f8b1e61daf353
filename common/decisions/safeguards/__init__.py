"""Whether the signals that decisions rest on can be trusted; where they can't, increases are frozen."""
