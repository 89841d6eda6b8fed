"""Backup and restore of what the fund owns, tried on the local stack.

PostgreSQL speaks its replication protocol for both halves: a base backup, and every record of the
write-ahead log as it is written. While the archive is on, a commit is answered only once the
archive has it on disk, so that nothing acknowledged is lost with PostgreSQL's disk. Kafka is not
backed up: all that it holds stands in the rooms' outboxes.
"""
