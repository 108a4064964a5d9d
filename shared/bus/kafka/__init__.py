"""Apache Kafka as the bus: the only place that knows its client."""
