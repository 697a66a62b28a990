"""What a picture's file tells goes; the picture stays as it was: its pixels, colours, which way up it is."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from convoke.files.inspection import Refused, inspect
from convoke.files.metadata import Malformed, without_metadata
from tests.convoke.files import photos
from tests.convoke.files.photos import SECRET, frames, scene, tells

JPEG, PNG, WEBP, GIF = "image/jpeg", "image/png", "image/webp", "image/gif"
PICTURES = {
    "jpeg": (JPEG, photos.jpeg()),
    "jpeg, progressive": (JPEG, photos.jpeg(progressive=True)),
    "jpeg, with restarts": (JPEG, photos.jpeg(restart_marker_rows=1)),
    "jpeg, grey": (JPEG, photos.jpeg("L")),
    "jpeg, for print": (JPEG, photos.jpeg("CMYK")),
    "jpeg, long profile": (JPEG, photos.jpeg(icc_profile=photos.ICC + bytes(70_000))),
    "jpeg, large note": (JPEG, photos.jpeg(comment=SECRET * 9_000)),
    "png": (PNG, photos.png()),
    "png, 16 bits": (PNG, photos.png("I;16")),
    "png, see-through": (PNG, photos.png("RGBA")),
    "png, of colours": (PNG, photos.png("P", transparency=3)),
    "png, moving": (PNG, photos.png(save_all=True, append_images=[scene(seed=2)], duration=80)),
    "webp": (WEBP, photos.webp()),
    "webp, exact": (WEBP, photos.webp("RGBA", lossless=True)),
    "webp, moving": (WEBP, photos.webp(save_all=True, append_images=[scene(seed=2)], duration=80)),
    "gif": (GIF, photos.gif()),
    "gif, moving": (
        GIF,
        photos.gif(save_all=True, append_images=[scene(mode="P", seed=2)], loop=3, duration=80),
    ),
}


def a_picture(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    scene().save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_told_and_everything_is_seen_as_before(name: str) -> None:
    kind, body = PICTURES[name]
    assert SECRET in body
    assert tells(body)
    kept = without_metadata(body, kind)
    assert SECRET not in kept
    assert tells(kept) == set()
    assert frames(kept) == frames(body)
    assert without_metadata(kept, kind) == kept


def test_the_second_picture_in_a_file_goes() -> None:
    body = photos.two_in_one()
    kept = without_metadata(body, JPEG)
    assert (Image.open(io.BytesIO(body)).format, Image.open(io.BytesIO(kept)).format) == ("MPO", "JPEG")
    assert kept.count(b"\xff\xd8") == 1
    assert frames(kept)[0][:3] == frames(body)[0][:3]
    assert tells(kept) == set()


@pytest.mark.parametrize(("kind", "make"), [(JPEG, photos.jpeg), (PNG, photos.png), (WEBP, photos.webp)])
@pytest.mark.parametrize("orientation", range(10))
def test_which_way_up_is_all_that_is_kept_of_exif(kind: str, make: object, orientation: int) -> None:
    assert callable(make)
    kept = without_metadata(make(orientation=orientation), kind)
    told = Image.open(io.BytesIO(kept)).getexif()
    assert dict(told) == ({photos.ORIENTATION: orientation} if 2 <= orientation <= 8 else {})
    assert told.get_ifd(photos.GPS) == {}


@pytest.mark.parametrize(
    ("kind", "body"),
    [(JPEG, a_picture("JPEG")), (PNG, a_picture("PNG")), (WEBP, a_picture("WEBP")), (GIF, a_picture("GIF"))],
)
def test_a_picture_that_tells_nothing_stays_byte_for_byte(kind: str, body: bytes) -> None:
    assert without_metadata(body, kind) == body


def test_the_small_picture_in_the_head_of_a_jpeg_goes() -> None:
    body = a_picture("JPEG")
    head = body[:18] + b"\x01\x01" + b"\x53\x45\x43"
    body = head[:4] + (19).to_bytes(2, "big") + head[6:] + body[20:]
    kept = without_metadata(body, JPEG)
    assert b"SEC" not in kept
    assert kept == a_picture("JPEG")


def test_a_jpeg_whose_end_is_missing_gets_one() -> None:
    body = a_picture("JPEG")
    assert without_metadata(body[:-2], JPEG) == body


def test_a_gif_ends_where_its_blocks_do() -> None:
    body = a_picture("GIF")
    assert without_metadata(body[:-1] + b"\0SECRET", GIF) == body


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        *((kind, b"") for kind in (JPEG, PNG, WEBP, GIF)),
        *((kind, b"%PDF-1.7 no picture at all") for kind in (JPEG, PNG, WEBP, GIF)),
        (JPEG, a_picture("JPEG")[:30]),
        (JPEG, b"\xff\xd8\xff\xe1\0\0"),
        (JPEG, b"\xff\xd8" + a_picture("JPEG")),
        (PNG, a_picture("PNG")[:-12]),
        (PNG, a_picture("PNG")[:60]),
        (WEBP, a_picture("WEBP")[:-4]),
        (WEBP, b"RIFF\x0e\0\0\0WEBPVP8X\xff\0\0\0\0\0"),
        (GIF, a_picture("GIF")[:-3]),
        (GIF, b"GIF89a"),
    ],
)
def test_what_ends_too_early_or_never_began_is_no_picture(kind: str, body: bytes) -> None:
    with pytest.raises(Malformed):
        without_metadata(body, kind)


# Few enough to look at, and all the ways to lead a reader astray: lengths, kinds, flags, ends.
Edits = st.lists(st.tuples(st.integers(0, 6_000), st.binary(max_size=4), st.integers(0, 4)), max_size=4)


@given(st.sampled_from(sorted(PICTURES)), Edits, st.integers(0, 6_000))
def test_a_damaged_picture_is_refused_or_clean_and_stays_so(
    name: str, edits: list[tuple[int, bytes, int]], end: int
) -> None:
    kind, body = PICTURES[name]
    for at, added, cut in edits:
        body = body[:at] + added + body[at + cut :]
    for broken in (body, body[:end]):
        try:
            kept = without_metadata(broken, kind)
        except Malformed:
            continue
        assert len(kept) <= len(broken) + 2
        assert without_metadata(kept, kind) == kept


@given(st.sampled_from(sorted(PICTURES)), Edits)
def test_a_damaged_picture_is_refused_or_kept_as_it_was_looked_at(
    name: str, edits: list[tuple[int, bytes, int]]
) -> None:
    kind, body = PICTURES[name]
    for at, added, cut in edits:
        body = body[:at] + added + body[at + cut :]
    try:
        found = inspect(io.BytesIO(body), kind)
    except Refused:
        return
    assert found.picture is not None
    assert tells(found.picture) == set()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JPEG, b"\xff\xd8" + b"\xff" * 3_000_000),
        (JPEG, b"\xff\xd8" + b"\xff\xfe\0\2" * 700_000),
        (JPEG, b"\xff\xd8" + b"\xff\xda\0\2" * 700_000),
        (PNG, b"\x89PNG\r\n\x1a\n" + (bytes(4) + b"tEXt" + bytes(4)) * 250_000),
        (GIF, b"GIF89a" + bytes(7) + b"!\xfe" + b"\1a" * 1_500_000),
        (WEBP, b"RIFF" + (3_000_004).to_bytes(4, "little") + b"WEBP" + b"JUNK\0\0\0\0" * 375_000),
    ],
)
def test_a_file_made_to_be_read_for_ever_is_not(kind: str, body: bytes) -> None:
    """What takes the square of its length would take days with these."""
    with pytest.raises(Refused):
        inspect(io.BytesIO(body), kind)
