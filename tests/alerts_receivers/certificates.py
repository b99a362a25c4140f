"""A certificate authority of our own and a certificate for this machine, as PEM files; nothing outside trusts them."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificates:
    """`authority`: the root that a client must be given (`ca_file`); `chain`: certificate and key of the server."""

    authority: Path
    chain: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        return context


def make(folder: Path, host: str = "localhost") -> Certificates:
    """Root and server certificate for `host` and 127.0.0.1, valid for a day around now."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Saima test root")])
    start = datetime.now(UTC) - timedelta(days=1)

    def signed(name: x509.Name, public: ec.EllipticCurvePublicKey, authority: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(root_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )
        if authority:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        else:
            names = [x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(root_key, hashes.SHA256())

    root = signed(root_name, root_key.public_key(), authority=True)
    leaf = signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key.public_key(), authority=False)
    folder.mkdir(parents=True, exist_ok=True)
    found = Certificates(folder / "root.pem", folder / "server.pem")
    found.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    found.chain.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
    return found
