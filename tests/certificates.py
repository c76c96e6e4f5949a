"""TLS certificates that sign themselves, good and bad, for a server on loopback."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOUR = timedelta(hours=1)


def certificate_for(
    folder: Path, address: str = "127.0.0.1", *, ends_in: timedelta = HOUR, authority: str = "a test"
) -> tuple[Path, Path]:
    """Files of a certificate, which is its own authority, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, authority)])
    ends = datetime.now(UTC) + ends_in
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(ends - 2 * HOUR)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "certificate.pem", folder / "key.pem"


def filed_under_its_hash(certificate: Path, directory: Path) -> None:
    """As `openssl rehash` does: SHA-1 of the name in lower case, which it is, without the outermost tag and length."""
    subject = x509.load_pem_x509_certificate(certificate.read_bytes()).subject
    digest = sha1(subject.public_bytes()[2:]).digest()
    (directory / f"{int.from_bytes(digest[:4], 'little'):08x}.0").write_bytes(certificate.read_bytes())
