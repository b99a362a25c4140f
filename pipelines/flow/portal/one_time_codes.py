"""One-time codes by time (TOTP, RFC 6238: six digits, 30 seconds, SHA-1, as every authenticator app has them). The secret of an account
is stored encrypted with the secret of the pages, shown once, and each code is good once."""

from __future__ import annotations

import base64
import logging
from datetime import datetime

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ...settings import Settings
from .web_secret import web_secret

SECONDS = 30
DRIFT_STEPS = 1
"""A telephone whose clock is up to half a minute off, as RFC 6238 §5.2 recommends."""
DIGITS = 6
ISSUER = "Saima"
logger = logging.getLogger(__name__)


def new_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, username: str) -> str:
    """`otpauth://totp/…`, which authenticator apps take."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def provisioning_picture(uri: str) -> str:
    """The same as a QR code (ISO/IEC 18004, level M, four modules of quiet zone) in SVG: black on white in a dark page too, since not
    every camera reads the inverse, and without inline styles, which the policy of the pages forbids."""
    return segno.make_qr(uri, error="m").svg_inline(border=4, omitsize=True, dark="#000", light="#fff")


def encrypt(settings: Settings, secret: str) -> str:
    """For the database."""
    return _cipher(settings).encrypt(secret.encode()).decode()


def step_of(settings: Settings, encrypted: str, code: str, now: datetime, after: int) -> int | None:
    """The time step whose code this is, later than `after` (the last one that was used); None for any other code, also where the
    secret of the pages is another than the one it was encrypted with."""
    given = "".join(code.split())
    if len(given) != DIGITS or not given.isascii() or not given.isdigit():
        return None
    try:
        secret = _cipher(settings).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        logger.error(
            "SAIMA_WEB_SECRET is another than when the one-time codes were set up: saima users totp NAME --off"
        )
        return None
    codes, current = pyotp.TOTP(secret), int(now.timestamp()) // SECONDS
    found = [
        step
        for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1)
        if pyotp.utils.strings_equal(codes.generate_otp(step), given) and step > after
    ]
    return max(found, default=None)


def _cipher(settings: Settings) -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"saima-one-time-codes").derive(web_secret(settings))
    return Fernet(base64.urlsafe_b64encode(key))
