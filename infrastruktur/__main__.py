"""`python -m infrastruktur` is the command `infrastruktur`."""

from infrastruktur.cli import main

if __name__ == "__main__":
    main()
