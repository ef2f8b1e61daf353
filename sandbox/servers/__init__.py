"""Servers on this machine that speak the protocols of GA4, the platforms and the CRMs, for their official clients."""
