"""The one door of smtplib: hands one mail to one server, every failure told as DeliveryFailed."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from msgspec import Struct

from alerts.channels.mail_message import MAIL_POLICY, UTF8_POLICY
from alerts.contract import DeliveryFailed
from alerts.escape import one_line

_LONGEST_ANSWER = 160
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9+/=]{12,}")


class MailServer(Struct, frozen=True, kw_only=True):
    """Where the mail goes in, and how. `ca_file`: certificates to trust in place of the system's."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    username: str
    password: str
    ca_file: Path | None
    timeout: timedelta

    @property
    def shown(self) -> str:
        return f"the mail server {self.host}:{self.port}"


class Conversation:
    """One exchange with a mail server, held in a thread of its own; another thread may hang up.

    `content_sent`: the mail itself has begun to go out, so that the server may have it whatever happens next.
    """

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.content_sent = False
        self.hung_up = False
        self._smtp: smtplib.SMTP | None = None

    def hold(self, mail: EmailMessage) -> tuple[str, ...]:
        """Sends `mail` once and gives who was refused and why, () where everybody gets it.

        Raises only DeliveryFailed: temporary for answers 4xx (RFC 5321, 4.2.1) and broken connections, permanent for
        5xx, for a connection that is not safe, and for what the server cannot do.
        """
        try:
            with contextlib.closing(self._connect()) as smtp:
                self._smtp = smtp
                self._log_in(smtp)
                return self._hand_over(smtp, mail)
        except DeliveryFailed:
            raise
        except smtplib.SMTPAuthenticationError as error:
            words = self._without_password(error.smtp_error)
            raise self._refused("does not accept username and password", error.smtp_code, words) from None
        except smtplib.SMTPResponseException as error:
            raise self._refused("refuses", error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPServerDisconnected:
            raise self._failed("hung up in the middle", ambiguous=self.content_sent) from None
        except smtplib.SMTPException as error:
            raise self._failed(f"cannot take the mail ({type(error).__name__})", permanent=True) from None
        except ssl.SSLError as error:
            raise self._unsafe(error) from None
        except TimeoutError:
            raise self._failed("did not answer in time", ambiguous=self.content_sent) from None
        except socket.gaierror:
            raise self._failed("cannot be found: its name is not known") from None
        except UnicodeError:
            raise self._failed("cannot be given a username or password beyond ASCII", permanent=True) from None
        except (OSError, AttributeError, ValueError) as error:
            # hanging up takes the socket from under smtplib, which then stumbles in these ways
            why = error.strerror if isinstance(error, OSError) and error.strerror else "the connection broke"
            raise self._failed(f"cannot be reached: {why.lower()}", ambiguous=self.content_sent) from None

    def hang_up(self) -> None:
        """Ends the conversation from another thread: what has not been sent will not be."""
        self.hung_up = True
        connection = getattr(self._smtp, "sock", None)
        if connection is not None:
            with contextlib.suppress(OSError, ValueError):
                connection.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        seconds = server.timeout.total_seconds()
        own_name = "localhost"  # replaced below, so that smtplib does not look our name up
        if server.tls == "tls":
            context = self._context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, own_name, timeout=seconds, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, own_name, timeout=seconds)
        assert smtp.sock is not None
        smtp.local_hostname = _literal(smtp.sock.getsockname()[0])
        if server.tls == "starttls":
            self._protect(smtp)
        return smtp

    def _protect(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.starttls(context=self._context())
        except smtplib.SMTPNotSupportedError:
            smtp.close()
            raise self._failed(
                'offers no STARTTLS: set tls = "tls" (usually port 465), or "none" on a trusted network', permanent=True
            ) from None
        except BaseException:  # a stop, too, leaves no connection open
            smtp.close()
            raise

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=str(self.server.ca_file) if self.server.ca_file else None)
        except OSError as error:
            raise self._failed(
                f"ca_file cannot be read: {error.strerror or 'no certificate in it'}", permanent=True
            ) from None

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if not self.server.username:
            return
        try:
            smtp.login(self.server.username, self.server.password)
        except smtplib.SMTPNotSupportedError:
            raise self._failed("takes no username here: leave username and password out", permanent=True) from None

    def _hand_over(self, smtp: smtplib.SMTP, mail: EmailMessage) -> tuple[str, ...]:
        author: Address = mail["From"].addresses[0]
        receivers: Sequence[Address] = mail["To"].addresses
        options: list[str] = []
        if any(not person.addr_spec.isascii() for person in (author, *receivers)):
            if not smtp.has_extn("smtputf8"):
                raise self._failed("takes no addresses beyond ASCII (no SMTPUTF8)", permanent=True)
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        content = mail.as_bytes(policy=UTF8_POLICY if options else MAIL_POLICY)
        code, answer = smtp.mail(author.addr_spec, options)
        if code != 250:
            raise self._refused(f"does not let {author.addr_spec} send", code, answer)
        refused = self._name_receivers(smtp, receivers)
        if self.hung_up:
            raise self._failed("did not answer in time")
        self.content_sent = True
        code, answer = smtp.data(content)
        if code != 250:
            self.content_sent = False
            raise self._refused("does not take the mail", code, answer)
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        return refused

    def _name_receivers(self, smtp: smtplib.SMTP, receivers: Sequence[Address]) -> tuple[str, ...]:
        """Gives who was refused. Raises DeliveryFailed where nobody is left, temporary if for anyone it is."""
        refusals: list[tuple[str, int, bytes]] = []
        for person in receivers:
            code, answer = smtp.rcpt(person.addr_spec)
            if code not in (250, 251):
                refusals.append((person.addr_spec, code, answer))
            if code == 421:
                break
        if len(refusals) == len(receivers) or any(code == 421 for _, code, _ in refusals):
            whom, code, answer = min(refusals, key=lambda refusal: refusal[1])
            raise self._refused(f"does not take mail for {whom}", code, answer)
        return tuple(f"{whom} was refused ({code} {_shown(answer)})" for whom, code, answer in refusals)

    def _without_password(self, answer: bytes | str) -> str:
        """Some servers repeat the command that they refuse, and with it the password: blanked before all cutting."""
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        if self.server.password:
            text = text.replace(self.server.password, "\u2026")
        return _TOKEN_LIKE.sub("\u2026", text)

    def _refused(self, what: str, code: int, answer: bytes | str) -> DeliveryFailed:
        return self._failed(f"{what} ({code} {_shown(answer)})", permanent=500 <= code < 600)

    def _unsafe(self, error: ssl.SSLError) -> DeliveryFailed:
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._failed(
                f"shows a certificate that is not trusted ({error.verify_message}): correct host, or name its "
                "authority in ca_file",
                permanent=True,
            )
        reason = (error.reason or "TLS failed").replace("_", " ").lower()
        hint = ': port and tls do not fit together ("tls" is usually port 465, "starttls" port 587)'
        wrong_port = "wrong version" in reason or "record layer" in reason
        return self._failed(
            f"does not speak TLS with us ({reason}){hint if wrong_port else ''}",
            permanent=wrong_port,
            ambiguous=self.content_sent,
        )

    def _failed(self, what: str, *, permanent: bool = False, ambiguous: bool = False) -> DeliveryFailed:
        return DeliveryFailed(f"{self.server.shown} {what}", permanent=permanent, ambiguous=ambiguous)


def is_loopback(host: str) -> bool:
    """Says whether a host is this machine, as far as its name tells."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _literal(own_address: str) -> str:
    """Names this machine by its address, as RFC 5321, 4.1.4 has it for machines without a public name."""
    return f"[IPv6:{own_address.partition('%')[0]}]" if ":" in own_address else f"[{own_address}]"


def _shown(answer: bytes | str) -> str:
    """The server's own words, short and on one line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    text = one_line(text)
    return text if len(text) <= _LONGEST_ANSWER else text[: _LONGEST_ANSWER - 1] + "\u2026"
