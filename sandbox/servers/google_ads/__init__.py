"""Google Ads on this machine: the official client's own protocol, over the campaigns of a simulated market."""

from sandbox.servers.google_ads.account import Account, Place
from sandbox.servers.google_ads.failures import Fault, denied, error, quota
from sandbox.servers.google_ads.server import Served, served

__all__ = ["Account", "Fault", "Place", "Served", "denied", "error", "quota", "served"]
