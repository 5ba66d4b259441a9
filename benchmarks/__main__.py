"""Run the races: `python -m benchmarks` from the top of the repository, all of them or those named.

Prints, for each way of doing one thing, the median time and its ratio to ours; exits with 1 where a
ratio that we promise is missed.
"""

from __future__ import annotations

import sys

from . import cluster, cold_start, eager, fit, long_text, mapping, pictures, programs, sparse, tensors

SUBJECTS = {
    "cluster": cluster,
    "cold_start": cold_start,
    "eager": eager,
    "fit": fit,
    "long_text": long_text,
    "mapping": mapping,
    "pictures": pictures,
    "programs": programs,
    "sparse": sparse,
    "tensors": tensors,
}


def main(names: list[str]) -> int:
    """Run the named subjects, or all; return 1 where a promise is missed."""
    unknown = set(names) - SUBJECTS.keys()
    if unknown:
        print(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}", file=sys.stderr)
        return 2
    missed = False
    for name in names or SUBJECTS:
        for race in SUBJECTS[name].races():
            result = race.run()
            missed |= bool(result.missed)
            print("\n".join(result.lines()), flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
