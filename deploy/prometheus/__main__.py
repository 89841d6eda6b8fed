"""`python -m deploy.prometheus` writes the rule files; part of `make boards`."""

from deploy.prometheus import files

if __name__ == "__main__":
    files.write()
