"""The settings of the service, read when it starts: variables ``CHARTLIGHT_...``; ``docs/service/settings.md`` tells each."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation decides; every field has a default that suits one machine."""

    model_config = SettingsConfigDict(env_prefix="CHARTLIGHT_", extra="ignore", hide_input_in_errors=True)

    database: str = Field(default="", description="URL of the database; empty: SQLite in the data folder")
    data: Path = Field(default=Path("~/.local/share/chartlight"), description="folder of the embedded database")
    tenant: str = Field(default="main", pattern=r"^[a-z0-9-]{1,40}$", description="the practice that logs in here")
    practice: str = Field(default="Our practice", max_length=200, description="name of the practice, for printed pages")
    time_zone: str = Field(default="UTC", description="time zone of the practice (IANA name)")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8470, ge=0, le=65535, description="port to listen on; 0: any that is free")
    allowed_hosts: tuple[str, ...] = Field(
        default=("localhost", "127.0.0.1", "[::1]"), description="host names under which the service answers"
    )
    secure_cookies: bool = Field(default=False, description="cookies over TLS only; set it behind a proxy with TLS")
    proxies: tuple[str, ...] = Field(
        default=(), description="addresses of proxies whose forwarded headers are believed"
    )
    idle_minutes: int = Field(default=20, ge=1, le=480, description="a session without a request ends after so long")
    read_only: bool = Field(default=False, description="nothing may change; people may look")
    max_bytes: int = Field(default=16_000_000, ge=10_000, description="largest request")
    answers_days: int = Field(default=7, ge=1, le=90, description="how long an Idempotency-Key is remembered")
    log_file: Path | None = Field(default=None, description="file of the log; none: standard error")
    log_megabytes: int = Field(default=20, ge=1, description="size at which the log file is rotated")
    log_files: int = Field(default=10, ge=1, description="rotated log files that are kept")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no time zone of that name; an IANA name such as America/New_York is expected") from None
        return value

    @property
    def url(self) -> str:
        """The database as a URL."""
        return self.database or f"sqlite:///{self.data.expanduser() / 'chartlight.db'}"
