import datetime
import ipaddress
import select
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.wake import SILENCE_S, Channel
from tests.agent.other_end import problem


def door(served, **changes):
    port = served.url.rsplit(":", 1)[1]
    return {"scheme": "http", "host": "localhost", "ip": "127.0.0.1", "port": port,
            "path": "/api/v1/wake", "ticket": "t", "certificates": "/none"} | changes  # fmt: skip


def run(channel, until, now=0.0):
    """Drive it as the supervisor does; True when it woke. Gives up after ten seconds of silence."""
    for _ in range(200):
        poll = select.poll()
        if channel.fd is not None:
            poll.register(channel.fd, channel.events)
        ready = bool(channel.fd is not None and poll.poll(10_000 if channel.events else 0))
        if channel.step(now, ready):
            return True
        if until():
            return False
    raise AssertionError("it never came so far")


@pytest.fixture
def listening(portal, served):
    channel = Channel(door(served), 0.0)
    run(channel, lambda: channel.listening)
    yield channel
    portal.wake.set()
    channel.close()


def test_news_wake_the_laptop(portal, listening):
    threading.Timer(0.1, portal.wake.set).start()
    assert run(listening, lambda: False)
    assert listening.over


def test_nothing_new_is_asked_again_on_the_same_connection(portal, served):
    portal.hold_wake_s = 0.01
    channel = Channel(door(served), 0.0)
    run(channel, lambda: channel.listening)
    fd, seen = channel.fd, len(portal.requests)
    assert not run(channel, lambda: len(portal.requests) >= seen + 3)
    assert channel.fd == fd
    assert channel.listening
    channel.close()


@pytest.mark.parametrize("status", [401, 403, 404, 410, 503])
def test_a_ticket_refused_is_not_tried_again(portal, served, status):
    portal.misbehave = lambda method, path: problem(status, "no")
    channel = Channel(door(served), 0.0)
    assert not run(channel, lambda: channel.over)
    assert not channel.listening
    assert channel.fd is None


def test_a_line_that_is_cut_is_dialed_again_after_a_pause(portal, served):
    portal.misbehave = lambda method, path: (0, b"")
    channel = Channel(door(served), 0.0)
    run(channel, lambda: channel.fd is None and channel.due > 0)
    assert not channel.listening
    assert 2.5 <= channel.due <= 5
    assert not channel.step(channel.due - 0.1, ready=False)
    assert channel.fd is None
    portal.misbehave = lambda method, path: None
    run(channel, lambda: channel.listening, now=channel.due)
    portal.wake.set()
    channel.close()


def test_pauses_grow_to_ten_minutes(served):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = str(nobody.getsockname()[1])
    channel = Channel(door(served, port=port), 0.0)
    pauses, now = [], 0.0
    for _ in range(12):
        run(channel, lambda now=now: channel.fd is None and channel.due > now, now)
        pauses.append(channel.due - now)
        now = channel.due
    assert pauses[0] <= 5
    assert 300 <= pauses[-1] <= 600


def test_silence_for_too_long_means_the_line_is_dead(listening):
    assert not listening.step(SILENCE_S + 1.0, ready=False)
    assert not listening.listening
    assert not listening.over


SAID = {
    "no HTTP": b"hello\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\n\r\n{}",
    "no end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000,
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
}


@pytest.mark.parametrize("what", SAID)
def test_nonsense_neither_wakes_nor_breaks_it(served, what):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            caller, _ = server.accept()
            with caller:
                caller.recv(4096)
                caller.sendall(SAID[what])

        thread = threading.Thread(target=answer)
        thread.start()
        channel = Channel(door(served, port=str(server.getsockname()[1])), 0.0)
        assert not run(channel, lambda: channel.fd is None and channel.due > 0)
        thread.join()
    assert not channel.over


# --- https ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Self-signed, for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(begin).not_valid_after(begin.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path_factory.mktemp("tls") / "portal.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(pem))
    return file


@pytest.fixture
def secured(certificate):
    """An https server that answers one request with news."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve():
        with server, context.wrap_socket(server, server_side=True) as secure:
            try:
                caller, _ = secure.accept()
            except OSError:
                return
            with caller:
                asked.append(caller.recv(4096))
                body = b'{"wake": true}'
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + body)

    asked = []
    server = socket.create_server(("127.0.0.1", 0))
    port = str(server.getsockname()[1])
    thread = threading.Thread(target=serve)
    thread.start()
    yield port, asked
    thread.join()


def secure_door(port, certificate, **changes):
    where = {"scheme": "https", "host": "localhost", "ip": "127.0.0.1", "port": port}
    said = {"path": "/api/v1/wake", "ticket": "t", "certificates": str(certificate)}
    return where | said | changes


def test_it_speaks_https(secured, certificate):
    port, asked = secured
    channel = Channel(secure_door(port, certificate), 0.0)
    assert run(channel, lambda: channel.due > 400)
    assert asked[0].startswith(b"GET /api/v1/wake?ticket=t HTTP/1.1\r\n")


def test_it_tells_its_ticket_to_nobody_with_another_name(secured, certificate):
    port, asked = secured
    channel = Channel(secure_door(port, certificate, host="elsewhere.example"), 0.0)
    assert not run(channel, lambda: channel.fd is None and channel.due > 0)
    assert asked == []
