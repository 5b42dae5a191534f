"""Who takes parcels: rates, labels, taking labels back.  A carrier knows parcels, never orders.

Buying has two steps: ``quote`` gives an id of the carrier's that is kept before ``buy`` is called
with it.  An answer that never came is looked for with ``recover``; nothing is bought a second time.
"""
