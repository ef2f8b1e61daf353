"""A GA4 property on this machine: gRPC as the official client speaks it, over a simulated market and its clock.

`with served(world) as server:` gives its address, what it was asked and what that cost, and the switches of `Conduct`.
"""

from sandbox.servers.ga4.conduct import Conduct, Failure, Visitors
from sandbox.servers.ga4.server import PROPERTY_ID, Ga4Server, served

__all__ = ["PROPERTY_ID", "Conduct", "Failure", "Ga4Server", "Visitors", "served"]
