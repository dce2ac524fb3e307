"""What a host is: live, against the system's own tools; in a container, from trees like one."""
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hzstat import realtime
from hzstat.cgroups import quota_cores, throttled
from hzstat.formats import survey as formats
from hzstat.host import Host, container, control_groups, cpu_model, hypervisor, mounts

TOOL = Path(sys.executable).with_name("hzstat")
MOUNTINFO = """\
22 27 0:21 / /proc rw,relatime - proc proc rw{options}
23 27 0:22 / /sys rw,relatime shared:7 - sysfs sysfs rw
"""
LXCFS = """\
90 22 0:50 /proc/stat /proc/stat rw,nosuid master:1 - fuse.lxcfs lxcfs rw,user_id=0
91 22 0:50 /proc/meminfo /proc/meminfo rw,nosuid - fuse.lxcfs lxcfs rw,user_id=0
92 22 0:50 / /var/lib/lxcfs rw,nosuid - fuse.lxcfs lxcfs rw,user_id=0
"""


def tree(root, **files):
    """A root with these files (`__` stands for /)."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root)


def shell(command):
    return subprocess.run(["bash", "-c", command], text=True, capture_output=True, timeout=30,
                          check=True).stdout.strip()


def test_this_host_as_its_own_tools_tell_it():
    host = Host()
    assert host.versions["kernel"] == shell("uname -r")
    assert host.versions["machine"] == shell("uname -m")
    assert host.versions["cpus_usable"] == int(shell("nproc"))
    assert host.clocks["user_hz"] == int(shell("getconf CLK_TCK"))
    assert host.clocks["clocksource"] == shell(
        "cat /sys/devices/system/clocksource/clocksource0/current_clocksource")
    assert host.clocks["timer_slack_ns"] == int(Path("/proc/self/timerslack_ns").read_text())
    assert 1_000_000 <= host.clocks["tick_ns"] <= 10_000_000
    assert host.rights["euid"] == int(shell("id -u"))
    for name, flag, unit in (("nofile", "n", 1), ("nproc", "u", 1), ("memlock_bytes", "l", 1024),
                             ("rtprio", "r", 1), ("address_space_bytes", "v", 1024)):
        told = [shell(f"ulimit -{kind}{flag}") for kind in "SH"]
        assert host.limits[name] == tuple(None if text == "unlimited" else int(text) * unit
                                          for text in told)


def test_limits_are_of_this_process():
    code = ("import json, resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200)); "
            "from hzstat.host import Host; host = Host(); "
            "print(json.dumps([host.limits['nofile'], list(host.advice())]))")
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, timeout=30,
                          check=True)
    limits, advice = json.loads(done.stdout)
    assert limits == [100, 200]
    assert any("only 100 files may be open: ulimit -n 200" in text for text in advice)


def test_the_right_to_realtime_is_tried():
    capable = "CAP_SYS_NICE" in (Host().rights["capabilities"] or [])
    allowed = capable or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= realtime.PRIORITY
    if not allowed:
        assert realtime.refused()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER       # and nothing is left of the attempt


# -- containers --------------------------------------------------------------------------------

@pytest.mark.parametrize(("files", "kind", "hint"), [
    ({".dockerenv": ""}, "docker", "/.dockerenv"),
    ({"run__.containerenv": 'engine="podman-4.9"\n'}, "podman", "/run/.containerenv"),
    ({"run__systemd__container": "systemd-nspawn\n", ".dockerenv": ""}, "systemd-nspawn",
     "/run/systemd/container"),
    ({"proc__1__environ": "HOME=/\0container=lxc\0", "proc__1__cgroup": "0::/\n"}, "lxc",
     "/proc/1/environ"),
    ({"proc__1__cgroup": "3:memory:/docker/0123abc\n", "proc__1__environ": ""}, "docker",
     "/proc/1/cgroup"),
    ({"proc__vz__veinfo": ""}, "openvz", "/proc/vz"),
    ({"proc__vz__veinfo": "", "proc__bc__resources": ""}, None, None),      # OpenVZ's host
    ({"proc__1__cgroup": "0::/init.scope\n", "proc__1__environ": "HOME=/\0"}, None, None)])
def test_containers_are_known_by(tmp_path, files, kind, hint):
    found = container(tree(tmp_path, **files))
    assert (found["kind"], found["hint"]) == (kind, hint)


def test_lxcfs_and_hidden_processes(tmp_path):
    root = tree(tmp_path, proc__self__mountinfo=MOUNTINFO.format(
        options=",hidepid=invisible,subset=pid") + LXCFS)
    assert mounts(root) == (["/proc/stat", "/proc/meminfo"], ["hidepid=invisible", "subset=pid"])
    host = Host(root)
    advice = "\n".join(host.advice())
    assert "/proc/stat, /proc/meminfo come from lxcfs" in advice
    assert "/proc is mounted with hidepid=invisible, subset=pid" in advice
    assert any("come from lxcfs" in line for line in formats.host(host))


def test_a_plain_mount_hides_nothing(tmp_path):
    for options in ("", ",hidepid=0", ",hidepid=off"):
        assert mounts(tree(tmp_path, proc__self__mountinfo=MOUNTINFO.format(options=options))) \
            == ([], [])


def test_a_quota_of_either_version(tmp_path):
    first = tree(tmp_path / "1", proc__self__cgroup="4:cpu,cpuacct:/a\n", **{
        "sys__fs__cgroup__cpu__a__cpu.cfs_quota_us": "150000\n",
        "sys__fs__cgroup__cpu__a__cpu.cfs_period_us": "100000\n",
        "sys__fs__cgroup__cpu__a__cpu.stat": "nr_periods 9\nnr_throttled 4\nthrottled_time 7\n"})
    second = tree(tmp_path / "2", proc__self__cgroup="0::/a/b\n", **{
        "sys__fs__cgroup__a__cpu.max": "50000 100000\n",
        "sys__fs__cgroup__a__b__cpu.max": "max 100000\n",
        "sys__fs__cgroup__a__b__memory.max": "1048576\n",
        "sys__fs__cgroup__a__b__memory.current": "4096\n",
        "sys__fs__cgroup__a__b__memory.stat": "inactive_file 0\nactive_file 0\n"})
    assert (quota_cores(first), throttled(first)) == (1.5, 4)
    assert quota_cores(second) == 0.5
    found = control_groups(second)
    assert found["versions"] == [2]
    assert found["memory_left_bytes"] == 1048576 - 4096
    assert found["memory_group"].endswith("/a/b")
    assert any("grants 0.5 of" in text for text in Host(second).advice())


def test_what_cannot_be_read_is_none(tmp_path):
    host = Host(str(tmp_path))
    assert host.clocks["clocksource"] is None
    assert host.clocks["timer_slack_ns"] is None
    assert host.rights["capabilities"] is None
    assert host.cgroups == {"versions": [], "cpu_quota_cores": None, "throttled": 0,
                            "memory_left_bytes": None, "memory_group": None}
    assert host.container["kind"] is None
    lines = list(formats.host(host))
    assert any(line.startswith("clocks     unknown") for line in lines)
    assert "timers may be - late" in "\n".join(lines)


def test_the_cpu(tmp_path):
    root = tree(tmp_path, proc__cpuinfo="processor\t: 0\nmodel name\t: A CPU\n"
                                        "flags\t\t: fpu hypervisor avx2\n")
    assert cpu_model(root) == "A CPU"
    assert hypervisor(root)
    assert not hypervisor(tree(tmp_path / "2", proc__cpuinfo="flags : fpu\n"))


# -- the command -------------------------------------------------------------------------------

def sources(*words):
    done = subprocess.run([TOOL, "sources", "--seconds", "0.1", *map(str, words)], text=True,
                          capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_report():
    told = [line.split(None, 1)[0] for line in sources().partition("\n\n")[0].splitlines()]
    assert told[:7] == ["host", "hzstat", "clocks", "rights", "limits", "cgroups", "container"]
    found = json.loads(sources("--json"))
    assert found["host"]["versions"]["kernel"] == os.uname().release
    assert found["host"]["limits"]["nofile"] == [
        None if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)]
    assert found["advice"] == list(Host().advice())


def test_sources_that_are_not_here_come_with_advice(tmp_path):
    root = tree(tmp_path, stat="", loadavg="broken\n", uptime="1.0 2.0\n")
    found = {one["name"]: one for one in json.loads(sources("--json", "--root", root))["sources"]}
    assert "look from outside the container" in found["stat"]["advice"]
    assert "report it" in found["loadavg"]["advice"]
    assert "CONFIG_SCHEDSTATS" in found["schedstat"]["advice"]
    assert "CONFIG_PSI" in found["pressure/cpu"]["advice"]
    assert found["uptime"]["advice"] == ""
    assert "it needs a kernel with CONFIG_SCHEDSTATS" in sources("--root", root)
