// A made-up board: a clock, a modem, and at the other end a peer with its troubles.
#ifndef MADE_UP_H
#define MADE_UP_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t clock_ms;

// What happens at this moment.
void made_up_tick(void);

// What must have come of it all. False, and said, if not.
bool made_up_verdict(void);

#endif
