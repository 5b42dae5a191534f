"""What a person does at a terminal: the verbs of the screens, as ``flask`` commands.

Every command acts as the shop itself under the name of who is logged in at the machine.  A
refusal is one sentence on standard error and exit code 1; a wrong setting or option is 2.
"""

import click
from flask import Flask

from cli.base import bound_settings
from cli.incoming import import_files
from cli.mail import mail
from cli.orders import hold_orders, list_orders, release_orders, show_order
from cli.people import token, user
from cli.sheets import sheets
from cli.upkeep import back_up, demo_shop, migrate_tables, restore_backup, work

__all__ = ["bound_settings", "register"]

COMMANDS: tuple[click.Command, ...] = (
    import_files,
    mail,
    sheets,
    list_orders,
    show_order,
    release_orders,
    hold_orders,
    user,
    token,
    work,
    migrate_tables,
    demo_shop,
    back_up,
    restore_backup,
)


def register(app: Flask) -> None:
    """Give the application its commands."""
    for command in COMMANDS:
        app.cli.add_command(command)
