"""`python -P -m ibtui.worker FD`: serve the engine on an inherited socket."""

import sys

from ibtui.worker.main import main

if __name__ == "__main__":
    main(int(sys.argv[1]))
