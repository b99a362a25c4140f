"""The secret of the pages of a home: signs sessions and form tokens, encrypts the secrets of one-time codes."""

from __future__ import annotations

import os
import secrets

from ...settings import Settings

KEY_FILE = "web.key"


def web_secret(settings: Settings) -> bytes:
    """SAIMA_WEB_SECRET, else made once for this home and readable by its owner alone."""
    if settings.web_secret:
        return settings.web_secret.encode()
    file = settings.home / KEY_FILE
    if not file.exists():
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(part, file)  # of two processes that make one, the first wins
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return file.read_bytes()
