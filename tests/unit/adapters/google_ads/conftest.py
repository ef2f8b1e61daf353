"""Accounts for the tests of this folder."""

from tests.unit.adapters.google_ads.ads_rig import ads, new_ads

__all__ = ["ads", "new_ads"]
