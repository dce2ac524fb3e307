"""What the control groups leave, from trees that look like a host's."""
import sys

import pytest

from hzstat.room import memory_left

MIB = 1 << 20


def tree(root, cgroup, groups):
    """A /proc/self/cgroup, and folders with files below sys/fs/cgroup."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, files in groups.items():
        folder = root / "sys/fs/cgroup" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(text)


def v1(limit, usage, cache=0):
    return {"memory.limit_in_bytes": f"{limit}\n", "memory.usage_in_bytes": f"{usage}\n",
            "memory.stat": f"cache 1\ninactive_file 7\ntotal_inactive_file {cache}\n"}


def v2(limit, usage, cache=0):
    return {"memory.max": f"{limit}\n", "memory.current": f"{usage}\n",
            "memory.stat": f"anon 1\ninactive_file {cache}\nactive_file {cache}\n"}


UNLIMITED = v1(9223372036854771712, 100 * MIB)

CASES = {
    "v1": ("4:memory:/a/b\n3:cpuset:/\n0::/\n",
           {"memory": UNLIMITED, "memory/a": v1(64 * MIB, 10 * MIB),
            "memory/a/b": v1(80 * MIB, 5 * MIB)}, 54 * MIB, "memory/a"),
    "v1, with other controllers": ("4:hugetlb,memory:/a\n",
                                   {"memory": UNLIMITED, "memory/a": v1(MIB, 0)}, MIB, "memory/a"),
    "v1, with files that can go": ("4:memory:/a\n", {"memory/a": v1(9 * MIB, 8 * MIB, 3 * MIB)},
                                   4 * MIB, "memory/a"),
    "v2": ("0::/a/b\n", {"a": v2("max", 3 * MIB), "a/b": v2(30 * MIB, 20 * MIB, 2 * MIB)},
           14 * MIB, "a/b"),
    "v2, the one above is tighter": ("0::/a/b\n", {"a": v2(9 * MIB, 8 * MIB), "a/b": v2("max", 1)},
                                     MIB, "a"),
    "in a container": ("4:memory:/docker/0123\n", {"memory": v1(8 * MIB, 2 * MIB)}, 6 * MIB,
                       "memory"),
    "more than the limit": ("0::/a\n", {"a": v2(MIB, 2 * MIB)}, -MIB, "a"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_tightest_group_counts(name, tmp_path):
    cgroup, groups, left, where = CASES[name]
    tree(tmp_path, cgroup, groups)
    assert memory_left(str(tmp_path)) == (left, str(tmp_path / "sys/fs/cgroup" / where))


@pytest.mark.parametrize(("cgroup", "groups"), [
    ("", {}),
    ("4:cpu:/a\n", {"memory": v1(1, 1)}),
    ("0::/a\n", {"a": v2("max", 1)}),
    ("4:memory:/a\n", {}),
])
def test_no_limit(cgroup, groups, tmp_path):
    tree(tmp_path, cgroup, groups)
    assert memory_left(str(tmp_path)) == (sys.maxsize, "")


def test_no_control_groups_at_all(tmp_path):
    assert memory_left(str(tmp_path)) == (sys.maxsize, "")


def test_this_host_can_be_asked():
    assert memory_left()[0] > 0
