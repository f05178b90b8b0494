"""The portal with its own certificate, as a small operator without a proxy runs it."""

import datetime
import ipaddress
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.settings import BadSettings, from_environment

RUN = [sys.executable, "-c", "import sys; from portal.cli import main; sys.exit(main())", "run"]
START_S = 30


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A self-signed ECDSA certificate for loopback, and its key, as the portal is told of them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(begin).not_valid_after(begin.replace(year=2120))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    certificate, private = tmp_path / "portal.pem", tmp_path / "portal.key"
    certificate.write_bytes(made.public_bytes(pem))
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return {
        "HOMEWARD_DATA_DIR": str(tmp_path / "data"),
        "HOMEWARD_TLS_CERTIFICATE": str(certificate),
        "HOMEWARD_TLS_KEY": str(private),
    }


@pytest.fixture
def url(files: dict[str, str]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    ours = files | {"HOMEWARD_LISTEN": address, "HOMEWARD_PUBLIC_URL": f"https://{address}"}
    with subprocess.Popen(RUN, env=os.environ | ours, stdout=subprocess.DEVNULL) as process:
        yield ours["HOMEWARD_PUBLIC_URL"]
        process.terminate()


def test_it_answers_over_tls_with_its_own_certificate(url: str, files: dict[str, str]) -> None:
    certificate = files["HOMEWARD_TLS_CERTIFICATE"]
    deadline = time.monotonic() + START_S
    while True:
        try:
            answer = requests.get(f"{url}/api/v1/portal-keys", verify=certificate, timeout=5)
            break
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{url}/api/v1/portal-keys", timeout=5)


@pytest.mark.parametrize("left_out", ["HOMEWARD_TLS_CERTIFICATE", "HOMEWARD_TLS_KEY"])
def test_one_file_alone_is_refused(files: dict[str, str], left_out: str) -> None:
    del files[left_out]
    with pytest.raises(BadSettings, match="two PEM files"):
        from_environment(files)


def test_a_file_that_is_not_there_is_refused(files: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match="two PEM files"):
        from_environment(files | {"HOMEWARD_TLS_KEY": "/nowhere/portal.key"})
