"""What can go wrong while running parts on this machine, in words for people."""


class LocalError(Exception):
    """One line: what happened and what to do."""


class PartMissing(LocalError):
    """A part is not installed."""


class PartFailed(LocalError):
    """A part ended or was not ready in time."""


class PortTaken(LocalError):
    """A port that was asked for is in use."""
