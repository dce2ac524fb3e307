/* The ring's protocol (ext/hzstat/_ring.pyx): one writer that never waits, readers that drain.

   A record is two words, both its number. The writer's stores of the payload come in any order, and
   so do a reader's loads: that is all that relaxed atomics between the fences leave open here
   (Boehm 2012). Checked: no torn record is handed out, records come in order, none is handed out
   twice, and copied + lost is what was published, however far a reader falls behind.

   Without one of its parts it must fail, which tests/test_model.py makes sure of:
   -DNO_ODD (no mark before the payload is written), -DNO_CHECK (no second look at the sequence). */

#define SLOTS 2
#define RECORDS 5
#define READERS 2

byte sequence[SLOTS];   /* 2n+1 while record n is written, 2n+2 once it is whole */
byte first[SLOTS];
byte second[SLOTS];
byte head;              /* records published */
bool ended;

proctype Writer() {
    byte n = 0;
    byte slot;
    do
    :: n < RECORDS ->
        slot = n % SLOTS;
#ifndef NO_ODD
        sequence[slot] = 2 * n + 1;
#endif
        if
        :: first[slot] = n; second[slot] = n
        :: second[slot] = n; first[slot] = n
        fi;
        sequence[slot] = 2 * n + 2;
        head = n + 1;
        n++
    :: else -> break
    od;
    ended = true
}

proctype Reader() {
    byte cursor = 0;
    byte copied = 0;
    byte lost = 0;
    byte seen, one, two, now, slot, last;
    bool stop = false;
    do
    :: stop -> break
    :: else ->
        stop = ended;           /* before the head, so that nothing published is left */
        now = head;
        do
        :: cursor >= now -> break
        :: else ->
            if      /* the slot that follows the newest may be half written */
            :: now - cursor >= SLOTS ->
                lost = lost + now - cursor - SLOTS + 1;
                cursor = now - SLOTS + 1
            :: else -> skip
            fi;
            slot = cursor % SLOTS;
            seen = sequence[slot];
            if
            :: seen != 2 * cursor + 2 -> lost++
            :: else ->
                if
                :: one = first[slot]; two = second[slot]
                :: two = second[slot]; one = first[slot]
                fi;
                if
#ifndef NO_CHECK
                :: sequence[slot] != seen -> lost++
#endif
                :: else ->
                    assert(one == cursor && two == cursor);     /* whole, and the one asked for */
                    assert(copied == 0 || cursor > last);
                    last = cursor;
                    copied++
                fi
            fi;
            cursor++;
            now = head
        od
    od;
    assert(copied + lost == RECORDS)
}

init {
    atomic {
        byte i;
        run Writer();
        for (i : 1 .. READERS) { run Reader() }
    }
}
