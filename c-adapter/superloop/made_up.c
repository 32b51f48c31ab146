// Owns the made-up board. Its peer is down at first, sends two commands, is cut off for a while, delivers both once more (of the first the
// acknowledgement was lost, the second came while the device was busy), and asks the device to leave.
#include "made_up.h"

#include <string.h>

#include "format.h"
#include "platform.h"
#include "text.h"

enum { PEER_UP = 2500, COMMAND = 7000, SECOND = 7100, CUT = 7200, MENDED = 30000, AGAIN = 40000, SECOND_AGAIN = 41000, BYE = 45000 };
enum { DELAY = 50, NEVER_CONNECTED = 0 };

uint64_t clock_ms;

// Lines under way to the device, in their order, each with its time of arrival.
static struct {
    uint64_t at_ms;
    char line[64];
} under_way[16];
static unsigned first, count, position;

static uint32_t connection = NEVER_CONNECTED; // as the peer sees it
static unsigned readings, obeyed, acknowledged, dials, pings;
static uint32_t last_reading;

static bool is_cut(void) { return clock_ms >= CUT && clock_ms < MENDED; }

static void show(const char *arrow, const char *line) {
    write_text("at ");
    write_time(clock_ms);
    write_text(arrow);
    write_text(line);
    write_text("\n");
}

static void to_device(const char *what, uint32_t attempt, const char *text) {
    unsigned at = (first + count) % (sizeof under_way / sizeof *under_way);
    if (count == sizeof under_way / sizeof *under_way) {
        return;
    }
    count++;
    under_way[at].at_ms = clock_ms + DELAY;
    format(under_way[at].line, sizeof under_way[at].line, what, attempt, text, "\n", "");
}

// What the peer says gets through unless the cable is cut; what the modem itself says always does.
static void peer_says(const char *text) {
    if (!is_cut() && connection != NEVER_CONNECTED) {
        to_device("+DATA:", connection, text);
    }
}

static void peer_ends(void) {
    if (connection != NEVER_CONNECTED) {
        to_device("+CLOSED:", connection, "");
        connection = NEVER_CONNECTED;
    }
}

int uart_read(void) {
    if (count == 0 || under_way[first].at_ms > clock_ms) {
        return -1;
    }
    char byte = under_way[first].line[position++];
    if (byte == '\n') {
        under_way[first].line[position - 1] = '\0';
        show("  <  ", under_way[first].line);
        first = (first + 1) % (sizeof under_way / sizeof *under_way);
        count--;
        position = 0;
    }
    return byte;
}

static void peer_hears(const char *text) {
    uint32_t reading;
    if (is_cut()) {
        return;
    }
    if (strcmp(text, "PING") == 0) {
        pings++;
        peer_says(",PONG");
    } else if (strcmp(text, "END") == 0) {
        peer_ends();
    } else if (strncmp(text, "ACK ", 4) == 0) {
        acknowledged++;
    } else if (parse(text, "READING ", &reading) != NULL) {
        readings++;
        last_reading = reading;
    }
}

void uart_write_line(const char *line) {
    uint32_t attempt;
    const char *text;
    show("  >  ", line);
    if (parse(line, "AT+OPEN=", &attempt) != NULL) {
        dials++;
        if (clock_ms < PEER_UP) {
            to_device("+CLOSED:", attempt, "");
        } else if (!is_cut()) {
            connection = attempt;
            to_device("+OPENED:", attempt, "");
            peer_says(",HELLO");
        }
    } else if ((text = parse(line, "AT+SEND=", &attempt)) != NULL && attempt == connection) {
        peer_hears(text + 1);
    } else if (parse(line, "AT+CLOSE=", &attempt) != NULL) {
        to_device("+CLOSED:", attempt, ""); // comes late: the device must not take it for its next connection's
        connection = attempt == connection ? NEVER_CONNECTED : connection;
    }
}

// The same each time, so that the timeline is. A real device draws from its hardware.
uint32_t random_u32(void) {
    static uint32_t state = 2463534242;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

void obey(const char *command) {
    obeyed++;
    show("  *  obeys ", command);
}

void made_up_tick(void) {
    if (clock_ms == COMMAND || clock_ms == AGAIN) {
        peer_says(",CMD c7 blink");
    }
    if (clock_ms == SECOND || clock_ms == SECOND_AGAIN) {
        peer_says(",CMD c8 beep");
    }
    if (clock_ms == BYE) {
        peer_says(",BYE");
    }
}

static bool expect(const char *what, uint64_t got, uint64_t least, uint64_t most) {
    bool ok = got >= least && got <= most;
    write_text(what);
    write_text(": ");
    write_number(got);
    write_text(ok ? "\n" : ", which is WRONG\n");
    return ok;
}

bool made_up_verdict(void) {
    bool ok = expect("commands that were obeyed, of two that came twice each", obeyed, 2, 2);
    ok &= expect("acknowledgements that arrived", acknowledged, 2, 2);
    ok &= expect("dials", dials, 4, 20);
    ok &= expect("readings that arrived", readings, 30, 60);
    return expect("the last of them", last_reading, 59, 59) && ok;
}
