/*
 * Times fresh reads of /proc by libproc2, the library of procps 4 (ps, top, vmstat, free).
 * The protocol is in README.md.
 *
 * How the library is used: one info handle per source, made before the clock starts, then one
 * `select` or `reap` per read. These two read the file anew each time; `get` does not: it hands
 * out what it has for up to a second, so it isn't used here. Each read asks for nearly every value
 * that the library takes from the file, without its deltas. (For stat these are the CPU times;
 * libproc2 parses the counters of the lower lines in the same read, asked for or not.)
 *
 * PID/... go through procps_pids_select() with one pid, the library's only way to one process.
 * At every call it also reads /proc/uptime and /proc/PID/status (is it a process or a thread?)
 * and stats /proc/PID, so PID/status is read twice: that is part of its price.
 *
 * Not in the library: pressure, softirqs, schedstat, net/..., PID/schedstat.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libproc2/diskstats.h>
#include <libproc2/meminfo.h>
#include <libproc2/misc.h>
#include <libproc2/pids.h>
#include <libproc2/stat.h>
#include <libproc2/vmstat.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static volatile unsigned long long sink;

/* Fills `items` with the consecutive enumerators from `first` up to `last`; returns how many. */
static int range(int *items, int first, int last)
{
    int count = 0;

    while (first <= last)
        items[count++] = first++;
    return count;
}

static bool read_stat(void)
{
    static enum stat_item items[] = {
        STAT_TIC_USER, STAT_TIC_NICE, STAT_TIC_SYSTEM, STAT_TIC_IDLE, STAT_TIC_IOWAIT,
        STAT_TIC_IRQ, STAT_TIC_SOFTIRQ, STAT_TIC_STOLEN, STAT_TIC_GUEST, STAT_TIC_GUEST_NICE,
        STAT_TIC_ID,
    };
    static struct stat_info *info;
    struct stat_reaped *reaped;

    if (!info && procps_stat_new(&info) < 0)
        return false;
    reaped = procps_stat_reap(info, STAT_REAP_CPUS_ONLY, items, COUNT(items));
    if (!reaped)
        return false;
    sink += STAT_VAL(0, ull_int, reaped->summary, info);
    for (int i = 0; i < reaped->cpus->total; i++)
        sink += STAT_VAL(0, ull_int, reaped->cpus->stacks[i], info);
    return true;
}

static bool read_meminfo(void)
{
    static int items[MEMINFO_SWAP_USED + 1];
    static int count;
    static struct meminfo_info *info;
    struct meminfo_stack *stack;

    if (!info) {
        if (procps_meminfo_new(&info) < 0)
            return false;
        count = range(items, MEMINFO_MEM_ACTIVE, MEMINFO_DELTA_ACTIVE - 1);
        count += range(items + count, MEMINFO_SWAP_CACHED, MEMINFO_SWAP_USED);
    }
    stack = procps_meminfo_select(info, (enum meminfo_item *)items, count);
    if (!stack)
        return false;
    sink += MEMINFO_VAL(0, ul_int, stack, info);
    return true;
}

static bool read_vmstat(void)
{
    static int items[VMSTAT_DELTA_ALLOCSTALL_DMA];
    static int count;
    static struct vmstat_info *info;
    struct vmstat_stack *stack;

    if (!info) {
        if (procps_vmstat_new(&info) < 0)
            return false;
        count = range(items, VMSTAT_ALLOCSTALL_DMA, VMSTAT_DELTA_ALLOCSTALL_DMA - 1);
    }
    stack = procps_vmstat_select(info, (enum vmstat_item *)items, count);
    if (!stack)
        return false;
    sink += VMSTAT_VAL(0, ul_int, stack, info);
    return true;
}

static bool read_diskstats(void)
{
    static enum diskstats_item items[] = {
        DISKSTATS_READS, DISKSTATS_READS_MERGED, DISKSTATS_READ_SECTORS, DISKSTATS_READ_TIME,
        DISKSTATS_WRITES, DISKSTATS_WRITES_MERGED, DISKSTATS_WRITE_SECTORS,
        DISKSTATS_WRITE_TIME, DISKSTATS_IO_INPROGRESS, DISKSTATS_IO_TIME,
        DISKSTATS_WEIGHTED_TIME, DISKSTATS_NAME, DISKSTATS_MAJOR, DISKSTATS_MINOR,
    };
    static struct diskstats_info *info;
    struct diskstats_reaped *reaped;

    if (!info && procps_diskstats_new(&info) < 0)
        return false;
    reaped = procps_diskstats_reap(info, items, COUNT(items));
    if (!reaped)
        return false;
    for (int i = 0; i < reaped->total; i++)
        sink += DISKSTATS_VAL(0, ul_int, reaped->stacks[i], info);
    return true;
}

static bool read_loadavg(void)
{
    double load1, load5, load15;

    if (procps_loadavg(&load1, &load5, &load15) < 0)
        return false;
    sink += load1 + load5 + load15;
    return true;
}

static bool read_uptime(void)
{
    double uptime_s, idle_s;

    if (procps_uptime(&uptime_s, &idle_s) < 0)
        return false;
    sink += uptime_s + idle_s;
    return true;
}

