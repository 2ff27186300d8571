"""``python -m freeprob`` is the command ``freeprob``."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="freeprob")
