"""A private mail server: aiosmtpd on a loopback port, and msmtp as the sendmail that speaks to it.

    with MailServer(directory) as server:       # both are Debian's
        ... --sendmail=server.sendmail ...
        for mail in server.mails: mail.sender, mail.recipients, mail.raw, mail.message

missing() says what there is not; a test skips then.
"""

import asyncio
import email
import email.policy
import importlib.util
import shutil
import threading

MSMTP = "/usr/bin/msmtp"
FROM = "quarantine@reports.example"

# Seconds that msmtp waits for the server.
TIMEOUT = 120


def missing():
    """The Debian packages that are needed and not there."""
    return [package for package, there in (
        ("msmtp", shutil.which(MSMTP)),
        ("python3-aiosmtpd", importlib.util.find_spec("aiosmtpd"))) if not there]


class Mail:
    """A message as the server got it, with its envelope."""

    def __init__(self, envelope):
        self.sender = envelope.mail_from
        self.recipients = envelope.rcpt_tos
        self.raw = envelope.original_content
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    def text(self):
        """The text that a reader is shown first."""
        return self.message.get_body(("plain",)).get_content().replace("\r\n", "\n")

    def attachments(self):
        """{file name: bytes}"""
        return {part.get_filename(): part.get_content()
                if part.get_content_maintype() != "text" else part.get_payload(decode=True)
                for part in self.message.iter_attachments()}


class MailServer:
    """Takes mail for everybody but those in `refused`: {address: the server's answer}.

    `limit` is the size of a mail in bytes; None: any.
    """

    def __init__(self, directory):
        self.mails = []
        self.limit = None
        self.refused = {}
        self._directory = directory
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server = None
        self.port = None
        self.sendmail = None

    def __enter__(self):
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        self.sendmail = self.client(self.port)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def client(self, port):
        """The path of a sendmail that hands mail to this port: msmtp with a configuration."""
        config = self._directory / f"msmtprc-{port}"
        config.write_text(f"account default\nhost 127.0.0.1\nport {port}\nfrom {FROM}\n"
                          f"timeout {TIMEOUT}\ntls off\nauth off\n")
        config.chmod(0o600)
        script = self._directory / f"sendmail-{port}"
        script.write_text(f'#!/bin/sh\nexec {MSMTP} -C "{config}" "$@"\n')
        script.chmod(0o700)
        return str(script)

    async def _listen(self):
        from aiosmtpd.smtp import SMTP
        return await self._loop.create_server(
            lambda: SMTP(self, hostname="mail.example", loop=self._loop,
                         data_size_limit=self.limit), "127.0.0.1", 0)

    # What aiosmtpd calls.

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(Mail(envelope))
        return "250 OK"
