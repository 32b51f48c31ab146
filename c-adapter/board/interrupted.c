// The proof that an interrupt may call at any moment: the system timer's steps a link while the program steps it. It is told busy or it
// is served, and either way the link lives the same life as one that nobody interrupts.
#include <string.h>

#include "io.h"
#include "relink.h"
#include "text.h"

enum { STEPS = 20000, CYCLES = 389 }; // of the processor between two interrupts: a prime, so that they fall everywhere

// SysTick (ARMv7-M architecture manual, B3.3).
static volatile uint32_t *const TIMER = (volatile uint32_t *)0xE000E010;

static relink_link link, alone;
static volatile uint32_t busy, served, wrong;

// Too early for any deadline, so it means nothing to the link.
void tick(void) {
    relink_event event = {.kind = RELINK_EVENT_TIMEOUT};
    relink_reaction reaction;
    relink_status status = relink_link_step(&link, 0, 0, &event, &reaction);
    if (status == RELINK_STATUS_BUSY) {
        busy++;
    } else if (status == RELINK_STATUS_OK && reaction.kind == RELINK_REACTION_IGNORED) {
        served++;
    } else {
        wrong++;
    }
}

// Steps both links alike; the interrupted one again until it is not busy. (From here it never is: an interrupt is over before we go on.)
static bool step(uint64_t now_ms, const relink_event *event) {
    relink_reaction reaction = {0}, expected = {0};
    return relink_link_step(&link, now_ms, 7, event, &reaction) == RELINK_STATUS_OK
           && relink_link_step(&alone, now_ms, 7, event, &expected) == RELINK_STATUS_OK
           && reaction.kind == expected.kind && reaction.attempt == expected.attempt;
}

// A life without deadlines in between: start, opened, heard, lost, again.
static relink_event life(uint32_t at) {
    relink_view view = {0};
    (void)relink_link_view(&alone, &view);
    relink_event events[] = {
        {.kind = RELINK_EVENT_START},
        {.kind = RELINK_EVENT_OPENED, .attempt = view.attempt},
        {.kind = RELINK_EVENT_HEARD, .attempt = view.attempt},
        {.kind = RELINK_EVENT_STOP, .code = 1000},
        {.kind = RELINK_EVENT_LOST, .attempt = view.attempt, .verdict = RELINK_VERDICT_RETRY},
    };
    return events[at % (sizeof events / sizeof *events)];
}

int main(int count, char **arguments) {
    relink_config config;
    relink_view view, expected;
    bool ok = io_open(count, arguments) && relink_config_default(&config) == RELINK_STATUS_OK
              && relink_link_init(&link, &config) == RELINK_STATUS_OK && relink_link_init(&alone, &config) == RELINK_STATUS_OK;
    TIMER[1] = CYCLES;
    TIMER[2] = 0;
    TIMER[0] = 7; // the processor's clock, with an interrupt, on
    for (uint32_t at = 0; ok && at < STEPS; at++) {
        relink_event event = life(at);
        ok = step(200 * (uint64_t)at, &event);
    }
    TIMER[0] = 0;
    ok = ok && relink_link_view(&link, &view) == RELINK_STATUS_OK && relink_link_view(&alone, &expected) == RELINK_STATUS_OK;
    ok = ok && view.state == expected.state && view.attempt == expected.attempt && view.attempts == expected.attempts
         && view.failures == expected.failures && view.not_before_ms == expected.not_before_ms;
    write_text("busy ");
    write_number(busy);
    write_text(", served ");
    write_number(served);
    write_text(", otherwise ");
    write_number(wrong);
    write_text("\n");
    return io_close() && ok && busy > 100 && served > 100 && wrong == 0 ? 0 : 1;
}
