/* The hot loop of the countdown: one decrement an iteration, in a register.

   The empty asm says that it may change n, so that no compiler can count down in one step. The
   extension and the C program that is its reference are made of this same text. */
#include <stdint.h>

static inline uint64_t hz_countdown(uint64_t n)
{
    while (n) {
        n--;
        __asm__ volatile("" : "+r"(n));
    }
    return n;
}
