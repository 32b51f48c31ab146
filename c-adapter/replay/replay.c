// Replays scenarios through the C interface: reads the left halves, writes the right ones. What a correct program writes stands in
// tests/scenarios; this one has never seen it.
//
// A line of the input is `file NAME` (written back), `link KEYS` or `ledger KEYS` (a new scenario), or a step: `at TIME EVENT`, or
// `or at TIME EVENT` in place of the last step without `or`. The language is described in tests/README.md.
#include <string.h>

#include "io.h"
#include "subject.h"

typedef struct subject {
    enum { NONE, LINK, LEDGER } kind;
    link_subject link;
    ledger_subject ledger;
} subject;

// A ledger stays where it was initialised, so what is tried and forgotten is tried here, and then put back from a copy.
static subject now, before, kept;

static bool take(uint64_t now_ms, cursor *words) {
    return now.kind == LINK     ? link_step(&now.link, now_ms, words)
           : now.kind == LEDGER ? ledger_step(&now.ledger, now_ms, words)
                                : false;
}

static bool step(bool instead, cursor *words) {
    const char *time = words_next(words);
    uint64_t now_ms;
    if (time == NULL || !read_time(time, &now_ms)) {
        return false;
    }
    words_take(words, "late"); // for the reader of the file: the process has slept
    if (!instead) {
        before = now;
        return take(now_ms, words);
    }
    kept = now;
    now = before;
    bool taken = take(now_ms, words);
    now = kept;
    return taken;
}

static bool replay(char *line) {
    cursor words = {line};
    if (words_take(&words, "file")) {
        const char *name = words_next(&words);
        write_text("file ");
        write_text(name == NULL ? "" : name);
        write_text("\n");
        now.kind = NONE;
        return true;
    }
    if (words_take(&words, "link")) {
        now.kind = LINK;
        return link_begin(&now.link, &words);
    }
    if (words_take(&words, "ledger")) {
        now.kind = LEDGER;
        return ledger_begin(&now.ledger, &words);
    }
    bool instead = words_take(&words, "or");
    return words_take(&words, "at") && step(instead, &words);
}

int main(int count, char **arguments) {
    static char line[1024], shown[1024];
    bool ok = io_open(count, arguments);
    while (ok && io_read_line(line, sizeof line)) {
        memcpy(shown, line, sizeof shown);
        ok = replay(line);
        if (!ok) {
            write_text("cannot replay: ");
            write_text(shown);
            write_text("\n");
        }
    }
    return io_close() && ok ? 0 : 1;
}
