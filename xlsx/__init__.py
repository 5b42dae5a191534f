"""The inside of an xlsx workbook: parts of its archive are patched, all others keep their bytes.

Loading and saving with a spreadsheet library loses what it does not know (cached formula values,
shapes, slicers, printer settings); so what others made is never rewritten.  Pure.
"""
