"""A raw view of somebody's bytes: half the price of a typed memoryview, and no numpy."""
from cpython.buffer cimport PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer


cdef inline int hold(Py_buffer* view, object owner, bint writable) except -1:
    """Borrow `owner`'s contiguous bytes until PyBuffer_Release(view)."""
    return PyObject_GetBuffer(owner, view, PyBUF_WRITABLE if writable else PyBUF_SIMPLE)
