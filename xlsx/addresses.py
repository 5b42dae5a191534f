"""Addresses of cells as workbooks write them, counted from 1. Pure."""

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384


def column_of(letters: str) -> int:
    """The column that letters name, counted from 1: D is 4."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(column: int) -> str:
    """The letters of a column counted from 1: 4 is D."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """The address of a cell: row 14, column 4 is D14."""
    return f"{letters_of(column)}{row}"
