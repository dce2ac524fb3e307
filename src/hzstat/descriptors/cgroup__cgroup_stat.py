"""cgroup v2's cgroup.stat: how many groups are below one.

    nr_descendants 43
    nr_dying_descendants 1
"""
from .descriptor import CGROUP, CGROUP_NEEDS, GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "cgroup/cgroup.stat", "Documentation/admin-guide/cgroup-v2.rst", "4.14", (
        ("nr_descendants", "cgroups", GAUGE, "4.14", "visible groups below this one"),
        ("nr_dying_descendants", "cgroups", GAUGE, "4.14", "removed, but still held by something"),
        ("*", "cgroups", GAUGE, "", "groups or parts of them, of another kind"),
    ), root=CGROUP, needs=CGROUP_NEEDS)
