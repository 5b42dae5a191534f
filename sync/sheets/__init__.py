"""The shared sheet: a view of the shop that can answer back, on Google or in a workbook file."""
