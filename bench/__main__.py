"""``python -m bench``: measure everything and write docs/BENCHMARKS.md."""

import os

from bench import contest, pages, reading, report, sheets, start


def main() -> None:
    """Measure reading, an order's life, pages of small and large shops, a first run, a sheet."""
    parts = [
        reading.measure(),
        contest.measure(),
        pages.measure_growth(),
        pages.measure_weight(),
        start.measure(),
        sheets.measure(),
    ]
    orders = os.environ.get("BENCH_ORDERS", "")
    report.write(parts, f"{f'BENCH_ORDERS={orders} ' if orders else ''}python -m bench")
    for part in parts:
        print(report.markdown(part))


if __name__ == "__main__":
    main()
