"""The exporter: one process that reads the state of all rooms, and of Kafka, for Prometheus.

Owns nothing and writes nothing of its own. It finds each room's `gauges.py` by name and reads it at
each scrape; what takes longer than a scrape (the audit chains, the ledger's sums, the lag of
consumers) it checks in the background. Its gauges come from the databases, so they are right after
any restart, and there while every other process is dead.
"""
