"""/proc/pressure/io: time in which tasks waited for disk I/O.

some avg10=0.15 avg60=0.59 avg300=0.37 total=3449562
full avg10=0.15 avg60=0.55 avg300=0.35 total=3275659
"""
from hzstat._pressure import PressureSource

from .descriptor import Descriptor
from .pressure import DOCUMENT, FIELDS, MOST_HZ, NEEDS

DESCRIPTOR = Descriptor(
    "pressure/io", DOCUMENT, "4.20", FIELDS, parser=lambda: PressureSource("pressure/io"),
    needs=NEEDS, most_hz=MOST_HZ)
