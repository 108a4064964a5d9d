"""A broker that lets in whom it knows, over TLS, with certificates made for the occasion."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.frozen import frozen
from tests.broker import Broker, free_port, java_with
from tests.kafka_jars import jars

CLUSTER = "4L6g3nShT-eMCtK--X86sw"
PASSWORDS = {"ana": "pencil", "ben": "crayon", "cem": "marker"}  # only ana may do something
PLAIN = " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items())
MODULES = "org.apache.kafka.common.security"


@frozen
class Authority:
    """Signs certificates."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> str:
        """Its own certificate, for whom it is to be trusted by."""
        return str(self.folder / "ca.pem")

    def signed(self, name: str) -> Path:
        """A key and a certificate of this name, for localhost, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        places = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        certificate = (
            _unsigned(name, key, self.certificate.subject)
            .add_extension(x509.SubjectAlternativeName(places), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        path = self.folder / f"{name}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        return path


@frozen
class Guarded:
    """Where the broker is, by how it is spoken to."""

    broker: Broker
    authority: Authority
    sasl_tls: str
    sasl_plaintext: str
    tls: str  # with a certificate of one's own

    def allow(self, name: str, topics: str, operations: Sequence[str], *more: str) -> None:
        """Allow somebody to do this with the topics whose names begin so."""
        words = ["--bootstrap-server", self.broker.address, "--add", "--allow-principal"]
        words += [f"User:{name}", "--topic", topics, "--resource-pattern-type", "prefixed", *more]
        words += [word for operation in operations for word in ("--operation", operation)]
        run_java("org.apache.kafka.tools.AclCommand", *words)


def authority(folder: Path) -> Authority:
    """A new one that nobody knows yet."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    certificate = (
        _unsigned("authority", key, name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return Authority(folder=folder, key=key, certificate=certificate)


def run_java(program: str, *words: str) -> None:
    """Run one of Kafka's own tools; it must succeed."""
    command = [*java_with(jars()), program, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def guarded(folder: Path) -> Iterator[Guarded]:
    """Such a broker; its users are in `PASSWORDS`."""
    ports = [free_port() for _ in range(3)]
    names = ("SECURE", "NAMED", "ENCRYPTED")
    listeners = [f"{name}://localhost:{port}" for name, port in zip(names, ports, strict=True)]
    trusted = authority(folder / "certificates")
    broker = Broker(folder, listeners=listeners, options=_options(trusted))
    _with_users(broker)
    try:
        broker.start()
        urls = [f"kafka://localhost:{port}" for port in ports]
        yield Guarded(
            broker=broker,
            authority=trusted,
            sasl_tls=urls[0],
            sasl_plaintext=urls[1],
            tls=urls[2],
        )
    finally:
        broker.kill()


def _options(trusted: Authority) -> dict[str, str]:
    options = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS;User:ana;User:CN=fairlead",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(trusted.signed("broker")),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": trusted.file,
        "listener.name.encrypted.ssl.client.auth": "required",
    }
    for listener in ("secure", "named"):
        prefix = f"listener.name.{listener}"
        plain = f"{MODULES}.plain.PlainLoginModule required {PLAIN};"
        scram = f"{MODULES}.scram.ScramLoginModule required;"
        options |= {
            f"{prefix}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            f"{prefix}.plain.sasl.jaas.config": plain,
            f"{prefix}.scram-sha-256.sasl.jaas.config": scram,
            f"{prefix}.scram-sha-512.sasl.jaas.config": scram,
        }
    return options


def _with_users(broker: Broker) -> None:
    """Format its storage with the users whose passwords are kept as SCRAM wants them."""
    words = ["format", "--cluster-id", CLUSTER, "--config", str(broker.configured())]
    for name, password in PASSWORDS.items():
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            words += ["--add-scram", f"{mechanism}=[name={name},password={password}]"]
    run_java("kafka.tools.StorageTool", *words)


def _unsigned(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name
) -> x509.CertificateBuilder:
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
    )
