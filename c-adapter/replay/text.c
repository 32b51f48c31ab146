// Owns the reading and writing of words, numbers and times.
#include "text.h"

#include <stddef.h>
#include <string.h>

#include "io.h"

char *words_next(cursor *words) {
    char *word = words->rest + strspn(words->rest, " ");
    char *end = word + strcspn(word, " ");
    words->rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return *word == '\0' ? NULL : word;
}

bool words_take(cursor *words, const char *word) {
    const char *next = words->rest + strspn(words->rest, " ");
    size_t length = strlen(word);
    bool found = strcspn(next, " ") == length && strncmp(next, word, length) == 0;
    if (found) {
        words_next(words);
    }
    return found;
}

char *text_behind(char *text, const char *beginning) {
    size_t length = strlen(beginning);
    return strncmp(text, beginning, length) == 0 ? text + length : NULL;
}

bool text_cut(char *text, const char *ending) {
    size_t length = strlen(text), cut = strlen(ending);
    if (length < cut || strcmp(text + length - cut, ending) != 0) {
        return false;
    }
    text[length - cut] = '\0';
    return true;
}

bool read_number(const char *text, uint64_t most, uint64_t *number) {
    uint64_t sum = 0;
    for (const char *at = text; *at != '\0'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (*at < '0' || *at > '9' || digit > most || sum > (most - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *number = sum;
    return *text != '\0';
}

bool read_u32(const char *text, uint32_t *number) {
    uint64_t read = 0;
    bool ok = read_number(text, UINT32_MAX, &read);
    *number = (uint32_t)read;
    return ok;
}

bool read_u16(const char *text, uint16_t *number) {
    uint64_t read = 0;
    bool ok = read_number(text, UINT16_MAX, &read);
    *number = (uint16_t)read;
    return ok;
}

bool read_u8(const char *text, uint8_t *number) {
    uint64_t read = 0;
    bool ok = read_number(text, UINT8_MAX, &read);
    *number = (uint8_t)read;
    return ok;
}

bool read_attempt(const char *text, uint32_t *attempt) { return *text == '#' && read_u32(text + 1, attempt); }

// Digits with a point among them, times `unit`, over `whole`: 12.5 with 60000 and 1 is 750000.
static bool read_decimal(const char *text, size_t length, uint64_t unit, uint64_t whole, uint64_t *number) {
    uint64_t sum = 0, scale = whole;
    bool point = false;
    for (size_t at = 0; at < length; at++) {
        if (text[at] == '.' && !point) {
            point = true;
        } else if (text[at] < '0' || text[at] > '9' || sum > UINT64_MAX / 10 - 1 || scale > UINT64_MAX / 10) {
            return false;
        } else {
            sum = sum * 10 + (uint64_t)(text[at] - '0');
            scale *= point ? 10 : 1;
        }
    }
    if (length == 0 || sum > UINT64_MAX / unit) {
        return false;
    }
    *number = sum * unit / scale;
    return true;
}

bool read_time(const char *text, uint64_t *ms) {
    static const struct {
        const char *name;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    if (strcmp(text, "never") == 0) {
        *ms = UINT64_MAX;
        return true;
    }
    size_t length = strspn(text, "0123456789.");
    for (size_t at = 0; at < sizeof units / sizeof *units; at++) {
        if (strcmp(text + length, units[at].name) == 0) {
            return read_decimal(text, length, units[at].ms, 1, ms);
        }
    }
    return false;
}

bool read_length(const char *text, uint32_t *ms) {
    uint64_t read = 0;
    bool ok = strcmp(text, "none") == 0 || (read_time(text, &read) && read <= UINT32_MAX);
    *ms = (uint32_t)read;
    return ok;
}

bool read_roll(const char *text, uint32_t *roll) {
    size_t length = strcspn(text, "%");
    uint64_t read = 0;
    if (text[length] == '\0') {
        return read_u32(text, roll);
    }
    bool ok = text[length + 1] == '\0' && read_decimal(text, length, (uint64_t)1 << 32, 100, &read) && read <= (uint64_t)1 << 32;
    *roll = read > UINT32_MAX ? UINT32_MAX : (uint32_t)read;
    return ok;
}

void write_text(const char *text) { io_write(text, strlen(text)); }

void write_number(uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    io_write(digits + at, sizeof digits - at);
}

void write_attempt(uint32_t attempt) {
    write_text("#");
    write_number(attempt);
}

void write_time(uint64_t ms) {
    if (ms == UINT64_MAX) {
        write_text("never");
    } else if (ms > 0 && ms < 1000) {
        write_number(ms);
        write_text("ms");
    } else {
        write_number(ms / 1000);
        uint64_t part = ms % 1000;
        if (part > 0) {
            char decimals[] = {'.', (char)('0' + part / 100), (char)('0' + part / 10 % 10), (char)('0' + part % 10)};
            io_write(decimals, part % 100 == 0 ? 2 : part % 10 == 0 ? 3 : 4);
        }
        write_text("s");
    }
}

void write_deadline(uint64_t ms) {
    if (ms == UINT64_MAX) {
        write_text("-");
    } else {
        write_time(ms);
    }
}
