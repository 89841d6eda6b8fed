"""`python -m clients.collections` writes the collection again."""

from clients.collections import write

if __name__ == "__main__":
    write()
