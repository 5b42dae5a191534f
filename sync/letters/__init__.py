"""Mails from outside: bytes in, ``Letter`` out, read in a child process that may die. Pure."""

from sync.letters.letter import Bounce as Bounce
from sync.letters.letter import Letter as Letter
from sync.letters.letter import Part as Part
