"""Files: only what a signed record lists, only its owner gets it, durable before it is said."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.blobs import FileStore
from portal.intake.operations import intake_of
from portal.settings import Settings
from shared import media
from shared.errors import BodyMismatch, TooLarge
from tests.cast import NOW, Clock, Laptop


@pytest.fixture
def picture(laptop: Laptop) -> media.SealedMedia:
    return media.seal(os.urandom(70_000), "image/jpeg", laptop.id, laptop.seq, 0)


def listed(alice: Any, laptop: Laptop, *files: media.SealedMedia) -> None:
    body = laptop.seal(attachments=tuple(file.attachment for file in files)).wire
    sent = alice.http.post("/api/v1/check-in", data=body, headers=laptop.authorization(body))
    assert sent.status_code == 200


def put(caller: Any, laptop: Laptop, sha256: bytes, content: bytes) -> tuple[int, str]:
    response = caller.http.put(
        f"/api/v1/media/{sha256.hex()}", data=content, headers=laptop.authorization(sha256, NOW)
    )
    return response.status_code, response.json.get("code", "")


def parts(settings: Settings) -> list[Path]:
    return list((settings.data_dir / "blobs").rglob("*.part"))


def test_a_listed_file_comes_in_once_and_goes_out_to_its_owner(
    alice: Any, laptop: Laptop, picture: media.SealedMedia
) -> None:
    sha256 = picture.attachment.sha256
    listed(alice, laptop, picture)
    assert alice.get(f"/media/{sha256.hex()}").status_code == 404
    assert put(alice, laptop, sha256, picture.ciphertext) == (201, "")
    assert put(alice, laptop, sha256, picture.ciphertext) == (200, "")
    response = alice.get(f"/media/{sha256.hex()}")
    content = response.data
    response.close()
    assert response.content_type == "application/octet-stream"
    assert response.headers["Cache-Control"] == "no-store"
    opened = media.open_media(content, picture.attachment, picture.key, (laptop.id, 0, 0))
    assert len(opened) == 70_000


def test_bob_and_nobody_get_nothing(
    alice: Any, bob: Any, nobody: Any, laptop: Laptop, picture: media.SealedMedia
) -> None:
    listed(alice, laptop, picture)
    path = f"/media/{picture.attachment.sha256.hex()}"
    put(alice, laptop, picture.attachment.sha256, picture.ciphertext)
    assert bob.get(path).status_code == 404
    assert nobody.get(path).status_code == 401
    assert alice.get(f"/media/{'0' * 64}").status_code == 404
    assert alice.get("/media/../../etc/passwd").status_code == 404


def test_an_unlisted_file_is_not_taken(
    alice: Any, laptop: Laptop, picture: media.SealedMedia, settings: Settings
) -> None:
    other = media.seal(b"another picture", "image/jpeg", laptop.id, laptop.seq, 0)
    listed(alice, laptop, other)
    sha256 = picture.attachment.sha256
    assert put(alice, laptop, sha256, picture.ciphertext) == (404, "not-listed")
    assert not parts(settings)


def test_another_laptop_cannot_send_the_file(
    alice: Any, bob: Any, laptop: Laptop, picture: media.SealedMedia, clock: Clock
) -> None:
    listed(alice, laptop, picture)
    other = bob.adopt(clock)
    sha256 = picture.attachment.sha256
    assert put(bob, other, sha256, picture.ciphertext) == (404, "not-listed")


def test_mallory_cannot_sign_for_the_file(
    alice: Any, laptop: Laptop, picture: media.SealedMedia
) -> None:
    listed(alice, laptop, picture)
    headers = laptop.authorization(b"another body")
    path = f"/api/v1/media/{picture.attachment.sha256.hex()}"
    response = alice.http.put(path, data=picture.ciphertext, headers=headers)
    assert (response.status_code, response.json["code"]) == (401, "bad-signature")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (lambda right: right[:-1], (422, "body-mismatch")),
        (lambda right: right[:-1] + bytes([right[-1] ^ 1]), (422, "body-mismatch")),
        (lambda right: right + b"x", (413, "too-large")),
        (lambda right: b"", (422, "body-mismatch")),
    ],
)
def test_other_bytes_than_the_record_lists_are_refused_and_forgotten(
    alice: Any, laptop: Laptop, picture: media.SealedMedia, settings: Settings,
    wrong: Any, refusal: tuple[int, str],
) -> None:  # fmt: skip
    listed(alice, laptop, picture)
    sha256 = picture.attachment.sha256
    assert put(alice, laptop, sha256, wrong(picture.ciphertext)) == refusal
    assert not parts(settings)
    assert put(alice, laptop, sha256, picture.ciphertext) == (201, "")


def test_a_file_that_vanished_may_be_sent_again(
    app: Flask, alice: Any, laptop: Laptop, picture: media.SealedMedia
) -> None:
    listed(alice, laptop, picture)
    sha256 = picture.attachment.sha256
    put(alice, laptop, sha256, picture.ciphertext)
    intake_of(app).blobs.delete(sha256)
    assert alice.get(f"/media/{sha256.hex()}").status_code == 404
    assert put(alice, laptop, sha256, picture.ciphertext) == (201, "")


def test_a_folder_that_cannot_be_written_is_a_503(
    alice: Any, laptop: Laptop, picture: media.SealedMedia, settings: Settings
) -> None:
    listed(alice, laptop, picture)
    sha256 = picture.attachment.sha256
    blobs = settings.data_dir / "blobs"
    blobs.write_text("a file where the folder should be")
    assert put(alice, laptop, sha256, picture.ciphertext) == (503, "try-again")
    blobs.unlink()
    assert put(alice, laptop, sha256, picture.ciphertext) == (201, "")


def test_the_store_keeps_only_what_has_the_right_name(tmp_path: Path) -> None:
    store, content = FileStore(tmp_path), b"sealed"
    name = media.SealedMedia(content, media.MediaKey(b"", "", 0, b"", b"")).attachment.sha256
    upload = store.upload(name, len(content))
    upload.write(content[:3])
    assert not store.has(name)
    upload.write(content[3:])
    upload.finish()
    assert store.path(name).read_bytes() == content
    short = store.upload(name, 9)
    short.write(content)
    with pytest.raises(BodyMismatch):
        short.finish()
    long = store.upload(name, 2)
    with pytest.raises(TooLarge):
        long.write(content)
    long.discard()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name.hex()]


def test_uploads_that_nobody_finishes_are_swept_after_a_day(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    left = store.upload(bytes(32), 10)
    left.write(b"half")
    left._file.close()
    assert store.sweep(time.time() + 23 * 3600) == 0
    assert store.sweep(time.time() + 25 * 3600) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
