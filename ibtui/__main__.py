"""`python -m ibtui`, the same as the console script."""

from ibtui.cli import main

if __name__ == "__main__":
    main()
