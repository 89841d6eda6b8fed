"""`python -m deploy.layout [write | settings]`."""

from __future__ import annotations

import sys

from deploy.layout import tables, writing


def main(words: list[str]) -> int:
    """Write the files, or print the page of settings."""
    match words:
        case [] | ["write"]:
            print(f"{writing.write()} files written from deploy/layout")
        case ["settings"]:
            print(tables.page(), end="")
        case _:
            print("usage: python -m deploy.layout [write | settings]", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
