"""``python -m bench``: measure everything and write docs/BENCHMARKS.md."""

import os

from bench import contest, pages, papers, reading, report, sheets, start


def main() -> None:
    """Measure all there is to measure, one part after another."""
    parts = [
        reading.measure(),
        contest.measure(),
        pages.measure_growth(),
        pages.measure_weight(),
        papers.measure(),
        start.measure(),
        sheets.measure(),
    ]
    orders = os.environ.get("BENCH_ORDERS", "")
    report.write(parts, f"{f'BENCH_ORDERS={orders} ' if orders else ''}python -m bench")
    for part in parts:
        print(report.markdown(part))


if __name__ == "__main__":
    main()
