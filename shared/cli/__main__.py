"""`python -m shared.cli`, for programs that start us without a search path."""

from shared.cli.program import main

if __name__ == "__main__":
    main()
