"""The one list of checks: a person runs it with `make test`, continuous integration runs the same.

Every check runs even when an earlier one failed; the exit code says whether all passed. Each part of the tests
fails when it finds none of its kind (pytest's exit code 5): a mark that was misspelled must not pass for success.
"""

import os
import subprocess
import sys
import time

LONGEST_SECONDS = 30 * 60
PYTHON = [sys.executable, "-m"]
QUICK = [
    ("formatting", [*PYTHON, "ruff", "format", "--check", "."]),
    ("lint", [*PYTHON, "ruff", "check", "."]),
    ("floors", [os.path.join(os.path.dirname(sys.executable), "lint-imports"), "--no-cache"]),
    ("types", [*PYTHON, "mypy"]),
]
TESTS = [
    ("tests", [*PYTHON, "pytest", "-n", "2", "--dist", "loadfile", "-m", "not browser and not processes"]),
    ("processes", [*PYTHON, "pytest", "--durations=5", "-m", "processes"]),
    ("browser", [*PYTHON, "pytest", "-n", "2", "--dist", "loadfile", "-m", "browser"]),
]


def main() -> int:
    """Run the checks and print what came of each."""
    checks = QUICK if "--quick" in sys.argv else QUICK + TESTS
    outcomes = []
    for name, command in checks:
        print(f"== {name}: {' '.join(command[2:] if command[0] == sys.executable else command)}", flush=True)
        began = time.monotonic()
        try:
            code = subprocess.run(command, check=False, timeout=LONGEST_SECONDS).returncode
        except subprocess.TimeoutExpired:
            print(f"{name} was ended: it took longer than {LONGEST_SECONDS} s", flush=True)
            code = 1
        outcomes.append((name, code, time.monotonic() - began))
    print()
    for name, code, seconds in outcomes:
        print(f"{'ok    ' if code == 0 else 'FAILED'} {name:12} {seconds:7.1f} s")
    return 1 if any(code for _, code, _ in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
