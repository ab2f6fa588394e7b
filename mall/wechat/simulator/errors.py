"""Why the simulator refuses to start or to act."""

from __future__ import annotations


class SimulatorRefused(RuntimeError):
    """The simulator must not run here: a fake WeChat beside real money."""


class ControlError(Exception):
    """A control call that makes no sense; answered as JSON with this HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
