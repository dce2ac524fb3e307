"""memory.stat of a cgroup (version 2): the memory charged to it, and what befell it.

anon 11689984
pgfault 376749
"""
from .descriptor import CGROUP, CGROUP_NEEDS, COUNTER, GAUGE, Descriptor

DESCRIPTOR = Descriptor(
    "cgroup/memory.stat", "Documentation/admin-guide/cgroup-v2.rst", "4.5", (
        ("anon", "bytes", GAUGE, "4.5", "anonymous memory"),
        ("file", "bytes", GAUGE, "4.5", "page cache, tmpfs included"),
        ("kernel", "bytes", GAUGE, "5.18", "kernel memory of every sort"),
        ("kernel_stack", "bytes", GAUGE, "", "kernel stacks of its tasks"),
        ("pagetables", "bytes", GAUGE, "", "page tables"),
        ("percpu", "bytes", GAUGE, "", "the kernel's per-CPU variables"),
        ("sock", "bytes", GAUGE, "", "network buffers"),
        ("shmem", "bytes", GAUGE, "", "tmpfs and shared memory"),
        ("zswap", "bytes", GAUGE, "5.19", "taken by compressed swap"),
        ("zswapped", "bytes", GAUGE, "5.19", "what compressed swap holds, unpacked"),
        ("file_mapped", "bytes", GAUGE, "4.5", "of file: in page tables"),
        ("file_dirty", "bytes", GAUGE, "4.5", "of file: changed, to be written"),
        ("file_writeback", "bytes", GAUGE, "4.5", "of file: on its way to disk"),
        ("swapcached", "bytes", GAUGE, "", "in RAM and in swap"),
        ("anon_thp", "bytes", GAUGE, "", "of anon: in transparent huge pages"),
        ("inactive_anon", "bytes", GAUGE, "4.5", "swap-backed, not used lately"),
        ("active_anon", "bytes", GAUGE, "4.5", "swap-backed, used lately"),
        ("inactive_file", "bytes", GAUGE, "4.5", "of files, not used lately"),
        ("active_file", "bytes", GAUGE, "4.5", "of files, used lately"),
        ("unevictable", "bytes", GAUGE, "4.5", "can't be reclaimed"),
        ("slab", "bytes", GAUGE, "", "the kernel's object caches"),
        ("slab_reclaimable", "bytes", GAUGE, "", "of slab: a shortage gives it back"),
        ("slab_unreclaimable", "bytes", GAUGE, "", "of slab: stays"),
        ("workingset_nodereclaim", "events", COUNTER, "", "records of evicted pages freed"),
        ("workingset_refault*", "pages", COUNTER, "", "evicted, and soon needed again"),
        ("workingset_activate*", "pages", COUNTER, "", "of refault: active at once"),
        ("workingset_restore*", "pages", COUNTER, "", "of refault: active when evicted"),
        ("workingset_*", "pages", COUNTER, "", "another fate of evicted pages"),
        ("pgfault", "events", COUNTER, "4.5", "page faults, major ones included"),
        ("pgmajfault", "events", COUNTER, "4.5", "page faults that waited for the disk"),
        ("pgscan*", "pages", COUNTER, "", "looked at by reclaim"),
        ("pgsteal*", "pages", COUNTER, "", "reclaimed"),
        ("pg*", "pages", COUNTER, "", "another thing done to pages"),
        ("numa_pages_migrated", "pages", COUNTER, "", "moved nearer to their task"),
        ("numa_*", "events", COUNTER, "", "automatic balancing between nodes"),
        ("thp_*", "events", COUNTER, "", "transparent huge pages"),
        ("swpin_*", "pages", COUNTER, "", "swapped in without a read"),
        ("swpout_*", "pages", COUNTER, "", "swapped out without a write"),
        ("zswpin", "pages", COUNTER, "", "got from compressed swap"),
        ("zswpout", "pages", COUNTER, "", "put into compressed swap"),
        ("zswpwb", "pages", COUNTER, "", "written from compressed swap to disk"),
        ("*", "bytes", GAUGE, "", "another use of memory"),
    ), root=CGROUP, needs=CGROUP_NEEDS)
