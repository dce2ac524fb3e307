"""/proc/pressure/cpu: time in which tasks waited for a CPU. It has `full` since 5.13, always 0.

some avg10=0.00 avg60=1.16 avg300=0.78 total=9451991
full avg10=0.00 avg60=0.00 avg300=0.00 total=0
"""
from hzstat._pressure import PressureSource

from .descriptor import Descriptor
from .pressure import DOCUMENT, FIELDS, MOST_HZ, NEEDS

DESCRIPTOR = Descriptor(
    "pressure/cpu", DOCUMENT, "4.20", FIELDS, parser=lambda: PressureSource("pressure/cpu"),
    needs=NEEDS, most_hz=MOST_HZ)
