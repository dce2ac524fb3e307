"""/proc/PID/status: a process, for people. Lines that are no single number are left out.

VmRSS:	    1752 kB
voluntary_ctxt_switches:	150
"""
from .descriptor import COUNTER, GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "PID/status", "Documentation/filesystems/proc.rst", "", (
        ("Tgid", "", GAUGE, "", "ID of the process"),
        ("Ngid", "", GAUGE, "3.13", "ID of its NUMA group (0: none)"),
        ("Pid", "", GAUGE, "", "ID of the thread"),
        ("PPid", "", GAUGE, "", "its parent"),
        ("TracerPid", "", GAUGE, "", "process that traces it (0: none)"),
        ("FDSize", "", GAUGE, "", "room in its table of open files"),
        ("Kthread", "", GAUGE, "", "1 if it is a thread of the kernel"),
        ("VmPeak", "kB", GAUGE, "2.6.15", "most of VmSize so far"),
        ("VmSize", "kB", GAUGE, "", "address space"),
        ("VmLck", "kB", GAUGE, "", "locked by mlock()"),
        ("VmPin", "kB", GAUGE, "3.2", "pinned: can't be moved"),
        ("VmHWM", "kB", GAUGE, "2.6.15", "most of VmRSS so far"),
        ("VmRSS", "kB", GAUGE, "", "in RAM"),
        ("RssAnon", "kB", GAUGE, "4.5", "of VmRSS: anonymous"),
        ("RssFile", "kB", GAUGE, "4.5", "of VmRSS: files"),
        ("RssShmem", "kB", GAUGE, "4.5", "of VmRSS: tmpfs and shared memory"),
        ("VmData", "kB", GAUGE, "", "address space of private data"),
        ("VmStk", "kB", GAUGE, "", "address space of the stack"),
        ("VmExe", "kB", GAUGE, "", "address space of program code"),
        ("VmLib", "kB", GAUGE, "", "address space of library code"),
        ("VmPTE", "kB", GAUGE, "2.6.10", "page tables"),
        ("VmPMD", "kB", GAUGE, "4.0", "page tables of the second level (until 4.14)"),
        ("VmSwap", "kB", GAUGE, "2.6.34", "swapped out, without shared memory"),
        ("HugetlbPages", "kB", GAUGE, "4.4", "in huge pages of the pool"),
        ("CoreDumping", "", GAUGE, "4.15", "1 while its core is dumped"),
        ("THP_enabled", "", GAUGE, "5.0", "1 if it may have transparent huge pages"),
        ("Threads", "tasks", GAUGE, "", "its threads"),
        ("NoNewPrivs", "", GAUGE, "4.10", "1 if it can't gain privileges"),
        ("Seccomp", "", GAUGE, "3.8", "0 off, 1 strict, 2 filtered"),
        ("Seccomp_filters", "", GAUGE, "5.9", "filters in force"),
        ("voluntary_ctxt_switches", "events", COUNTER, "2.6.23", "gave up the CPU to wait"),
        ("nonvoluntary_ctxt_switches", "events", COUNTER, "2.6.23", "lost the CPU to others"),
    ), shape="status")
