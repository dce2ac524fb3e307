"""A tree with all that rows are made of, in which the counters stand still, high above 0."""
from test_cli import FILES

DISKS = "".join(f" 8 {number} {name} 1 0 8 0 1 0 8 0 0 0 0\n"
                for number, name in enumerate(("sda", "sda1", "sdb", "loop0", "dm-0")))
PRESSURE = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
MORE = {
    "diskstats": DISKS,
    "net/snmp": "Tcp: RtoMin RetransSegs\nTcp: 200 7\n",
    "net/netstat": "TcpExt: ListenDrops\nTcpExt: 7\n",
    **{f"pressure/{name}": PRESSURE for name in ("cpu", "memory", "io")},
    "stat": "cpu  9000 0 500 100 0 0 0 0 0 0\ncpu0 9000 0 500 100 0 0 0 0 0 0\n"
            "cpu1 0 0 0 100 0 0 0 0 0 0\nintr 7\nctxt 1\nbtime 1\nprocesses 1\n"
            "procs_running 3\nprocs_blocked 2\n",
    "meminfo": FILES["meminfo"] + "SwapTotal: 2048 kB\nSwapFree: 1024 kB\n",
}


def still(folder):
    """It, below `folder`: what stands in for /proc."""
    for name, text in {**FILES, **MORE}.items():
        path = folder / "proc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "proc"
