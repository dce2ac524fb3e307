"""/proc/pressure/memory: time in which tasks waited for memory.

some avg10=0.00 avg60=0.00 avg300=0.00 total=0
full avg10=0.00 avg60=0.00 avg300=0.00 total=0
"""
from hzstat._pressure import PressureSource

from .descriptor import Descriptor
from .pressure import DOCUMENT, FIELDS, MOST_HZ, NEEDS

DESCRIPTOR = Descriptor(
    "pressure/memory", DOCUMENT, "4.20", FIELDS, parser=lambda: PressureSource("pressure/memory"),
    needs=NEEDS, most_hz=MOST_HZ)
