"""How much of one mail is looked at. Pure."""

MOST_PARTS = 200
MOST_DEPTH = 6
MOST_ZIP_ENTRIES = 1000
MOST_ZIP_TABLES = 50
MOST_ZIP_PART = 60_000_000
LONGEST_TEXT = 200_000
LONGEST_NAME = 200
#: A picture below this size in a mail's text is a logo.
SMALLEST_PICTURE = 40_000
