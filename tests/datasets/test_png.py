import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from annotation_noise.datasets.png import PixelForm, read_png
from annotation_noise.errors import InputError
from tests.folders import GREY, PALETTE, RGB, png

small = hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hnp.arrays(np.uint16, small))
def test_sixteen_bits_come_back(tmp_path: Path, pixels: NDArray[np.uint16]) -> None:
    found = read_png(png(tmp_path / "a.png", pixels), "16-bit grey")
    assert found.dtype == np.uint16
    assert np.array_equal(found, pixels)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hnp.arrays(np.uint8, small.map(lambda shape: (*shape, 3))))
def test_colours_come_back_in_the_order_of_the_file(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    found = read_png(png(tmp_path / "a.png", pixels, RGB, 8), "8-bit RGB")
    assert found.dtype == np.uint8
    assert np.array_equal(found, pixels)


@pytest.mark.parametrize(
    ("colour_type", "bits", "form", "message"),
    [
        (GREY, 8, "16-bit grey", "must be 16-bit grey, but is 8-bit grey"),
        (PALETTE, 8, "16-bit grey", "must be 16-bit grey, but is 8-bit palette"),
        (PALETTE, 8, "8-bit RGB", "must be 8-bit RGB, but is 8-bit palette"),
        (GREY, 16, "8-bit RGB", "must be 8-bit RGB, but is 16-bit grey"),
        (RGB, 16, "8-bit RGB", "must be 8-bit RGB, but is 16-bit RGB"),
        (RGB, 8, "16-bit grey", "must be 16-bit grey, but is 8-bit RGB"),
    ],
)
def test_another_form_is_refused(tmp_path: Path, colour_type: int, bits: int, form: PixelForm, message: str) -> None:
    pixels = np.zeros((3, 4, 3) if colour_type == RGB else (3, 4))
    path = png(tmp_path / "a.png", pixels, colour_type, bits)
    with pytest.raises(InputError, match=f"^{path}: {message}; was it saved anew"):
        read_png(path, form)


def test_what_is_no_whole_png_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = png(tmp_path / "a.png", np.arange(600, dtype=np.uint16).reshape(20, 30))
    content = path.read_bytes()
    for cut in (40, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:cut])
        with pytest.raises(InputError, match=f"^{path}: the PNG file is damaged or incomplete"):
            read_png(path, "16-bit grey")
    middle = content.index(b"IDAT") + 9
    path.write_bytes(content[:middle] + struct.pack("B", content[middle] ^ 255) + content[middle + 1 :])
    with pytest.raises(InputError, match=f"^{path}: the PNG file is damaged or incomplete"):
        read_png(path, "16-bit grey")
    assert capfd.readouterr().err == ""  # the decoder would have had something to say, too
    path.write_bytes(b"GIF89a")
    with pytest.raises(InputError, match=f"^{path}: not a PNG file"):
        read_png(path, "16-bit grey")
    with pytest.raises(InputError, match=f"^{tmp_path}/b.png: cannot be read: No such file or directory"):
        read_png(tmp_path / "b.png", "16-bit grey")
    with pytest.raises(InputError, match=f"^{tmp_path}: cannot be read: it is not a regular file"):
        read_png(tmp_path, "16-bit grey")


def with_chunk(path: Path, name: bytes, body: bytes) -> None:
    """Put one more chunk behind the header of a PNG file."""
    content = path.read_bytes()
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    path.write_bytes(content[:33] + chunk + content[33:])


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"tRNS", b"\0\1\0\2\0\3"),  # the colour 1, 2, 3 is transparent
        (b"gAMA", b"\0\0\xb1\x8f"),
        (b"eXIf", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),  # turned by 90 degrees
    ],
)
def test_how_colours_are_to_be_shown_does_not_matter(tmp_path: Path, name: bytes, body: bytes) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    path = png(tmp_path / "a.png", pixels, RGB, 8)
    with_chunk(path, name, body)
    assert np.array_equal(read_png(path, "8-bit RGB"), pixels)


def test_all_65536_numbers_come_back(tmp_path: Path) -> None:
    numbers = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(read_png(png(tmp_path / "a.png", numbers), "16-bit grey"), numbers)


def test_no_byte_can_change_or_go_missing_unnoticed(tmp_path: Path) -> None:
    path = png(tmp_path / "a.png", np.arange(12, dtype=np.uint16).reshape(3, 4))
    content = path.read_bytes()
    for place in range(len(content)):
        for damaged in (content[:place], content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]):
            path.write_bytes(damaged)
            with pytest.raises(InputError, match=f"^{path}: (the PNG file is|not a PNG file|must be)"):
                read_png(path, "16-bit grey")


def resized(path: Path, width: int, height: int) -> None:
    """Have the header of a PNG file claim another size, with the right checksum."""
    content = path.read_bytes()
    header = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
    path.write_bytes(content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:])


def test_more_pixels_than_can_be_read_are_refused_by_the_header(tmp_path: Path) -> None:
    """40,000 x 40,000 pixels of 16 bits would be 3.2 GB."""
    path = png(tmp_path / "a.png", np.zeros((3, 4)))
    resized(path, 40_000, 40_000)
    with pytest.raises(InputError, match=rf"^{path}: .* at most 178,956,970 pixels \(--max_image_pixels\)"):
        read_png(path, "16-bit grey")
    with pytest.raises(InputError, match=f"^{path}: the PNG file has more pixels than cv2 reads"):
        read_png(path, "16-bit grey", most_pixels=2**31)


def test_checksums_alone_do_not_make_it_whole(tmp_path: Path) -> None:
    """Without the chunk of the pixels, or with too few of them; and every checksum is right."""
    path = png(tmp_path / "a.png", np.zeros((3, 4)))
    content = path.read_bytes()
    resized(path, 4, 4)
    too_few = path.read_bytes()
    for damaged in (content[:33] + content[-12:], too_few):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=f"^{path}: the PNG file is damaged or incomplete"):
            read_png(path, "16-bit grey")
