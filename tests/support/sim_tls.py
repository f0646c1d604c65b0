"""A self-signed certificate for the model simulator, made when it is needed."""

import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

ADDRESS = ip_address("127.0.0.1")


class Certificate:
    """Of 127.0.0.1, for a day. Who trusts `pem` trusts the simulator."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "openrouter-sim")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ADDRESS)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem: bytes = made.public_bytes(Encoding.PEM)

    def write(self, folder: Path, owner: int) -> tuple[Path, Path]:
        """The certificate, and the key that only `owner` may read."""
        certificate, key = folder / "server.crt", folder / "server.key"
        certificate.write_bytes(self.pem)
        certificate.chmod(0o644)
        key.touch(mode=0o600)
        key.write_bytes(self._key_pem())
        os.chown(key, owner, -1)
        return certificate, key

    def server_context(self) -> ssl.SSLContext:
        """What a server needs; the key touches the disk for a moment, in a folder of our own."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        with tempfile.NamedTemporaryFile() as file:
            Path(file.name).write_bytes(self.pem + self._key_pem())
            context.load_cert_chain(file.name)
        return context

    def _key_pem(self) -> bytes:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
