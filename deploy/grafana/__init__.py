"""The boards that operators look at, as code; `make boards` writes what Grafana provisions."""
