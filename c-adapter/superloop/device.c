// Owns the device: how a link, an outbox and a ledger are driven from a super-loop. This is the file to copy.
//
// The modem is made up, but like many: it takes lines and gives lines. AT+OPEN=n dials, AT+SEND=n,text sends, AT+CLOSE=n hangs up;
// +OPENED:n, +DATA:n,text and +CLOSED:n come back. n is the number of the attempt, so what comes late is known for what it is.
//
// The peer says HELLO, CMD id text (to be acknowledged with ACK id), PONG, BYE (it wants us to leave) and END (its Close).
#include "device.h"

#include <string.h>

#include "format.h"
#include "platform.h"

// A status that is not OK is a mistake in this program: a device would stop here, and be reset by its watchdog.
static void must(relink_status status) {
    while (status != RELINK_STATUS_OK) {
    }
}

static void send(uint32_t attempt, const char *word, const char *text) {
    char line[LINE_MAX_BYTES];
    format(line, sizeof line, "AT+SEND=", attempt, ",", word, text);
    uart_write_line(line);
}

static void acknowledge(uint32_t attempt, const relink_id *id) {
    char name[sizeof id->bytes + 1] = {0};
    memcpy(name, id->bytes, sizeof id->bytes);
    send(attempt, "ACK ", name);
}

// Nothing more can be sent on this connection: whom its envelopes concern is told by relink_ledger_timeout.
static void forget_connection(struct device *device, uint64_t now_ms, uint32_t attempt) {
    uint32_t unanswered;
    must(relink_ledger_lost(&device->ledger, now_ms, attempt, &unanswered));
}

// The heart: one event in, one reaction out, carried out at once.
static void tell(struct device *device, uint64_t now_ms, relink_event event) {
    relink_reaction reaction;
    char line[LINE_MAX_BYTES];
    must(relink_single_step(&device->link, now_ms, random_u32(), &event, &reaction));
    switch (reaction.kind) {
    case RELINK_REACTION_OPEN:
        format(line, sizeof line, "AT+OPEN=", reaction.attempt, "", "", "");
        uart_write_line(line);
        break;
    case RELINK_REACTION_PING:
        send(reaction.attempt, "PING", "");
        break;
    case RELINK_REACTION_CLOSE:
        send(reaction.attempt, "END", "");
        forget_connection(device, now_ms, reaction.attempt);
        break;
    case RELINK_REACTION_ABORT:
        format(line, sizeof line, "AT+CLOSE=", reaction.attempt, "", "", "");
        uart_write_line(line);
        forget_connection(device, now_ms, reaction.attempt);
        break;
    default: // ignored, or nothing to do
        break;
    }
}

// A command: obeyed once, however often it is delivered, and acknowledged on every connection that brought it. One at a time: what comes
// meanwhile is dropped, and the peer delivers it again. (This peer's ids are at most 16 bytes long.)
static void hear_command(struct device *device, uint64_t now_ms, uint32_t attempt, const char *command) {
    relink_id id = {{0}};
    relink_received received;
    relink_fate fate;
    size_t length = strcspn(command, " ");
    memcpy(id.bytes, command, length < sizeof id.bytes ? length : sizeof id.bytes);
    must(relink_ledger_received(&device->ledger, now_ms, &id, attempt, true, &received));
    if (received == RELINK_RECEIVED_KNOWN) {
        acknowledge(attempt, &id);
    } else if (received == RELINK_RECEIVED_NEW && device->work_done_ms != RELINK_NEVER) {
        must(relink_ledger_dropped(&device->ledger, &id, &fate));
    } else if (received == RELINK_RECEIVED_NEW) {
        obey(command);
        device->work = id;
        device->work_done_ms = now_ms + WORK_MS;
    }
}

static void hear_peer(struct device *device, uint64_t now_ms, uint32_t attempt, const char *text) {
    tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_HEARD, .attempt = attempt});
    if (strcmp(text, "HELLO") == 0) {
        tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_ACCEPTED, .attempt = attempt});
    } else if (strncmp(text, "CMD ", 4) == 0) {
        hear_command(device, now_ms, attempt, text + 4);
    } else if (strcmp(text, "BYE") == 0) {
        tell(device, now_ms,
             (relink_event){.kind = RELINK_EVENT_ASKED, .attempt = attempt, .verdict = RELINK_VERDICT_RENEW, .delay_ms = 2000});
    } else if (strcmp(text, "END") == 0) {
        send(attempt, "END", "");
        forget_connection(device, now_ms, attempt);
        tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_CLOSED, .attempt = attempt, .verdict = RELINK_VERDICT_RETRY});
    }
}

// A line of the modem.
static void hear_modem(struct device *device, uint64_t now_ms, const char *line) {
    uint32_t attempt;
    const char *text;
    if ((text = parse(line, "+OPENED:", &attempt)) != NULL) {
        tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_OPENED, .attempt = attempt});
    } else if ((text = parse(line, "+DATA:", &attempt)) != NULL && *text == ',') {
        hear_peer(device, now_ms, attempt, text + 1);
    } else if ((text = parse(line, "+CLOSED:", &attempt)) != NULL) {
        forget_connection(device, now_ms, attempt);
        tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_LOST, .attempt = attempt, .verdict = RELINK_VERDICT_RETRY});
    }
}

