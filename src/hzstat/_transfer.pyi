from ._bytes import Bytes
from ._ring import Ring

END: int

def send(ring: Ring, seconds: float, rate_hz: float = 0) -> int: ...
def receive(ring: Ring, patient: bool, late_ns: Bytes) -> tuple[int, int, int]: ...
