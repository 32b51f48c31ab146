// What scenarios are about: a link, or a ledger with the memory that is lent to it.
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>

#include "relink.h"
#include "text.h"

enum { SLOTS_MAX = 64 };

typedef struct link_subject {
    bool is_single;
    relink_link link;
    relink_single single;
    uint32_t latest; // the attempt that was opened last: reports without a number are of it
} link_subject;

typedef struct ledger_subject {
    relink_ledger ledger;
    relink_slot slots[2][SLOTS_MAX];
    int used; // which of the two
} ledger_subject;

// What follows the word `link`, or `ledger`.
bool link_begin(link_subject *subject, cursor *words);
bool ledger_begin(ledger_subject *subject, cursor *words);

// What follows the time: lets it happen, and writes what comes of it.
bool link_step(link_subject *subject, uint64_t now_ms, cursor *words);
bool ledger_step(ledger_subject *subject, uint64_t now_ms, cursor *words);

#endif