static void hear(struct device *device, uint64_t now_ms) {
    for (int byte = uart_read(); byte >= 0; byte = uart_read()) {
        if (byte != '\n' && device->line_length + 1 < sizeof device->line) {
            device->line[device->line_length++] = (char)byte;
        } else if (byte == '\n') {
            device->line[device->line_length] = '\0';
            device->line_length = 0;
            hear_modem(device, now_ms, device->line);
        }
    }
}

// The command is obeyed: says so wherever somebody waits for it.
static void finish_work(struct device *device, uint64_t now_ms) {
    relink_answer answer;
    device->work_done_ms = RELINK_NEVER;
    must(relink_ledger_acknowledge(&device->ledger, now_ms, &device->work, &answer));
    while (answer.kind == RELINK_ANSWER_ON) {
        acknowledge(answer.attempt, &device->work);
        must(relink_ledger_acknowledge(&device->ledger, now_ms, &device->work, &answer));
    }
}

// While messages flow, what waits goes out. Once nothing is left of a link that drains, that is said.
static void send_what_waits(struct device *device, uint64_t now_ms) {
    relink_view view;
    uint32_t token, in_hand;
    must(relink_single_view(&device->link, &view));
    if (view.state != RELINK_STATE_READY && view.state != RELINK_STATE_DRAINING) {
        return;
    }
    while (relink_outbox_pop(&device->outbox, &token) == RELINK_STATUS_OK) {
        char reading[LINE_MAX_BYTES];
        format(reading, sizeof reading, "READING ", device->readings[token], "", "", "");
        send(view.attempt, reading, "");
    }
    must(relink_ledger_in_hand(&device->ledger, view.attempt, &in_hand));
    if (view.state == RELINK_STATE_DRAINING && view.busy && in_hand == 0) {
        tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_DRAINED, .attempt = view.attempt});
    }
}

void device_poll(struct device *device, uint64_t now_ms) {
    uint64_t deadline_ms;
    relink_notice notice;
    hear(device, now_ms); // all that has come, before any deadline is looked at
    if (now_ms >= device->work_done_ms) {
        finish_work(device, now_ms);
    }
    must(relink_single_deadline(&device->link, &deadline_ms));
    if (now_ms >= deadline_ms) {
        tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_TIMEOUT});
    }
    do { // what is late or lost: this device only goes on
        must(relink_ledger_timeout(&device->ledger, now_ms, &notice));
    } while (notice.kind != RELINK_NOTICE_NOTHING);
    send_what_waits(device, now_ms);
}

bool device_start(struct device *device, uint64_t now_ms) {
    relink_config config;
    relink_terms terms;
    uint8_t key[16];
    for (size_t at = 0; at < sizeof key; at++) {
        key[at] = (uint8_t)random_u32();
    }
    must(relink_config_default(&config));
    config.acceptance_timeout_ms = 2000;
    config.ping_after_ms = 5000;
    config.pong_timeout_ms = 2000;
    config.opening_timeout_ms = 4000;
    config.reset_after_ms = 5000;
    must(relink_terms_default(&terms));
    device->line_length = 0;
    device->readings_made = 0;
    device->work_done_ms = RELINK_NEVER;
    relink_status status = relink_single_init(&device->link, &config);
    if (status == RELINK_STATUS_OK) {
        status = relink_outbox_init(&device->outbox, 10, RELINK_WHEN_FULL_DROP_OLDEST); // ten readings, each of weight 1
    }
    if (status == RELINK_STATUS_OK) {
        status = relink_ledger_init(&device->ledger, device->slots, sizeof device->slots / sizeof *device->slots, &terms, key);
    }
    if (status == RELINK_STATUS_OK) {
        tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_START});
    }
    return status == RELINK_STATUS_OK;
}

void device_report(struct device *device, uint32_t reading) {
    relink_dropped dropped; // their places are free again: ten wait at most, and there are thirty-two
    uint32_t token = device->readings_made++ % RELINK_OUTBOX_MESSAGES_MAX;
    device->readings[token] = reading;
    must(relink_outbox_push(&device->outbox, token, 1, &dropped));
}

void device_end(struct device *device, uint64_t now_ms, uint64_t by_ms) {
    tell(device, now_ms, (relink_event){.kind = RELINK_EVENT_DRAIN, .until_ms = by_ms, .code = 1000});
}

uint64_t device_deadline(const struct device *device) {
    uint64_t link_ms, ledger_ms;
    must(relink_single_deadline(&device->link, &link_ms));
    must(relink_ledger_deadline(&device->ledger, &ledger_ms));
    uint64_t soonest_ms = link_ms < ledger_ms ? link_ms : ledger_ms;
    return soonest_ms < device->work_done_ms ? soonest_ms : device->work_done_ms;
}
