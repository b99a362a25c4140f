"""`make bench`: a country month beside its floor, then every benchmark of this folder, one after another. Each prints ratios of things
timed in one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COUNTRY = ["-m", "tests.benchmarks.country", "--units", "300"]

if __name__ == "__main__":
    scripts = [[str(script)] for script in sorted(Path(__file__).parent.glob("bench_*.py"))]
    for arguments in [COUNTRY, *scripts]:
        sys.stdout.write(f"== {' '.join(arguments)}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, *arguments], check=True, cwd=Path(__file__).resolve().parents[2])
