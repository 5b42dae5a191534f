"""One text to one phone or chat, through any service the library Apprise knows.

Services cannot be asked whether they took a text, and the library says only yes or no: so a no
after the text went out is an ``UncertainError``, and a person decides.
"""

import logging
from collections.abc import Callable
from urllib.parse import quote

from notifications.mail import RefusedError, UncertainError
from settings import Settings

#: What goes on the wire at most: two texts' worth and a link.
LONGEST = 480


def send(recipient: str, words: str, settings: Settings, *, before_text: Callable[[], None]) -> str:
    """Send it, and say in a few words where it went.

    Raises:
        RefusedError: it was surely not sent: no service is set up, or its address is wrong.
        UncertainError: nobody knows.
    """
    address = settings.sms_url.get_secret_value()
    if not address:
        raise RefusedError("Texts cannot be sent: SMS_URL does not name a service.")
    import apprise  # half a second and 40 MB that only shops with texts pay

    service = apprise.Apprise()
    if not service.add(address.replace("{to}", quote(recipient, safe=""))):
        raise RefusedError("Texts cannot be sent: SMS_URL is not an address Apprise knows.")
    before_text()
    with apprise.LogCapture(level=logging.WARNING) as heard:
        taken = service.notify(body=words[:LONGEST], body_format=apprise.NotifyFormat.TEXT)
        said = " ".join(heard.getvalue().split())[:150]
    if not taken:
        raise UncertainError(f"The service for texts did not say that it took it ({said}).")
    return "Taken by the service for texts."


def short(subject: str, link: str) -> str:
    """A message as a text: what it is about, and where to read on."""
    return f"{subject[: LONGEST - len(link) - 1]}\n{link}".strip()
