// Owns the scenarios of ledgers: their `ledger` line, what happens, and what the ledger says.
#include <string.h>

#include "subject.h"

// Whatever the key is, the answers are the same: a ledger hashes to find, not to compare.
static const uint8_t KEY[16] = {0x52, 0x65, 0x4c, 0x69, 0x4e, 0x6b};

bool ledger_begin(ledger_subject *subject, cursor *words) {
    relink_terms terms;
    uint32_t slots = 16;
    if (relink_terms_default(&terms) != RELINK_STATUS_OK) {
        return false;
    }
    for (char *word = words_next(words); word != NULL; word = words_next(words)) {
        char *capacity = text_behind(word, "capacity="), *warn = text_behind(word, "warn=");
        char *due = text_behind(word, "due="), *remember = text_behind(word, "remember=");
        bool known = capacity != NULL   ? read_u32(capacity, &slots) && slots <= SLOTS_MAX
                     : warn != NULL     ? read_length(warn, &terms.warn_after_ms)
                     : due != NULL      ? read_length(due, &terms.due_after_ms)
                     : remember != NULL ? read_length(remember, &terms.remember_for_ms)
                                        : strcmp(word, "collide") == 0; // about hashes, which are the library's own here
        if (!known) {
            return false;
        }
    }
    subject->used = 0;
    return relink_ledger_init(&subject->ledger, subject->slots[0], slots, &terms, KEY) == RELINK_STATUS_OK;
}

// An envelope: a word of at most 16 bytes.
static bool read_id(const char *text, relink_id *id) {
    size_t length = strlen(text);
    memset(id, 0, sizeof *id);
    memcpy(id->bytes, text, length <= sizeof id->bytes ? length : 0);
    return length > 0 && length <= sizeof id->bytes;
}

static void write_envelope(const relink_notice *notice) {
    char name[sizeof notice->id.bytes + 1] = {0};
    memcpy(name, notice->id.bytes, sizeof notice->id.bytes);
    write_text(" ");
    write_text(name);
    write_attempt(notice->attempt);
}

static bool received(ledger_subject *subject, uint64_t now_ms, char *envelope, cursor *words) {
    static const char *const said[] = {"new", "joined", "known", "unrecorded", "unjoined"};
    relink_id id;
    relink_received answer;
    uint32_t attempt = 0;
    char *number = strchr(envelope, '#');
    if (number == NULL || !read_attempt(number, &attempt)) {
        return false;
    }
    *number = '\0';
    bool once = words_take(words, "once");
    if (!read_id(envelope, &id)
        || relink_ledger_received(&subject->ledger, now_ms, &id, attempt, !once, &answer) != RELINK_STATUS_OK) {
        return false;
    }
    write_text(said[answer]);
    return true;
}

static bool acknowledge(ledger_subject *subject, uint64_t now_ms, const char *envelope) {
    static const char *const said[] = {"answer ", "done", "nowhere", "unknown"};
    relink_id id;
    relink_answer answer;
    if (!read_id(envelope, &id) || relink_ledger_acknowledge(&subject->ledger, now_ms, &id, &answer) != RELINK_STATUS_OK) {
        return false;
    }
    write_text(said[answer.kind]);
    if (answer.kind == RELINK_ANSWER_ON) {
        write_attempt(answer.attempt);
    }
    return true;
}

static const char *const FATES[] = {"nothing", "again", "never", "elsewhere"};

static bool dropped(ledger_subject *subject, const char *envelope) {
    relink_id id;
    relink_fate fate;
    if (!read_id(envelope, &id) || relink_ledger_dropped(&subject->ledger, &id, &fate) != RELINK_STATUS_OK) {
        return false;
    }
    write_text(FATES[fate]);
    return true;
}

static bool counted(ledger_subject *subject, uint64_t now_ms, const char *word, const char *connection) {
    uint32_t attempt = 0, count = 0;
    bool is_lost = strcmp(word, "lost") == 0;
    if (!read_attempt(connection, &attempt)) {
        return false;
    }
    relink_status status = is_lost ? relink_ledger_lost(&subject->ledger, now_ms, attempt, &count)
                                   : relink_ledger_in_hand(&subject->ledger, attempt, &count);
    write_text(is_lost ? "unanswered " : "in-hand ");
    write_number(count);
    return status == RELINK_STATUS_OK;
}

static bool timeout(ledger_subject *subject, uint64_t now_ms) {
    static const char *const said[] = {"nothing", "pressing", "late", "lost"};
    relink_notice notice;
    if (relink_ledger_timeout(&subject->ledger, now_ms, &notice) != RELINK_STATUS_OK) {
        return false;
    }
    write_text(said[notice.kind]);
    if (notice.kind != RELINK_NOTICE_NOTHING) {
        write_envelope(&notice);
    }
    if (notice.kind == RELINK_NOTICE_PRESSING) {
        write_text(" by ");
        write_time(notice.due_ms);
    }
    if (notice.kind == RELINK_NOTICE_LOST) {
        write_text(" ");
        write_text(FATES[notice.fate]);
    }
    return true;
}

static bool exchange(ledger_subject *subject, const char *text) {
    uint32_t slots = 0;
    if (!read_u32(text, &slots) || slots > SLOTS_MAX) {
        return false;
    }
    relink_status status = relink_ledger_exchange(&subject->ledger, subject->slots[1 - subject->used], slots);
    if (status == RELINK_STATUS_OK) {
        subject->used = 1 - subject->used;
    }
    write_text(status == RELINK_STATUS_OK ? "exchanged" : "too-small");
    return status == RELINK_STATUS_OK || status == RELINK_STATUS_TOO_SMALL;
}

static bool act(ledger_subject *subject, uint64_t now_ms, cursor *words) {
    const char *deed = words_next(words);
    if (deed != NULL && strcmp(deed, "timeout") == 0) {
        return timeout(subject, now_ms);
    }
    char *what = words_next(words);
    if (deed == NULL || what == NULL) {
        return false;
    }
    return strcmp(deed, "received") == 0      ? received(subject, now_ms, what, words)
           : strcmp(deed, "acknowledge") == 0 ? acknowledge(subject, now_ms, what)
           : strcmp(deed, "dropped") == 0     ? dropped(subject, what)
           : strcmp(deed, "exchange") == 0    ? exchange(subject, what)
           : strcmp(deed, "lost") == 0 || strcmp(deed, "in-hand") == 0 ? counted(subject, now_ms, deed, what)
                                                                       : false;
}

bool ledger_step(ledger_subject *subject, uint64_t now_ms, cursor *words) {
    relink_ledger_figures figures;
    uint64_t deadline_ms;
    if (!act(subject, now_ms, words) || words_next(words) != NULL
        || relink_ledger_view(&subject->ledger, now_ms, &figures) != RELINK_STATUS_OK
        || relink_ledger_deadline(&subject->ledger, &deadline_ms) != RELINK_STATUS_OK) {
        return false;
    }
    write_text(" hand=");
    write_number(figures.in_hand);
    write_text(" known=");
    write_number(figures.remembered);
    write_text(" ");
    write_deadline(deadline_ms);
    write_text("\n");
    return true;
}
