"""The least that FastAPI can be: settings, a model, an endpoint that returns it. Stands alone, to be started alone."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    title: str = "bare"
    client_id: str = "k6tana1l8b0bvhk9gfixkurr6"


class Profile(BaseModel):
    """What `/me` tells."""

    sub: str
    email: str | None
    email_verified: bool
    name: str | None
    given_name: str | None
    family_name: str | None
    username: str | None
    groups: tuple[str, ...]
    provider: str | None
    connection_id: str | None
    tenant: str | None
    auth_time: int | None
    expires_at: int
    refresh_at: int


PROFILE = Profile(
    sub="807c593c-d0c1-709c-598f-633ec61bcc8b",
    email="jane@megasoft.example",
    email_verified=False,
    name=None,
    given_name="Jane",
    family_name="Doe",
    username="ScalekitIdPRouter_conn_60040666217971987;a2c49d97-d36f-460f-97c2-87eb295095af",
    groups=(),
    provider="ScalekitIdPRouter",
    connection_id="conn_60040666217971987",
    tenant=None,
    auth_time=1757330938,
    expires_at=1757334538,
    refresh_at=1757334450,
)
app = FastAPI(title=Settings().title)


@app.get("/me")
async def me() -> Profile:
    return PROFILE
