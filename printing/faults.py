"""What can go wrong between us and a printer, by what may be done about it."""

from errors import OutsideError


class NotSentError(OutsideError):
    """Certainly nothing arrived: off, busy or unreachable.  Sending again is safe."""


class BusyError(NotSentError):
    """It prints something else at the moment."""


class UncertainError(OutsideError):
    """It broke off after the first byte: nobody knows whether it prints."""


class RefusedError(OutsideError):
    """The printer will never take it, such as a format it does not know."""
