"""How a mail server is reached: the settings that everything shares which hands mails to one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from alerts.channels.email_conversation import MailServer, is_loopback
from alerts.channels.mail_message import address
from sources.settings import Strict


def _checked(value: str) -> str:
    address(value)  # raises ValueError with a sentence
    return value


MailAddress = Annotated[str, Field(max_length=500), AfterValidator(_checked)]


class MailServerSettings(Strict):
    """Where mails go in, and in whose name."""

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/@\x00-\x20]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[MailAddress, Field(alias="from")]
    username: Annotated[str, Field(max_length=320)] = ""
    password: SecretStr | None = None
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _whole_credentials(self) -> Self:
        if bool(self.username) != (self.password is not None):
            raise ValueError("needs username and password together, or neither")
        if self.password is not None and self.tls == "none" and not is_loopback(self.host):
            raise ValueError('has tls = "none", which would send the password readable: use "starttls" or "tls"')
        return self

    def server(self, timeout: timedelta) -> MailServer:
        """The server, which has `timeout` for one mail as a whole."""
        return MailServer(
            host=self.host,
            port=self.port,
            tls=self.tls,
            username=self.username,
            password=self.password.get_secret_value() if self.password is not None else "",
            ca_file=self.ca_file,
            timeout=timeout,
        )
