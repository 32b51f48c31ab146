// A sensor: reports a reading every second and obeys commands, over a modem that has one socket at a time.
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "relink.h"

enum { LINE_MAX_BYTES = 96, WORK_MS = 300 };

struct device {
    relink_single link;
    relink_outbox outbox;
    relink_ledger ledger;
    relink_slot slots[24];
    uint32_t readings[RELINK_OUTBOX_MESSAGES_MAX]; // a message's token is its place here
    uint32_t readings_made;
    relink_id work; // the command that is being obeyed
    uint64_t work_done_ms; // RELINK_NEVER: none
    char line[LINE_MAX_BYTES]; // what has come of a line
    size_t line_length;
};

// Begins. All else happens in device_poll.
bool device_start(struct device *device, uint64_t now_ms);

// One turn of the loop: never waits.
void device_poll(struct device *device, uint64_t now_ms);

// Takes note of a reading; it goes out when it can.
void device_report(struct device *device, uint32_t reading);

// Ends the link once all is answered, by this time at the latest.
void device_end(struct device *device, uint64_t now_ms, uint64_t by_ms);

// Until when the processor may sleep if the modem is silent.
uint64_t device_deadline(const struct device *device);

#endif
