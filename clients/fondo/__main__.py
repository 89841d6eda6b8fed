"""`python -m clients.fondo`, and the script `fondo`."""

from clients.fondo.app import main

if __name__ == "__main__":
    main()
