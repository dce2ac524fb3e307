"""The control groups of a process, from trees like those of a host."""
import os

import pytest

from hzstat.cgroups import groups, quota_cores, throttled

NAMES = ["plain", "two words", "line\u2028separator", "next\x85line", "tab\vand\rreturn",
         "a:colon", os.fsdecode(b"not \xff UTF-8")]


def tree(root, cgroup, **files):
    """A root with this /proc/self/cgroup, and these files of the group's folder."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_bytes(os.fsencode(cgroup))
    group = root / "sys/fs/cgroup" / cgroup.rstrip("\n").split(":", 2)[2].lstrip("/")
    group.mkdir(parents=True)
    for name, text in files.items():
        (group / name.replace("_", ".", 1)).write_text(text)
    return str(root), str(group)


@pytest.mark.parametrize("name", NAMES)
def test_a_group_may_have_any_name(tmp_path, name):
    root, folder = tree(tmp_path, f"0::/above/{name}\n", cpu_max="150000 100000\n",
                        cpu_stat="nr_periods 9\nnr_throttled 4\n")
    assert quota_cores(root) == 1.5
    assert throttled(root) == 4
    mount = os.path.join(root, "sys/fs/cgroup")
    found = [group for group, version in groups("cpu", root) if version == 2]
    assert found[:3] == [folder, os.path.join(mount, "above"), mount]


@pytest.mark.parametrize("text", ["", "0::/../elsewhere\n", "0::/..\n", "0::/gone (deleted)\n"])
def test_a_group_that_is_not_to_be_seen_has_no_limit(tmp_path, text):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(text)
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    assert quota_cores(str(tmp_path)) is None
    assert throttled(str(tmp_path)) == 0
