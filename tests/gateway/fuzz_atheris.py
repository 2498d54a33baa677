"""Raw bytes against a gateway under atheris, Google's coverage-guided fuzzer, which is no dependency of the suite.

`pip install atheris && python -m tests.gateway.fuzz_atheris -max_total_time=1200`; libFuzzer's options apply.
"""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any


def main() -> None:
    logging.disable(logging.WARNING)
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["ibtui.gateway"]):
        fuzz_bytes = importlib.import_module("tests.gateway.fuzz_bytes")
    with fuzz_bytes.Target() as target:
        atheris.Setup(sys.argv, lambda data: target.feed(fuzz_bytes.HELLO + fuzz_bytes.START + data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
