"""`python -m deploy.grafana` writes the dashboards; part of `make boards`."""

from deploy.grafana import drawing

if __name__ == "__main__":
    drawing.write()
