"""A local SMTP server with STARTTLS, for the channels' tests and the replay of a month (load it with the fixture `receivers`).

with receivers.Mailbox(receivers.make_certificates(tmp_path)) as mailbox:
    spec, environment = mailbox.channel()
    mailbox.fault = lambda number: "451" if number % 3 == 0 else None
    ...
    mailbox.taken                      # parsed messages whose 250 was sent; message["Message-ID"] tells a repeat
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from pipelines.model.programme import ChannelSpec

LOGIN, PASSWORD = "saima", "mail-password-77aa"
SENDER = "saima@example.invalid"


@dataclass
class Mailbox:
    """`refused`: address → reply at RCPT; `fault(number)` at DATA: 451, 554, drop (not taken), lost (taken, then no answer)."""

    certificates: Any
    refused: dict[str, str] = field(default_factory=dict)
    fault: Callable[[int], str | None] = lambda number: None
    offers_tls: bool = True
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    attempts: int = 0
    plain_commands: list[str] = field(default_factory=list)
    """MAIL commands that came without TLS: there must be none."""

    def __enter__(self) -> Mailbox:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        context: ssl.SSLContext | None = self.certificates.server_context() if self.offers_tls else None
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=self.offers_tls,
            auth_required=self.offers_tls,
            authenticator=self._authenticate,
        )
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def channel(self, **options: str) -> tuple[ChannelSpec, dict[str, str]]:
        """The channel `mail` that leads here, and its connection."""
        given = {
            "host": "127.0.0.1",
            "port": str(self.port),
            "from_address": SENDER,
            "seconds": "5",
            "ca_file": str(Path(self.certificates.authority)),
            **options,
        }
        connection = f'{{"login": "{LOGIN}", "password": "{PASSWORD}"}}'
        return ChannelSpec("mail", "smtp", None, given), {"SAIMA_CONN_MAIL": connection}

    def ids(self) -> list[str]:
        return [str(message["Message-ID"]).strip("<>").partition("@")[0] for message in self.taken]

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (LOGIN.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if session.ssl is None:
            self.plain_commands.append(address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.attempts += 1
        fault = self.fault(self.attempts)
        if fault in ("451", "452"):
            return f"{fault} try again later"
        if fault == "554":
            return f"554 refused, {PASSWORD} seen"
        if fault != "drop":
            content = cast(bytes, envelope.original_content or envelope.content)
            self.taken.append(cast(EmailMessage, message_from_bytes(content, policy=default)))
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        if fault in ("drop", "lost") and server.transport:
            server.transport.close()
        return "250 taken"
