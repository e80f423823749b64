"""Picture files: every kind that is accepted, and every one that is refused, with a sentence that says why."""

import io
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from nnlib import picture_files
from nnlib.picture_files import ANALYSED_PIXELS, PictureError, read_picture

SHAPE = (60, 90)  # height, width


def scene():
    """A dark corner at the top left, on white."""
    pixels = np.full((*SHAPE, 3), 255, np.uint8)
    pixels[:20, :30] = (10, 20, 120)
    return Image.fromarray(pixels)


def file_of(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def brightness(picture):
    return picture.pixels if picture.pixels.ndim == 2 else picture.pixels @ np.array([0.299, 0.587, 0.114])


def is_scene(picture):
    grey = brightness(picture)
    return picture.size == SHAPE[::-1] and grey.shape == SHAPE and grey[5:15, 5:25].max() < 80 and grey[25:].min() > 240


def with_transparency():
    image = scene().convert("RGBA")
    image.putalpha(Image.fromarray(np.where(np.asarray(scene())[..., 0] < 100, 255, 0).astype(np.uint8)))
    pixels = np.array(image)
    pixels[pixels[..., 3] == 0] = 0  # black, but transparent
    return Image.fromarray(pixels)


def sixteen_bits():
    return Image.fromarray(np.asarray(scene().convert("L")).astype(np.uint16) * 257)


@pytest.mark.parametrize(
    ("name", "image", "kind"),
    [
        ("x.png", scene(), "PNG"),
        ("x.JPG", scene(), "JPEG"),
        ("x.jpeg", scene().convert("CMYK"), "JPEG"),
        ("x.webp", scene(), "WEBP"),
        ("x.gif", scene(), "GIF"),
        ("x.bmp", scene(), "BMP"),
        ("x.tif", scene(), "TIFF"),
        ("no-ending", scene(), "PNG"),
        ("x.png", scene().convert("L"), "PNG"),
        ("x.png", scene().convert("1", dither=Image.Dither.NONE), "PNG"),
        ("x.png", scene().convert("P"), "PNG"),
        ("x.png", with_transparency(), "PNG"),
        ("x.png", with_transparency().convert("LA"), "PNG"),
        ("x.gif", with_transparency(), "GIF"),
        ("x.webp", with_transparency(), "WEBP"),
        ("x.png", sixteen_bits(), "PNG"),
        ("x.tif", sixteen_bits(), "TIFF"),
        ("x.tif", scene().convert("CMYK"), "TIFF"),
        ("x.tif", scene().convert("F"), "TIFF"),
        ("x.tif", scene().convert("I"), "TIFF"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.mode,
)
def test_kinds_and_modes(name, image, kind):
    assert is_scene(read_picture(file_of(image, kind), name))


def test_a_path_an_open_file_and_bytes(tmp_path):
    path = tmp_path / "drawing.png"
    scene().save(path)
    assert is_scene(read_picture(path)) and is_scene(read_picture(str(path)))
    with path.open("rb") as opened:
        assert is_scene(read_picture(opened))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation):
    """Turned as a camera stores it, with the note how to turn it back."""
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that undoes the note
    image = scene() if orientation == 1 else scene().transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert is_scene(read_picture(file_of(image, "JPEG", exif=exif)))


def test_a_note_that_is_damaged_is_ignored():
    data = file_of(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert is_scene(read_picture(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_is_reduced_and_boxes_are_of_the_original(kind):
    image = scene().resize((2400, 1600), Image.Resampling.NEAREST)
    picture = read_picture(file_of(image, kind))
    height, width = picture.pixels.shape[:2]
    assert picture.size == (2400, 1600) and 0.9 * ANALYSED_PIXELS < height * width < 1.1 * ANALYSED_PIXELS
    assert brightness(picture)[: height // 4, : width // 4].max() < 80
    assert picture.in_original((0, 0, width, height)) == (0, 0, 2400, 1600)


def png_of_size(width, height):
    """A PNG with a header of this size, and hardly any pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


FRAMES = {"save_all": True, "append_images": [scene().convert("L")]}
BAD = {
    "text": (b"hello, I am not a picture", "x.png", "another kind of file"),
    "empty": (b"", "x.png", "an empty file"),
    "html": (b"<html><script>alert(1)</script></html>", "x.html", "another kind of file"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "x.svg", "another kind of file"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "x.eps", "another kind of file"),
    "another format": (file_of(scene(), "PPM"), "x.ppm", "another kind of file"),
    "animated GIF": (file_of(scene(), "GIF", **FRAMES), "x.gif", "one picture, got a GIF"),
    "animated PNG": (file_of(scene(), "PNG", **FRAMES), "x.png", "one picture, got a PNG"),
    "animated WebP": (file_of(scene(), "WEBP", **FRAMES), "x.webp", "one picture, got a WEBP"),
    "TIFF of two pages": (file_of(scene(), "TIFF", **FRAMES), "x.tif", "one picture, got a TIFF"),
    "100 megapixels": (png_of_size(10_000, 10_000), "x.png", "at most 40 megapixels, got 100.0 (10000 x 10000)"),
    "a bomb": (png_of_size(60_000, 60_000), "x.png", "at most 40 megapixels"),
    "truncated PNG": (file_of(scene(), "PNG")[:-40], "x.png", "truncated"),
    "truncated JPEG": (file_of(scene(), "JPEG")[:-200], "x.jpg", "truncated"),
    "truncated WebP": (file_of(scene(), "WEBP")[:-40], "x.webp", ""),
    "PNG without pixels": (png_of_size(500, 500), "x.png", "truncated"),
    "a PNG called JPEG": (file_of(scene(), "PNG"), "x.jpg", "its ending .jpg says, got PNG"),
    "a JPEG called PNG": (file_of(scene(), "JPEG"), "x.png", "its ending .png says, got JPEG"),
    "a PNG called text": (file_of(scene(), "PNG"), "x.txt", "its ending .txt says, got PNG"),
    "too many bytes": (b"\x89PNG\r\n\x1a\n" + bytes(picture_files.MOST_BYTES), "x.png", "at most 20 MB"),
}


@pytest.mark.parametrize("case", BAD)
def test_refused(case):
    data, name, reason = BAD[case]
    with pytest.raises(PictureError) as refused:
        read_picture(data, name)
    assert "expected" in str(refused.value) and "got" in str(refused.value) and reason in str(refused.value)


def test_no_pixel_of_a_file_that_is_too_large_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PictureError):
        read_picture(png_of_size(10_000, 4_001))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damaged_files_raise_nothing_else(kind):
    generator = np.random.default_rng(0)
    good = np.frombuffer(file_of(scene(), kind), np.uint8)
    for _ in range(60):
        damaged = good.copy()
        at = generator.integers(0, min(len(good), 400), 6)
        damaged[at] = generator.integers(0, 256, 6)
        try:
            read_picture(damaged.tobytes())
        except PictureError as error:
            assert "expected" in str(error)


@pytest.mark.parametrize("path", ["missing.png", "folder"])
def test_paths_that_are_no_files(tmp_path, path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(PictureError, match="got"):
        read_picture(tmp_path / path)


def test_heic_needs_a_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    with pytest.raises(PictureError, match="pillow-heif"):
        read_picture(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "x.heic")


@pytest.mark.parametrize("orientation", [1, 6])
def test_heic_with_that_package(orientation):
    plugin = pytest.importorskip("pillow_heif", reason="HEIC is read with pillow-heif; `pip install pillow-heif`")
    file, exif = io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = scene() if orientation == 1 else scene().transpose(Image.Transpose.ROTATE_90)
    plugin.from_pillow(image).save(file, exif=exif.tobytes())
    assert is_scene(read_picture(file.getvalue(), "x.heic"))
    with pytest.raises(PictureError, match=r"ending \.png"):
        read_picture(file.getvalue(), "x.png")
    with pytest.raises(PictureError, match="damaged"):
        read_picture(file.getvalue()[:-50], "x.heic")


@pytest.mark.parametrize(("pen", "expected"), [(255, 0), (0, 255)])
def test_what_is_behind_a_transparent_picture(pen, expected):
    """White strokes on nothing stay visible."""
    pixels = np.full((40, 50, 4), pen, np.uint8)
    pixels[..., 3] = 0
    pixels[10:30, 20:25, 3] = 255
    pixels = read_picture(file_of(Image.fromarray(pixels), "PNG")).pixels
    assert (pixels[0, 0] == expected).all() and (pixels[15, 22] == pen).all()
