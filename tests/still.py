"""Trees in which the counters that rows are made of stand still, high above 0."""
NET_HEAD = "Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame " \
           "compressed multicast|bytes packets errs drop fifo colls carrier compressed\n"
FILES = {
    "stat": "cpu  9000 0 500 100 0 0 0 0 0 0\ncpu0 9000 0 500 100 0 0 0 0 0 0\nintr 0\nctxt 1\n",
    "meminfo": "MemTotal:       8388608 kB\nMemFree:          1024 kB\n"
               "MemAvailable:   2097152 kB\n",
    "net/dev": NET_HEAD + "".join(f"{name}: 987654321 1 0 0 0 0 0 0 987654321 1 0 0 0 0 0 0\n"
                                  for name in ("    lo", "  eth0")),
    "loadavg": "0.50 12.25 345.00 1/234 5678\n",
}
DISKS = "".join(f" 8 {number} {name} 1 0 8 0 1 0 8 0 0 0 0\n"
                for number, name in enumerate(("sda", "sda1", "sdb", "loop0", "dm-0")))
PRESSURE = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
ALL = {
    **FILES,
    "diskstats": DISKS,
    "net/snmp": "Tcp: RtoMin RetransSegs\nTcp: 200 7\n",
    "net/netstat": "TcpExt: ListenDrops\nTcpExt: 7\n",
    **{f"pressure/{name}": PRESSURE for name in ("cpu", "memory", "io")},
    "stat": "cpu  9000 0 500 100 0 0 0 0 0 0\ncpu0 9000 0 500 100 0 0 0 0 0 0\n"
            "cpu1 0 0 0 100 0 0 0 0 0 0\nintr 7\nctxt 1\nbtime 1\nprocesses 1\n"
            "procs_running 3\nprocs_blocked 2\n",
    "meminfo": FILES["meminfo"] + "SwapTotal: 2048 kB\nSwapFree: 1024 kB\n",
}


def still(folder, files=ALL):
    """These below `folder`: what stands in for /proc."""
    for name, text in files.items():
        path = folder / "proc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "proc"
