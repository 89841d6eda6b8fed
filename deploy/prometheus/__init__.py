"""What Prometheus watches: objectives, alerts, and the rule files written from them."""
