"""What the files of /proc/pressure have in common: a line a kind, `some` and `full`.

some avg10=0.15 avg60=0.59 avg300=0.37 total=3449562
full avg10=0.15 avg60=0.55 avg300=0.35 total=3275659

Each read of any of them takes stock for all who read: the kernel weighs what each CPU stalled since
the last time by the whole jiffies in which it wasn't idle, and what is less than a jiffy is lost,
from the averages, too. At 1000 reads a second more than half of it was, where one has 4 ms.
"""
from .descriptor import COUNTER, GAUGE, KEY

DOCUMENT = "Documentation/accounting/psi.rst"
NEEDS = "a kernel with CONFIG_PSI, and psi=1 at boot where that is off by default"

MOST_HZ = 20.0      # 5 jiffies between two reads, where these are longest, at HZ=100

FIELDS = (
    ("kind", "", KEY, "4.20", "some: a task stalls; full: nothing else runs either"),
    ("avg10", "%", GAUGE, "4.20", "share of the last 10 seconds that was stalled"),
    ("avg60", "%", GAUGE, "4.20", "share of the last minute that was stalled"),
    ("avg300", "%", GAUGE, "4.20", "share of the last 5 minutes that was stalled"),
    ("total_us", "us", COUNTER, "4.20", "time stalled since boot"),
)
