"""/proc/pressure/irq: time that interrupts took from tasks. It has `full` only.

full avg10=0.00 avg60=0.00 avg300=0.00 total=2171
"""
from hzstat._pressure import PressureSource

from .descriptor import Descriptor
from .pressure import DOCUMENT, FIELDS, MOST_HZ, NEEDS

DESCRIPTOR = Descriptor(
    "pressure/irq", DOCUMENT, "6.1",
    tuple((name, unit, kind, "6.1", meaning) for name, unit, kind, _, meaning in FIELDS),
    parser=lambda: PressureSource("pressure/irq"),
    needs=NEEDS.replace("CONFIG_PSI", "CONFIG_PSI and CONFIG_IRQ_TIME_ACCOUNTING"),
    most_hz=MOST_HZ)
