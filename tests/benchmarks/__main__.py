"""`make bench`: every benchmark of this folder, one after another. Each prints ratios of things timed in one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    for script in sorted(Path(__file__).parent.glob("bench_*.py")):
        sys.stdout.write(f"== {script.stem}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=True)
