"""``python -m bench``: measure everything and write docs/BENCHMARKS.md.

``python -m bench reading papers`` measures only these parts and puts them in the place of theirs.
"""

import os
import sys

from bench import contest, pages, papers, reading, report, sheets, start

PARTS = {
    "reading": reading.measure,
    "life": contest.measure,
    "growth": pages.measure_growth,
    "weight": pages.measure_weight,
    "papers": papers.measure,
    "start": start.measure,
    "sheets": sheets.measure,
}


def main(names: list[str]) -> None:
    """Measure the parts of these names, or all there are, one after another."""
    parts = []
    for name in names or PARTS:
        parts.append(PARTS[name]())
        print(report.markdown(parts[-1]), flush=True)
    if names:
        report.replace(parts)
        return
    orders = os.environ.get("BENCH_ORDERS", "")
    report.write(parts, f"{f'BENCH_ORDERS={orders} ' if orders else ''}python -m bench")


if __name__ == "__main__":
    if unknown := set(sys.argv[1:]) - PARTS.keys():
        sys.exit(f"There is no part {', '.join(sorted(unknown))}: choose of {', '.join(PARTS)}.")
    main(sys.argv[1:])
