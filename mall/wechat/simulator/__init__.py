"""A WeChat for development and tests: the same HTTP as the real one, on this machine.

It speaks the mini program's server API and WeChat Pay APIv3 for every call that the mall
makes, signs and encrypts as WeChat does, calls the mall back with the published schedule,
and misbehaves to order. The mall's client differs from production by its base URL only.
`docs/simulator.md` describes the control API; `python -m mall.wechat.simulator` runs it.
It shares no code with the mall's client and refuses to start in production.
"""

from mall.wechat.simulator.app import create_simulator
from mall.wechat.simulator.credentials import Credentials, ensure_credentials
from mall.wechat.simulator.errors import SimulatorRefused
from mall.wechat.simulator.server import RunningSimulator, run_in_thread

__all__ = [
    "Credentials",
    "RunningSimulator",
    "SimulatorRefused",
    "create_simulator",
    "ensure_credentials",
    "run_in_thread",
]
