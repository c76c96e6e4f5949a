"""The whole sign-in on one machine: the service, the stand-ins and an example frontend on three loopback origins."""

from cognito_sso.demo.world import DemoPorts, DemoWorld

__all__ = ["DemoPorts", "DemoWorld"]
