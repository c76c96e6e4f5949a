"""(1) Every URL, one module for each family: HTTP in, HTTP out, no decisions."""

from cognito_sso.routes import callback, initiated, login, logout, me, operations, refresh, token

ROUTERS = (
    login.router,
    initiated.router,
    callback.router,
    token.router,
    me.router,
    refresh.router,
    logout.router,
    operations.router,
)

__all__ = ["ROUTERS"]
