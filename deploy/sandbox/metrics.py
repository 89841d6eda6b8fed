"""The sandbox's own counters, on a registry of its own, started at zero."""

from prometheus_client import CollectorRegistry, Counter

from deploy.sandbox.books import PARTNERS

STATUSES = ("accepted", "executed", "rejected", "returned")
DELIVERIES = ("delivered", "retried", "failed")


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "sandbox_requests",
            "Requests answered by the sandbox",
            ("partner", "method", "status"),
            registry=self.registry,
        )
        self.payments = Counter(
            "sandbox_payments",
            "Payments that reached a status",
            ("partner", "status"),
            registry=self.registry,
        )
        self.callbacks = Counter(
            "sandbox_callbacks",
            "Callback attempts of Agroideas by outcome",
            ("outcome",),
            registry=self.registry,
        )
        for partner in PARTNERS:
            for status in STATUSES:
                self.payments.labels(partner, status)
        for outcome in DELIVERIES:
            self.callbacks.labels(outcome)
