"""Printers: IPP (``ipp``) and label printers on a raw port (``raw``).  They know bytes, not papers.

What a printer did with them is an ``Outcome`` or one of three refusals, because what may be done
next depends on it: nothing arrived, nobody knows, or the printer does not want it.
"""
