"""Mail by SMTP with STARTTLS (or TLS from the start), the certificate always verified.

Connection: `{"login": "…", "password": "…"}`, or none where the server asks for no login. `Message-ID` is made of the notice's id, so
that a repeat is recognised; `Auto-Submitted` keeps out-of-office answers away (RFC 3834). 4xx may be tried again; a recipient or
content that the server refuses with 5xx may not. A refused login or sender is the house's to repair and is tried again."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
from base64 import b64encode
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

from ...model.connections import Connection
from ...model.messages import one_line
from ...model.notifications import DeliveryResult, Notification
from ...model.programme import ChannelSpec
from .deadline import Deadline
from .posting import tls_context

SECONDS = 20.0
"""Of a step of the conversation."""
STEPS = 6
"""A message takes at most so many times as long: servers that slow senders down answer every step in time, and never end."""
PORTS = {"starttls": 587, "tls": 465}
LONGEST_SUBJECT = 250
_WEB = re.compile(r"https?://[^\s<>\"']+")


class SmtpChannel:
    """A contact's address is a mailbox."""

    def __init__(self, spec: ChannelSpec, connection: Connection, home: Path) -> None:
        """Terminal where the `ca_file` cannot be read."""
        self.name, self.per_minute = spec.name, spec.per_minute
        options = spec.options
        self._host = options["host"]
        self._from = options["from_address"]
        self._tls = options.get("security", "starttls") == "tls"
        self._port = int(options.get("port", PORTS["tls" if self._tls else "starttls"]))
        self._seconds = float(options.get("seconds", SECONDS))
        self._connection = connection
        self._context = tls_context(spec, home)

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """Accepted once the server has taken the message."""
        try:
            message = mail(notice, self._from, now)
        except (ValueError, IndexError, MessageError) as error:
            return DeliveryResult(
                False, f"不是可用的邮箱地址 / not an address that mail can go to: {error}", retry=False
            )
        with Deadline(STEPS * self._seconds) as deadline:
            done = self._converse(deadline, message, notice.address)
            if deadline.passed and not done.accepted:
                return DeliveryResult(False, f"{deadline.seconds:g} 秒内未办完 / not done in time", retry=done.retry)
        return done

    def _converse(self, deadline: Deadline, message: EmailMessage, address: str) -> DeliveryResult:
        try:
            server = self._connect(deadline)
        except smtplib.SMTPResponseException as error:
            return DeliveryResult(False, self._response(error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            return DeliveryResult(False, f"{type(error).__name__}: {one_line(str(error))}")
        try:
            return self._hand_over(server, message, address)
        finally:
            # the message has been taken (or not) by now: how the server says goodbye changes nothing
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connect(self, deadline: Deadline) -> smtplib.SMTP:
        greeting = self._from.rpartition("@")[2]  # else smtplib asks the name server who we are
        where = (self._host, self._port, greeting)
        if self._tls:
            server: smtplib.SMTP = _WatchedTls(deadline, *where, timeout=self._seconds, context=self._context)
        else:
            server = _Watched(deadline, *where, timeout=self._seconds)
        try:
            if not self._tls:
                server.starttls(context=self._context)
            if self._connection.login:
                server.login(self._connection.login, self._connection.password)
        except BaseException:
            server.close()
            raise
        return server

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage, address: str) -> DeliveryResult:
        try:
            server.send_message(message, self._from, [address])
        except smtplib.SMTPRecipientsRefused as error:
            code, response = next(iter(error.recipients.values()))
            return DeliveryResult(False, self._response(code, response), retry=code < 500)
        except smtplib.SMTPDataError as error:
            return DeliveryResult(False, self._response(error.smtp_code, error.smtp_error), retry=error.smtp_code < 500)
        except smtplib.SMTPNotSupportedError as error:
            return DeliveryResult(False, f"服务器不支持该地址 / the server cannot mail to it: {error}", retry=False)
        except smtplib.SMTPResponseException as error:
            return DeliveryResult(False, self._response(error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            return DeliveryResult(False, f"{type(error).__name__}: {one_line(str(error))}")
        return DeliveryResult(True, f"{self._host} 已接收 / taken")

    def _response(self, code: int, response: bytes | str) -> str:
        """The server's words, without the password should it repeat it, as it is or as it was sent (RFC 4616, base64)."""
        text = response.decode(errors="replace") if isinstance(response, bytes) else response
        login, password = self._connection.login, self._connection.password
        sent = [f"\0{login}\0{password}", password] if password else []
        for secret in (*(b64encode(one.encode()).decode() for one in sent), password):
            text = text.replace(secret, "***") if secret else text
        return f"SMTP {code} {one_line(text)}"


class _Watched(smtplib.SMTP):
    """A conversation that a deadline ends, from the connection on."""

    def __init__(self, deadline: Deadline, *where: Any, **given: Any) -> None:
        self._deadline = deadline
        super().__init__(*where, **given)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """What smtplib has for its own subclasses: the TLS of one that begins with it is made around this connection."""
        made: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._deadline.watch(made)
        return made


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same with TLS from the start."""

    def __init__(self, deadline: Deadline, *where: Any, **given: Any) -> None:
        self._deadline = deadline
        smtplib.SMTP_SSL.__init__(self, *where, **given)


def mail(notice: Notification, sender: str, now: datetime) -> EmailMessage:
    """The message: plain text and the same as HTML. ValueError where the address is none; a line end can enter no header."""
    domain = sender.rpartition("@")[2]
    message = EmailMessage(SMTP_POLICY)
    message["Subject"] = one_line(notice.text.subject, LONGEST_SUBJECT)
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=notice.address)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{notice.message_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    body = notice.text.body
    if notice.link and notice.link not in body:
        body = f"{body}\n\n{notice.link}"
    message.set_content(body, cte="base64")
    message.add_alternative(as_html(body), subtype="html", cte="base64")
    return message


def as_html(body: str) -> str:
    """The plain text as HTML: everything escaped, blank lines make paragraphs, web addresses become links."""
    paragraphs = [
        "<br>\n".join(_linked(line) for line in paragraph.splitlines())
        for paragraph in re.split(r"\n{2,}", body.strip())
    ]
    inner = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<!doctype html>\n<html lang="zh"><meta charset="utf-8"><body>\n{inner}\n</body></html>\n'


def _linked(line: str) -> str:
    parts, end = [], 0
    for found in _WEB.finditer(line):
        address = escape(found[0])
        parts += [escape(line[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, escape(line[end:])])
