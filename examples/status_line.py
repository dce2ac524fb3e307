"""A small dstat in one line: CPU, network, memory and load, read by a process each.

    python examples/status_line.py [lines [seconds]]

Each process keeps what it read last and answers when it is asked. They are asked all at once, so
that the numbers of a line are of one moment, and a line takes as long as the slowest of them.
(`hzstat line` does this without processes, since it reads in no time.)
"""
import multiprocessing
import sys
import time

import hzstat

MEBI, GIBI_IN_KB = 1 << 20, 1 << 20


def cpu():
    return f"C:{hzstat.cpu_percent():5.1f}%"        # since the last call; the first one waits


def net():
    rates = [rate for name, rate in hzstat.net_rates().items() if name != "lo"]
    received, sent = (sum(rate[field] for rate in rates) / MEBI
                      for field in ("rx_bytes", "tx_bytes"))
    return f"D:{received:7.3f}MB U:{sent:7.3f}MB"


def memory():
    [row] = hzstat.values("meminfo")
    used = row["MemTotal"] - row["MemAvailable"]
    return f"M:{used / GIBI_IN_KB:4.1f}/{row['MemTotal'] / GIBI_IN_KB:4.1f}GB"


def load():
    [row] = hzstat.values("loadavg")
    return f"L:{row['load1']:5.2f}"


def answer(read, pipe):
    while pipe.recv():
        pipe.send(read())


def main(lines, seconds):
    pipes = []
    for read in (cpu, net, memory, load):
        ours, theirs = multiprocessing.Pipe()
        multiprocessing.Process(target=answer, args=(read, theirs), daemon=True).start()
        pipes.append(ours)
    for number in range(lines):
        time.sleep(seconds if number else 0)
        for pipe in pipes:
            pipe.send(True)
        print(*(pipe.recv() for pipe in pipes), flush=True)
    for pipe in pipes:
        pipe.send(False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5,
         float(sys.argv[2]) if len(sys.argv) > 2 else 0.5)
