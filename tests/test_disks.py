"""Which disks count: as sysfs says, or by their names."""
import os
from pathlib import Path

import pytest

import hzstat
from hzstat.disks import whole

NAMES = ["sda", "sda1", "sda15", "sdp", "sdp1", "nvme0n1", "nvme0n1p1", "mmcblk0", "mmcblk0p2",
         "mmcblk0boot0", "vda", "xvda1", "cciss/c0d0", "cciss/c0d0p1", "sr0", "nbd0", "loop0",
         "ram3", "zram0", "dm-0", "md127", "zd16", "zd16p1"]


def test_by_their_names():
    assert whole(NAMES, "/nowhere/proc") == [
        "sda", "sdp", "nvme0n1", "mmcblk0", "mmcblk0boot0", "vda", "xvda1", "cciss/c0d0", "sr0",
        "nbd0"]


def test_by_sysfs(tmp_path):
    """What is made of others (bcache0 of sda, drbd0 of none that is known) and partitions."""
    block = tmp_path / "sys" / "block"
    for name in ("sda", "sdb", "bcache0", "drbd0", "cciss!c0d0", "loop0", "zd0"):
        (block / name / "slaves").mkdir(parents=True)
    (block / "bcache0" / "slaves" / "sda").touch()
    (block / "ubda").mkdir()            # of a kernel that tells of no slaves
    names = ["sda", "sdb", "sda1", "bcache0", "drbd0", "cciss/c0d0", "cciss/c0d0p1", "loop0",
             "ubda", "sdz", "zd0"]
    assert whole(names, str(tmp_path / "proc")) == ["sda", "sdb", "drbd0", "cciss/c0d0", "ubda"]


@pytest.mark.skipif(not os.path.isdir("/sys/block"), reason="no sysfs here")
def test_of_this_host():
    """No partition is there, and every disk that has hardware of its own."""
    names = [os.fsdecode(name) for name in hzstat.read("diskstats")["name"]]
    found = whole(names)
    for name in found:
        assert not Path("/sys/class/block", name.replace("/", "!"), "partition").exists()
    with_hardware = {path.parent.name for path in Path("/sys/block").glob("*/device")}
    assert with_hardware & set(names) <= set(found)
    assert not any(name.startswith(("loop", "ram", "zram", "dm-")) for name in found)
