// A program that does what it must not, so that the proofs of tests/c.sh can be seen to fail: it lends more slots than it has, and on the
// board, where WITH_HEAP is defined, it has a heap.
#include <stdlib.h>

#include "relink.h"

static relink_slot slots[2];

#ifdef WITH_HEAP
void *_sbrk(ptrdiff_t bytes);
void *_sbrk(ptrdiff_t bytes) { return bytes > 0 ? slots : NULL; }
#define MEMORY malloc(sizeof slots)
#else
#define MEMORY slots
#endif

int main(void) {
    static const uint8_t key[16] = {0};
    relink_ledger ledger; // not beside the slots: overlapping with it would be answered
    relink_terms terms;
    relink_terms_default(&terms);
    return relink_ledger_init(&ledger, MEMORY, 3, &terms, key);
}
