"""A believable decorating shop with people, customers, products and orders in every stage.

All of it is invented.  Orders are made by the engine, at past moments, by the people whose work it
is, so that calendars, queues, timelines and messages look as in a shop that runs.  The same day
always gives the same shop.
"""

from demo.opening import Demo, Login, fill

__all__ = ["Demo", "Login", "fill"]
