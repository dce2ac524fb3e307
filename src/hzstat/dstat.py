"""What dstat and dool have and hzstat hasn't: what is nearest to it here."""
from __future__ import annotations

BY_TASK = "hzstat ranks no processes; top and pidstat do"
SOCKETS = "--tcp has what gets lost; hzstat.read('net/sockstat') the numbers of sockets"
NOT_SEEN = "hzstat doesn't sample it; hzstat sources tells what it does"
COST = "--stats tells what the sampling costs"
PLUGINS = "there are no plug-ins here: hzstat --list tells all groups"

# Letters that mean something else here, or nothing; hands type them within -cdngy.
LETTERS = {
    "-g": "pages are no group here: -s has swap space, -d what disks transfer, and "
          "hzstat.read('vmstat') every counter of pages",
    "-i": "interrupts one by one are no group here: -y has their sum, and hzstat.read('softirqs') "
          "the kinds of deferred work",
    "-I": "interrupts one by one are no group here: -y has their sum",
    "-S": "swap spaces one by one are no group here: -s has all of them",
    "-M": PLUGINS,
    "-V": "say --version",
}
WORDS = {
    "page": LETTERS["-g"], "int": LETTERS["-i"], "int24": LETTERS["-i"],
    "io": "requests are no group here (and -r is the rate): -d has bytes; "
          "hzstat.read('diskstats')['rd_ios'] counts requests",
    "vmstat": "say -pmdsyc for the like of it (and -v is --verbose)",
    "defaults": "say -cdnlt", "more": "say -cdnmplt",
    "diskset": "-D shows disks one by one, and their total",
    "swap-old": "-s it is", "mem-percent": "-m has bytes",
    "fs": "open files and inodes are no group here: /proc/sys/fs/file-nr and inode-nr tell them",
    "raw": SOCKETS, "socket": SOCKETS, "udp": SOCKETS, "unix": SOCKETS,
    "vm": "hzstat.read('vmstat') has page faults and all the others; -s has swap space",
    "zones": "hzstat.read('vmstat') has the sums of all zones; -m has memory",
    "mem-adv": "-m has used and available; hzstat.read('meminfo') every kind of memory",
    "cpu-adv": "irq and softirq are within sys: hzstat.read('stat') has them apart",
    "cpu-use": "-c --full shows every CPU", "cpu24": "-c it is", "disk24": "-d it is",
    "page24": LETTERS["-g"], "proc-count": "-p has running, blocked and new ones",
    "net-packets": "-n has bytes; hzstat.read('net/dev')['rx_packets'] counts packets",
    "integer": "numbers are short by themselves, and --float makes them longer: leave it out",
    "bytes": "bytes it is, unless --bits is given: leave it out",
    "bw": "the colours are readable on light and dark: leave it out, or say --nocolor",
    "noupdate": "a row is printed once, when it is over: leave it out",
    "display": "--output FILE leaves the rows on the screen, too: leave it out",
    "color16": "say --color=always", "mods": PLUGINS, "modules": PLUGINS, "all-plugins": PLUGINS,
    "pidfile": "a shell's $! tells the pid: leave it out",
    "ascii": "rows are ASCII but for names: leave it out, or say --nocolor",
    "profile": "--stats tells how well it was sampled, and at which cost",
    "debug": "--stats tells how well it was sampled; -v what was decided",
}
SAME = {"filesystem": "fs", "blackonwhite": "bw", "black-on-white": "bw", "vm-adv": "vm",
        "disk24-old": "disk24"}
UNSEEN = """
aio apache battery battery-remain bond condor-queue cpufreq dbus fan freespace fuse helloworld ib
ipc jvm-full jvm-vm lnet lock lustre md-status memcache-hits mongodb-conn mongodb-mem
mongodb-opcount mongodb-queue mongodb-stats ntp pid-detail postfix power qmail redis sendmail skel
snooze squid test thermal utmp wifi
"""
FAMILIES = {
    "top-": BY_TASK, "disk-": "-d has bytes; hzstat.read('diskstats') all that there is of disks",
    "vm-": NOT_SEEN, "vmk-": NOT_SEEN, "vz-": NOT_SEEN, "zfs-": NOT_SEEN, "mysql": NOT_SEEN,
    "innodb-": NOT_SEEN, "nfs": NOT_SEEN, "snmp-": NOT_SEEN, "gpfs": NOT_SEEN, "rpc": NOT_SEEN,
    "dool": COST, "dstat": COST,
}


def nearest(word: str) -> str | None:
    """What to say of this option of dstat's; None where it is none."""
    name = word.partition("=")[0]
    if name[:2] != "--":
        return LETTERS.get(name[:2])
    name = name[2:]
    name = SAME.get(name, name)
    if name in UNSEEN.split():
        return NOT_SEEN
    return WORDS.get(name) or next((advice for start, advice in FAMILIES.items()
                                    if name.startswith(start)), None)
