// Owns lines with a number in them: written and read.
#include "format.h"

#include <string.h>

static size_t append(char *line, size_t size, size_t at, const char *text) {
    for (; *text != '\0' && at + 1 < size; text++) {
        line[at++] = *text;
    }
    line[at] = '\0';
    return at;
}

void format(char *line, size_t size, const char *before, uint32_t number, const char *a, const char *b, const char *c) {
    char digits[11] = {0};
    size_t first = sizeof digits - 1;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    const char *texts[] = {before, digits + first, a, b, c};
    size_t at = 0;
    for (size_t text = 0; text < sizeof texts / sizeof *texts; text++) {
        at = append(line, size, at, texts[text]);
    }
}

const char *parse(const char *line, const char *beginning, uint32_t *number) {
    size_t length = strlen(beginning);
    if (strncmp(line, beginning, length) != 0) {
        return NULL;
    }
    uint64_t sum = 0;
    const char *at = line + length;
    for (; *at >= '0' && *at <= '9' && sum <= UINT32_MAX; at++) {
        sum = sum * 10 + (uint64_t)(*at - '0');
    }
    *number = (uint32_t)sum;
    return at == line + length || sum > UINT32_MAX ? NULL : at;
}
