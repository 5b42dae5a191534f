"""What the worker does at the dock: papers that come by themselves, labels, printing.

Every function bears to run twice.  What cannot be decided becomes a question to a person: a second
label or a second copy is never a guess.
"""
