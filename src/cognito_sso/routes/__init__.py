"""(1) Every URL, one module for each family: HTTP in, HTTP out, no decisions."""

from cognito_sso.routes import (
    callback,
    forward_auth,
    hooks,
    initiated,
    introspect,
    login,
    logout,
    me,
    operations,
    refresh,
    token,
)

MODULES = (login, initiated, callback, token, me, refresh, logout, forward_auth, introspect, hooks, operations)
ROUTERS = tuple(module.router for module in MODULES)

__all__ = ["ROUTERS"]
