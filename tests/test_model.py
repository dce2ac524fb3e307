"""The ring's protocol, checked in every interleaving by spin (Debian: apt install spin)."""
import shutil
import subprocess
from pathlib import Path

import pytest

MODEL = Path(__file__).parent / "model" / "ring.pml"
needs_spin = pytest.mark.skipif(not (shutil.which("spin") and shutil.which("cc")),
                                reason="spin and a C compiler are not here")


@needs_spin
@pytest.mark.parametrize(("without", "errors"), [(None, 0), ("NO_ODD", 1), ("NO_CHECK", 1)])
def test_no_torn_record_and_none_uncounted(tmp_path, without, errors):
    """And the model sees it where a part of the protocol is taken out."""
    subprocess.run(["spin", *([f"-D{without}"] if without else []), "-a", MODEL], cwd=tmp_path,
                   check=True, capture_output=True)
    subprocess.run(["cc", "-O2", "-DSAFETY", "-o", "pan", "pan.c"], cwd=tmp_path, check=True)
    done = subprocess.run(["./pan", "-m100000"], cwd=tmp_path, capture_output=True, text=True,
                          check=True)
    assert f"errors: {errors}" in done.stdout
    assert ("assertion violated ((one==cursor)&&(two==cursor))" in done.stdout) == bool(errors)
    assert "max search depth too small" not in done.stdout
