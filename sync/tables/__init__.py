"""A stranger's table understood: its headings, its rows and the labels around it. Pure.

``mapping`` says which column is which, ``rows`` what each row is, ``tablecells`` and ``lines`` its
values; ``headerblock`` and ``addresses`` read what stands around the table; ``drafting`` says which
order it all belongs to; ``formmark`` knows our own form.
"""
