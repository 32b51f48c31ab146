// Owns the steps of links: what happens, and the state, reaction and deadline that follow.
#include <string.h>

#include "subject.h"

static bool read_verdict(relink_event *event, cursor *words) {
    static const struct {
        const char *name;
        enum relink_verdict verdict;
        bool delayed;
    } verdicts[] = {
        {"retry", RELINK_VERDICT_RETRY, false},     {"retry-after", RELINK_VERDICT_RETRY_AFTER, true},
        {"retry-in", RELINK_VERDICT_RETRY_IN, true}, {"postpone", RELINK_VERDICT_POSTPONE, true},
        {"renew", RELINK_VERDICT_RENEW, true},       {"give-up", RELINK_VERDICT_GIVE_UP, false},
    };
    const char *word = words_next(words);
    for (size_t at = 0; word != NULL && at < sizeof verdicts / sizeof *verdicts; at++) {
        if (strcmp(word, verdicts[at].name) == 0) {
            event->verdict = (uint8_t)verdicts[at].verdict;
            const char *delay = verdicts[at].delayed ? words_next(words) : "none";
            return delay != NULL && read_length(delay, &event->delay_ms);
        }
    }
    return false;
}

// What an event carries beside its attempt.
static bool read_more(relink_event *event, cursor *words) {
    const char *word = NULL;
    switch (event->kind) {
    case RELINK_EVENT_DRAIN:
        word = words_next(words);
        if (word == NULL || !read_time(word, &event->until_ms)) {
            return false;
        }
        // A code follows.
        // fall through
    case RELINK_EVENT_STOP:
    case RELINK_EVENT_BROKEN:
        word = words_next(words);
        return word != NULL && read_u16(word, &event->code);
    case RELINK_EVENT_PULSE:
        word = words_next(words);
        return word != NULL && read_length(word, &event->delay_ms);
    case RELINK_EVENT_ASKED:
    case RELINK_EVENT_CLOSED:
    case RELINK_EVENT_LOST:
        return read_verdict(event, words);
    default:
        return true;
    }
}

static bool read_event(relink_event *event, uint32_t latest, cursor *words) {
    static const struct {
        const char *name;
        enum relink_event_kind kind;
    } kinds[] = {
        {"start", RELINK_EVENT_START},       {"stop", RELINK_EVENT_STOP},     {"drain", RELINK_EVENT_DRAIN},
        {"timeout", RELINK_EVENT_TIMEOUT},   {"opened", RELINK_EVENT_OPENED}, {"accepted", RELINK_EVENT_ACCEPTED},
        {"heard", RELINK_EVENT_HEARD},       {"pulse", RELINK_EVENT_PULSE},   {"drained", RELINK_EVENT_DRAINED},
        {"asked", RELINK_EVENT_ASKED},       {"closed", RELINK_EVENT_CLOSED}, {"broken", RELINK_EVENT_BROKEN},
        {"lost", RELINK_EVENT_LOST},
    };
    char *word = words_next(words);
    if (word == NULL) {
        return false;
    }
    char *number = strchr(word, '#');
    event->attempt = latest;
    if (number != NULL && !read_attempt(number, &event->attempt)) {
        return false;
    }
    if (number != NULL) {
        *number = '\0';
    }
    for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++) {
        if (strcmp(word, kinds[at].name) == 0) {
            event->kind = (uint8_t)kinds[at].kind;
            return read_more(event, words);
        }
    }
    return false;
}

static void write_state(const relink_view *view) {
    static const char *const states[] = {"idle", "connecting", "open", "ready", "draining", "closing", "backoff", "shutdown"};
    static const char *const besides[] = {"",       "+backoff",     "+connecting", "+open",  "+last",   "+old",
                                          "+old-drained", "+old-closing", "+abort",      "+close", "+closing"};
    static const char *const ends[] = {"", ":stopped", ":given-up", ":exhausted", ":over"};
    bool drained = view->state == RELINK_STATE_DRAINING && !view->busy;
    write_text(drained ? "drained" : states[view->state]);
    write_text(besides[view->beside]);
    write_text(ends[view->end]);
}

static void write_reaction(const relink_reaction *reaction) {
    static const char *const kinds[] = {"ignored", "wait", "open ", "ping ", "close ", "abort "};
    write_text(kinds[reaction->kind]);
    if (reaction->attempt != 0) {
        write_attempt(reaction->attempt);
    }
    if (reaction->kind == RELINK_REACTION_CLOSE) {
        write_text(" ");
        write_number(reaction->code);
    }
}

// The step itself, on either kind of link.
static relink_status step(link_subject *subject, uint64_t now_ms, uint32_t roll, const relink_event *event, relink_reaction *reaction) {
    return subject->is_single ? relink_single_step(&subject->single, now_ms, roll, event, reaction)
                              : relink_link_step(&subject->link, now_ms, roll, event, reaction);
}

bool link_step(link_subject *subject, uint64_t now_ms, cursor *words) {
    relink_event event = {0};
    relink_reaction reaction;
    uint32_t roll = 0;
    if (!read_event(&event, subject->latest, words)) {
        return false;
    }
    char *word = words_next(words);
    if (word != NULL && (text_behind(word, "roll=") == NULL || !read_roll(text_behind(word, "roll="), &roll))) {
        return false;
    }
    relink_view view;
    uint64_t deadline_ms;
    relink_status status = step(subject, now_ms, roll, &event, &reaction);
    if (status == RELINK_STATUS_OK) {
        status = subject->is_single ? relink_single_view(&subject->single, &view) : relink_link_view(&subject->link, &view);
    }
    if (status == RELINK_STATUS_OK) {
        status = subject->is_single ? relink_single_deadline(&subject->single, &deadline_ms)
                                    : relink_link_deadline(&subject->link, &deadline_ms);
    }
    if (status != RELINK_STATUS_OK) {
        return false;
    }
    if (reaction.kind == RELINK_REACTION_OPEN) {
        subject->latest = reaction.attempt;
    }
    write_state(&view);
    write_text(" ");
    write_reaction(&reaction);
    write_text(" ");
    write_deadline(deadline_ms);
    write_text("\n");
    return true;
}
