"""A cluster that cannot be reached is one sentence that says why, whatever stands at its address."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ibtui.backtest.sweep.cluster import cluster
from ibtui.domain.failure import IbtuiError

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
GREETING = (3).to_bytes(8, "little")
"""How the first message of a scheduler begins."""
Serve = Callable[[socket.socket], object]


@contextlib.contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """A port at which whoever connects first is served so; closed with the block."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    serve(connection)

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def refusal(address: str) -> IbtuiError:
    with pytest.raises(IbtuiError) as found, cluster(address):
        pass
    return found.value


@pytest.mark.parametrize(
    "address",
    ["tcp://localhost", "tls://", "tcp://127.0.0.1:99999", "tcp://127.0.0.1:abc", "tls://[::1", "tcp://192.0.2.1:8786"],
)
def test_what_is_no_address_is_refused_before_anything_is_asked(address: str) -> None:
    found = refusal(address)
    assert (found.code, found.message) == (
        "usage",
        f"The cluster's address must be tls://HOST:PORT, not '{address}'.",
    )


def test_nobody_who_listens_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = refusal(f"tcp://127.0.0.1:{port}")
    assert (found.code, found.message) == (
        "no_cluster",
        f"The cluster at tcp://127.0.0.1:{port} did not answer: Connection refused.",
    )


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what listens there is no scheduler of dask"),
        (b"", "it closed the connection"),
    ],
)
def test_what_is_no_scheduler_is_told(says: bytes, why: str) -> None:
    with listening(lambda connection: connection.sendall(says)) as port:
        assert refusal(f"tcp://127.0.0.1:{port}").message.endswith(f"did not answer: {why}.")


# certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two that sign themselves, each a file with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates, and is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    made = []
    for name in ("one", "two"):
        file = folder / f"{name}.pem"
        words = ("req", "-x509", *key, "-days", "2", "-subj", "/CN=localhost", "-keyout", file, "-out", file)
        subprocess.run(["openssl", *words], check=True, capture_output=True)
        made.append(file)
    return made[0], made[1]


def secured(own: Path, trusted: Path | None = None) -> Serve:
    """Serves over TLS as a scheduler with that certificate; `trusted` are the callers' that it wants to see."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    if trusted is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(trusted)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as talk:
            talk.sendall(GREETING)

    return serve


def configured(monkeypatch: pytest.MonkeyPatch, **files: Path) -> None:
    import dask

    values = {f"distributed.comm.tls.{name.replace('__', '.')}": str(file) for name, file in files.items()}
    monkeypatch.setattr(dask.config, "config", dask.config.merge(dask.config.config, {}))
    dask.config.set(values)


def test_a_scheduler_with_a_foreign_certificate_is_not_trusted(
    certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = certificates
    configured(monkeypatch, ca_file=ours, client__cert=ours)
    with listening(secured(theirs)) as port:
        found = refusal(f"tls://127.0.0.1:{port}")
    assert found.code == "no_cluster"
    assert found.message.endswith("did not answer: its certificate is not trusted (self-signed certificate).")


def test_a_scheduler_that_does_not_trust_us_is_told(
    certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = certificates
    configured(monkeypatch, ca_file=theirs, client__cert=ours)
    with listening(secured(theirs, trusted=theirs)) as port:
        found = refusal(f"tls://127.0.0.1:{port}")
    assert "did not answer: TLS was refused (" in found.message


def test_a_scheduler_without_tls_is_told(certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    configured(monkeypatch, ca_file=certificates[0], client__cert=certificates[0])
    with listening(lambda connection: connection.sendall(GREETING)) as port:
        assert "did not answer: TLS was refused (" in refusal(f"tls://127.0.0.1:{port}").message


def test_certificates_that_are_not_there_are_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    configured(monkeypatch, ca_file=tmp_path / "none.pem", client__cert=tmp_path / "none.pem")
    found = refusal("tls://127.0.0.1:1")
    assert (found.code, found.message) == (
        "usage",
        "The cluster's certificates cannot be read: No such file or directory.",
    )
