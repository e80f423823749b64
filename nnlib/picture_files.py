"""Picture files, read with Pillow: the only module of the library that needs it.

A file from an untrusted source: only the formats in FORMATS are tried, the size is checked before the pixels are
decoded, and whatever is wrong raises a PictureError that says what was expected and what was found.
"""

import io
import mimetypes
import os
import warnings
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from nnlib.segmentation import Box

MOST_BYTES = 20 * 2**20
MOST_PIXELS = 40_000_000
ANALYSED_PIXELS = 2_000_000  # larger pictures are reduced
FORMATS = {  # as Pillow names them, with the endings of their files
    "PNG": ("png",),
    "JPEG": ("jpg", "jpeg", "jpe", "jfif"),
    "MPO": ("jpg", "jpeg", "mpo"),  # a JPEG with a second one behind it, as some telephones write
    "WEBP": ("webp",),
    "GIF": ("gif",),
    "BMP": ("bmp",),
    "TIFF": ("tif", "tiff"),
    "HEIF": ("heic", "heif", "hif"),  # only where pillow_heif is installed
}
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
ORIENTATIONS = {  # the values of EXIF
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SMALL = 512  # pixels along a side of a picture of a data set
LONGEST_SIDE = 8192  # pixels, after reduction
EXPECTED = "expected a picture (PNG, JPEG, WebP, HEIC, GIF, BMP or TIFF)"

File = str | os.PathLike[str] | bytes | BinaryIO


class PictureError(ValueError):
    """The file is no picture that can be read; the message says what was expected and what was found."""


@dataclass(frozen=True, eq=False)
class PictureFile:
    """A decoded picture, turned upright: `pixels` (height, width) of brightness or (height, width, 3) of red, green and
    blue, reduced to about ANALYSED_PIXELS, and `size`, the width and height before that."""

    pixels: NDArray[np.uint8]
    size: tuple[int, int]

    def in_original(self, box: Box) -> Box:
        """A box in `pixels` as one in the picture before its reduction."""
        height, width = self.pixels.shape[:2]
        across, down = self.size[0] / width, self.size[1] / height
        left, top, right, bottom = box
        return round(left * across), round(top * down), round(right * across), round(bottom * down)


def read_picture(file: File, name: str | None = None) -> PictureFile:
    """Decode a file: a path, its bytes or an open file. `name`, by default that of the path, must not end in the ending
    of another kind of file."""
    try:
        data = _bytes(file)
        if name is None and isinstance(file, (str, os.PathLike)):
            name = os.fspath(file)
    except OSError as error:
        raise PictureError(f"{EXPECTED}, got {error.strerror or error}") from error
    if len(data) > MOST_BYTES:
        raise PictureError(f"expected a file of at most {MOST_BYTES >> 20} MB, got more")
    if not data:
        raise PictureError(f"{EXPECTED}, got an empty file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what is refused, or does no harm
            with Image.open(io.BytesIO(data), formats=_formats(data)) as image:
                _check(image, name or "")
                return _decoded(image)
    except PictureError:
        raise
    except UnidentifiedImageError:
        found = "HEIC that cannot be decoded: it may be damaged" if _is_heic(data) else "another kind of file"
        raise PictureError(f"{EXPECTED}, got {found}") from None
    except Image.DecompressionBombError:
        raise PictureError(f"expected at most {MOST_PIXELS // 10**6} megapixels, got far more") from None
    except Exception as error:  # damaged files raise a dozen unrelated exceptions, whose words help nobody
        raise PictureError("expected a complete picture, got a damaged or truncated file") from error


def read_grey(data: bytes, name: str) -> NDArray[np.uint8]:
    """The brightness (height, width) of a PNG file of the size it has, at most SMALL along a side."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if max(image.size) > SMALL:
                raise PictureError("expected at most {0} x {0} pixels, got {1} x {2}".format(SMALL, *image.size))
            image.load()
            decoded = _eight_bits(image)
    except PictureError:
        raise
    except Exception as error:  # as above
        raise PictureError("expected a complete PNG picture, got a damaged, truncated or other file") from error
    if decoded.mode == "RGBA":
        decoded = Image.alpha_composite(Image.new("RGBA", decoded.size, "white"), decoded)
    return np.array(decoded.convert("L"))


def _bytes(file: File) -> bytes:
    if isinstance(file, bytes):
        return file
    if isinstance(file, (str, os.PathLike)):
        if os.path.exists(file) and not os.path.isfile(file):  # a pipe might never end
            raise PictureError(f"{EXPECTED}, got something that is not a file")
        with open(file, "rb") as opened:
            return opened.read(MOST_BYTES + 1)
    return file.read(MOST_BYTES + 1)


def _is_heic(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS


def _formats(data: bytes) -> list[str]:
    """The formats to try; HEIF only where pillow_heif is installed."""
    if not _is_heic(data):
        return [name for name in FORMATS if name not in ("MPO", "HEIF")]  # MPO begins as JPEG
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise PictureError(f"{EXPECTED}, got HEIC, which needs one more package: pip install pillow-heif") from None
    register_heif_opener()
    return ["HEIF"]


def _check(image: Image.Image, name: str) -> None:
    """Refuse, before any pixel is decoded, what is too large, moves, or has the ending of another kind of file."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        megapixels = f"{width * height / 1e6:.1f} ({width} x {height})"
        raise PictureError(f"expected at most {MOST_PIXELS // 10**6} megapixels, got {megapixels}")
    kind = image.format or ""
    if kind != "MPO" and getattr(image, "is_animated", False):
        raise PictureError(f"expected one picture, got a {kind} file of several")
    ending = os.path.splitext(name)[1].removeprefix(".").lower()
    known = any(ending in endings for endings in FORMATS.values()) or mimetypes.guess_type(f"x.{ending}")[0]
    if known and ending not in FORMATS[kind]:
        raise PictureError(f"expected a file of the type its ending .{ending} says, got {kind}")


def _decoded(image: Image.Image) -> PictureFile:
    width, height = image.size
    reduction = max(1.0, (width * height / ANALYSED_PIXELS) ** 0.5, max(width, height) / LONGEST_SIDE)
    wanted = (max(1, round(width / reduction)), max(1, round(height / reduction)))
    image.draft(None, wanted)  # a JPEG is decoded at a half, a quarter or an eighth of its size, at least this large
    image.load()
    orientation = _orientation(image)
    decoded = _eight_bits(image)
    if decoded.size != wanted:
        decoded = decoded.resize(wanted, Image.Resampling.BILINEAR)
    if decoded.mode == "RGBA":
        decoded = Image.alpha_composite(Image.new("RGBA", decoded.size, _behind(decoded)), decoded).convert("RGB")
    if orientation in ORIENTATIONS:
        decoded = decoded.transpose(ORIENTATIONS[orientation])
    return PictureFile(np.array(decoded), (height, width) if orientation >= 5 else (width, height))


def _behind(image: Image.Image) -> str:
    """What to put behind a transparent picture: white, or black if there is little on it, and that is bright."""
    opacity = np.asarray(image.getchannel("A"), np.float32)
    brightness = (opacity * np.asarray(image.convert("L"))).sum()
    return "black" if opacity.mean() < 127.5 and brightness > 127.5 * opacity.sum() else "white"


def _orientation(image: Image.Image) -> int:
    """How to turn the picture upright, by its EXIF data; 1, not at all, if these are missing or damaged."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # they are no part of the picture
        return 1
    return orientation if orientation in ORIENTATIONS else 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture in mode L, RGB or RGBA, whatever it was."""
    if image.mode[0] in "IF":  # 16 or 32 bits a pixel
        values = np.nan_to_num(np.asarray(image, np.float32))
        ranges = (1, 255, 65535) if image.mode == "F" else (65535,) if ";" in image.mode else (255, 65535)
        full = next((most for most in ranges if values.max() <= most), values.max())
        return Image.fromarray(np.clip(values * (255 / full), 0, 255).astype(np.uint8))
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
