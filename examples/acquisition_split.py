"""Take data in one process and process it in another: slow processing costs no data.

    python examples/acquisition_split.py [events [seconds]]

The instrument and the processing are those of acquisition_one_loop.py, not a line is changed. What
waits to be processed lies in shared memory, and this process only manages: the limits hold whatever
the other two are doing, and what was taken before the end is still processed.
"""
from acquisition_one_loop import main

import hzstat

if __name__ == "__main__":
    main(hzstat.acquire)
