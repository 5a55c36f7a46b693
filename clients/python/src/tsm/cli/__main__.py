"""``python -m tsm.cli``: the command line where no script directory is on the path."""

from tsm.cli import main

if __name__ == "__main__":
    main()
