// Times fresh reads of /proc by github.com/prometheus/procfs, the parser of node_exporter.
// The protocol is in README.md.
//
// How the library is used: one FS and one Proc (this process), made before the clock starts,
// then one call of the file's method per read; each opens, reads and parses the file anew. The
// garbage that the calls leave is collected while they run, as in any Go program.
//
// net/snmp, net/snmp6 and net/netstat are methods of Proc, and read /proc/PID/net/...
//
// Not in version 0.8: uptime, vmstat (its VM() reads the settings in /proc/sys/vm), PID/statm.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/prometheus/procfs"
	"github.com/prometheus/procfs/blockdevice"
)

var sink uint64

// reader makes one fresh read of a library method and a function that uses what it returned.
func reader[T any](read func() (T, error), use func(T) uint64) func() error {
	return func() error {
		value, err := read()
		if err == nil {
			sink += use(value)
		}
		return err
	}
}

func sources() (map[string]func() error, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return nil, err
	}
	self, err := fs.Self()
	if err != nil {
		return nil, err
	}
	pressure := func(resource string) func() error {
		return reader(
			func() (procfs.PSIStats, error) { return fs.PSIStatsForResource(resource) },
			func(v procfs.PSIStats) uint64 { return v.Some.Total },
		)
	}
	readers := map[string]func() error{
		"stat":            reader(fs.Stat, func(v procfs.Stat) uint64 { return v.ContextSwitches }),
		"meminfo":         reader(fs.Meminfo, func(v procfs.Meminfo) uint64 { return *v.MemTotal }),
		"net/dev":         reader(fs.NetDev, func(v procfs.NetDev) uint64 { return v["lo"].RxBytes }),
		"loadavg":         reader(fs.LoadAvg, func(v *procfs.LoadAvg) uint64 { return uint64(v.Load1) }),
		"pressure/cpu":    pressure("cpu"),
		"pressure/memory": pressure("memory"),
		"pressure/io":     pressure("io"),
		"softirqs": reader(fs.Softirqs, func(v procfs.Softirqs) uint64 {
			return uint64(len(v.Timer))
		}),
		"schedstat": reader(fs.Schedstat, func(v *procfs.Schedstat) uint64 {
			return uint64(len(v.CPUs))
		}),
		"net/snmp": reader(self.Snmp, func(v procfs.ProcSnmp) uint64 {
			return uint64(v.Ip.InReceives)
		}),
		"net/snmp6": reader(self.Snmp6, func(v procfs.ProcSnmp6) uint64 {
			return uint64(v.Ip6.InReceives)
		}),
		"net/netstat": reader(self.Netstat, func(v procfs.ProcNetstat) uint64 {
			return uint64(v.IpExt.InOctets)
		}),
		"net/sockstat": reader(fs.NetSockstat, func(v *procfs.NetSockstat) uint64 {
			return uint64(len(v.Protocols))
		}),
		"PID/stat": reader(self.Stat, func(v procfs.ProcStat) uint64 { return uint64(v.UTime) }),
		"PID/io":   reader(self.IO, func(v procfs.ProcIO) uint64 { return v.RChar }),
		"PID/status": reader(self.NewStatus, func(v procfs.ProcStatus) uint64 {
			return v.VmRSS
		}),
		"PID/schedstat": reader(self.Schedstat, func(v procfs.ProcSchedstat) uint64 {
			return v.RunningNanoseconds
		}),
	}
	if block, err := blockdevice.NewDefaultFS(); err == nil {
		readers["diskstats"] = reader(block.ProcDiskstats, func(v []blockdevice.Diskstats) uint64 {
			return uint64(len(v))
		})
	}
	if _, err := os.Stat("/proc/net/snmp6"); err != nil {
		delete(readers, "net/snmp6") // Snmp6() calls a missing file no error
	}
	return readers, nil
}

// measure returns the time that some reads took, after one untimed read.
func measure(read func() error, calls uint64) (time.Duration, error) {
	if err := read(); err != nil {
		return 0, err
	}
	start := time.Now()
	for ; calls > 0; calls-- {
		if err := read(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

func main() {
	readers, err := sources()
	if err != nil {
		log.Fatal(err)
	}
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		var source string
		var calls uint64
		answer := "-"
		_, err := fmt.Sscan(input.Text(), &source, &calls)
		if read, known := readers[source]; known && err == nil {
			if taken, err := measure(read, calls); err == nil {
				answer = fmt.Sprint(taken.Nanoseconds())
			}
		}
		fmt.Println(answer)
	}
}
