"""The exporter on scratch databases and the real Kafka."""
