from pathlib import Path

import pytest

from annotation_noise.errors import InputError
from noisers import load

PLUGIN = '''
from noisers import noiser

@noiser("mask", example={"offset_px": 2})
def shifted_for_test(mask, rng, *, offset_px: int):
    """Move the whole mask to the right."""
    return mask._replace(left=min(mask.left + offset_px, mask.frame_width - mask.pixels.shape[1]))
'''


def test_a_noise_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN)
    noise = load((path,))["shifted_for_test"]
    assert (noise.kind, noise.strengths) == ("mask", {"offset_px": int})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "has no function under @noiser"),
        ("import nothing_of_this_name", "cannot be loaded: ModuleNotFoundError"),
        ("def (", "cannot be loaded: SyntaxError"),
        (PLUGIN.replace("shifted_for_test", "rand"), "there is a noise named rand already"),
        (PLUGIN.replace('{"offset_px": 2}', "{}"), "must name its strengths: offset_px"),
    ],
)
def test_a_plugin_that_is_none_is_said_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load((path,))


def test_a_plugin_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.py: cannot be read: No such file"):
        load((tmp_path / "mine.py",))
