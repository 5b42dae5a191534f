"""What a backend wants to know the next time, kept with the sheet: places, quota, who is asked."""

from typing import Any

from models import SheetLink, transaction


def keep_option(link: SheetLink, name: str, value: Any) -> None:
    """Keep something a backend wants to know the next time."""
    if (link.options or {}).get(name) == value:
        return
    with transaction():
        options = SheetLink.get_by_id(link.id).options or {}
        link.options = {**options, name: value}
        SheetLink.update(options=link.options).where(SheetLink.id == link.id).execute()
    link._dirty.discard("options")