/* Reads this process's `items`, the first of which is an unsigned long. */
static bool read_self(struct pids_info **info, enum pids_item *items, int count)
{
    unsigned pid = getpid();
    struct pids_fetch *fetch;

    if (!*info && procps_pids_new(info, items, count) < 0)
        return false;
    fetch = procps_pids_select(*info, &pid, 1, PIDS_SELECT_PID);
    if (!fetch || fetch->counts->total != 1)
        return false;
    sink += PIDS_VAL(0, ul_int, fetch->stacks[0], *info);
    return true;
}

static bool read_self_stat(void)
{
    static enum pids_item items[] = {
        PIDS_FLT_MIN, PIDS_FLT_MAJ, PIDS_FLAGS, PIDS_ID_PPID, PIDS_ID_PGRP, PIDS_ID_SESSION,
        PIDS_ID_TPGID, PIDS_TTY, PIDS_STATE, PIDS_TICS_USER, PIDS_TICS_SYSTEM,
        PIDS_TICS_USER_C, PIDS_TICS_SYSTEM_C, PIDS_TICS_BEGAN, PIDS_TICS_BLKIO,
        PIDS_TICS_GUEST, PIDS_TICS_GUEST_C, PIDS_PRIORITY, PIDS_PRIORITY_RT, PIDS_NICE,
        PIDS_NLWP, PIDS_VSIZE_BYTES, PIDS_RSS, PIDS_RSS_RLIM, PIDS_PROCESSOR,
        PIDS_SCHED_CLASS, PIDS_EXIT_SIGNAL, PIDS_ADDR_CODE_START, PIDS_ADDR_CODE_END,
        PIDS_ADDR_STACK_START, PIDS_ADDR_CURR_ESP, PIDS_ADDR_CURR_EIP, PIDS_CMD,
    };
    static struct pids_info *info;

    return read_self(&info, items, COUNT(items));
}

static bool read_self_statm(void)
{
    static enum pids_item items[] = {
        PIDS_MEM_VIRT_PGS, PIDS_MEM_RES_PGS, PIDS_MEM_SHR_PGS, PIDS_MEM_CODE_PGS,
        PIDS_MEM_DATA_PGS,
    };
    static struct pids_info *info;

    return read_self(&info, items, COUNT(items));
}

static bool read_self_io(void)
{
    static enum pids_item items[] = {
        PIDS_IO_READ_CHARS, PIDS_IO_WRITE_CHARS, PIDS_IO_READ_OPS, PIDS_IO_WRITE_OPS,
        PIDS_IO_READ_BYTES, PIDS_IO_WRITE_BYTES, PIDS_IO_WRITE_CBYTES,
    };
    static struct pids_info *info;

    return read_self(&info, items, COUNT(items));
}

static bool read_self_status(void)
{
    static enum pids_item items[] = {
        PIDS_VM_SIZE, PIDS_VM_RSS_LOCKED, PIDS_VM_RSS, PIDS_VM_RSS_ANON, PIDS_VM_RSS_FILE,
        PIDS_VM_RSS_SHARED, PIDS_VM_DATA, PIDS_VM_STACK, PIDS_VM_EXE, PIDS_VM_LIB,
        PIDS_VM_SWAP, PIDS_ID_TGID, PIDS_ID_RUID, PIDS_ID_SUID, PIDS_ID_FUID, PIDS_ID_RGID,
        PIDS_ID_SGID, PIDS_ID_FGID, PIDS_SIGNALS, PIDS_SIGPENDING, PIDS_SIGBLOCKED,
        PIDS_SIGIGNORE, PIDS_SIGCATCH, PIDS_SUPGIDS,
    };
    static struct pids_info *info;

    return read_self(&info, items, COUNT(items));
}


static const struct {
    const char *name;
    bool (*read)(void);  /* one fresh read; false if it failed */
} SOURCES[] = {
    {"stat", read_stat},
    {"meminfo", read_meminfo},
    {"loadavg", read_loadavg},
    {"diskstats", read_diskstats},
    {"uptime", read_uptime},
    {"vmstat", read_vmstat},
    {"PID/stat", read_self_stat},
    {"PID/statm", read_self_statm},
    {"PID/io", read_self_io},
    {"PID/status", read_self_status},
};

static long long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The nanoseconds that `calls` reads took, after one untimed read; -1 if any of them failed. */
static long long measure(bool (*read)(void), long calls)
{
    long long start;

    if (!read())
        return -1;
    start = now_ns();
    for (; calls > 0; calls--)
        if (!read())
            return -1;
    return now_ns() - start;
}

int main(void)
{
    char line[256], source[64];
    long calls;

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        long long taken_ns = -1;

        if (sscanf(line, "%63s %ld", source, &calls) == 2 && calls >= 0)
            for (int i = 0; i < COUNT(SOURCES); i++)
                if (!strcmp(source, SOURCES[i].name))
                    taken_ns = measure(SOURCES[i].read, calls);
        if (taken_ns < 0)
            puts("-");
        else
            printf("%lld\n", taken_ns);
    }
    return 0;
}
