"""The whole sign-in on one machine: the service, the stand-ins and an example frontend on three loopback origins."""

from cognito_sso.demo.frontend_server import frontend_app
from cognito_sso.demo.world import DemoPlaces, DemoPorts, DemoWorld, stand_ins_at, write_settings

__all__ = ["DemoPlaces", "DemoPorts", "DemoWorld", "frontend_app", "stand_ins_at", "write_settings"]
