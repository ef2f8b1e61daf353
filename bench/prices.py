"""Google's list prices in US dollars, beyond the free tier, for Oregon (us-west1), one of the cheapest regions.

From stored copies of the pages, looked up in November 2026; a copy may be older than that. Firestore's lists Oregon,
the others have one price for every region, or for those of tier 1.

| what | page |
|---|---|
| Firestore, Standard edition | firebase.google.com/docs/firestore/pricing |
| Cloud Run, request-based billing | cloud.google.com/run/pricing |
| Pub/Sub | cloud.google.com/pubsub/pricing |
| Cloud Logging: ingestion, with 30 days of storage | cloud.google.com/stackdriver/pricing |
| Cloud Scheduler | cloud.google.com/scheduler/pricing |
| Cloud Storage, $0.000027397 a GiB-hour | cloud.google.com/storage/pricing, as transcribed in September 2026 |
| Cloud Storage, operations; Firestore's backups | from memory, not verified |
"""

READ, WRITE, DELETE = 0.03 / 100_000, 0.09 / 100_000, 0.01 / 100_000
"""A document. A query that finds nothing is one read. In the multi-region of the US each costs twice that."""
DOCUMENT_GIB_MONTH = 0.15
VCPU_SECOND, GIB_SECOND, REQUEST = 0.000024, 0.0000025, 0.40 / 1_000_000
MESSAGE_BYTE = 40 / 2**40
MESSAGE_LEAST_BYTES = 1_000
"""Of each request to publish and of each push, however small."""
LOG_GIB = 0.50
JOB_MONTH = 0.10
OBJECT_WRITE, OBJECT_READ, OBJECT_GIB_MONTH = 0.005 / 1_000, 0.0004 / 1_000, 0.020
GIB = 2**30
