import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from errors import InputError
from formats.png import Form, read
from tests.folders import GREY, PALETTE, RGB, png

small = hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hnp.arrays(np.uint16, small))
def test_sixteen_bits_come_back(tmp_path: Path, pixels: NDArray[np.uint16]) -> None:
    found = read(png(tmp_path / "a.png", pixels), "16-bit grey")
    assert found.dtype == np.uint16
    assert np.array_equal(found, pixels)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hnp.arrays(np.uint8, small.map(lambda shape: (*shape, 3))))
def test_colours_come_back_in_the_order_of_the_file(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    found = read(png(tmp_path / "a.png", pixels, RGB, 8), "8-bit RGB")
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
def test_another_form_is_refused(tmp_path: Path, colour_type: int, bits: int, form: Form, message: str) -> None:
    pixels = np.zeros((3, 4, 3) if colour_type == RGB else (3, 4))
    path = png(tmp_path / "a.png", pixels, colour_type, bits)
    with pytest.raises(InputError, match=f"^{path}: {message}; was it saved anew"):
        read(path, form)


def test_what_is_no_whole_png_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = png(tmp_path / "a.png", np.arange(600, dtype=np.uint16).reshape(20, 30))
    content = path.read_bytes()
    for cut in (40, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:cut])
        with pytest.raises(InputError, match=f"^{path}: the PNG file is damaged or incomplete"):
            read(path, "16-bit grey")
    middle = content.index(b"IDAT") + 9
    path.write_bytes(content[:middle] + struct.pack("B", content[middle] ^ 255) + content[middle + 1 :])
    with pytest.raises(InputError, match=f"^{path}: the PNG file is damaged or incomplete"):
        read(path, "16-bit grey")
    assert capfd.readouterr().err == ""  # the decoder would have had something to say, too
    path.write_bytes(b"GIF89a")
    with pytest.raises(InputError, match=f"^{path}: not a PNG file"):
        read(path, "16-bit grey")
    with pytest.raises(InputError, match=f"^{tmp_path}/b.png is missing"):
        read(tmp_path / "b.png", "16-bit grey")
    with pytest.raises(InputError, match=f"^{tmp_path}: cannot be read: Is a directory"):
        read(tmp_path, "16-bit grey")
