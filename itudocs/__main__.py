"""`python -m itudocs` is the command `itudocs`."""

from itudocs.cli import main

if __name__ == "__main__":
    main()
