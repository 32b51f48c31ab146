// Lines of the modem, without printf: texts with a number in them.
#ifndef FORMAT_H
#define FORMAT_H

#include <stddef.h>
#include <stdint.h>

// Puts the texts into the line, the number behind the first of them; what does not fit is left out.
void format(char *line, size_t size, const char *before, uint32_t number, const char *a, const char *b, const char *c);

// What stands behind this beginning and a number; NULL if the line is another one.
const char *parse(const char *line, const char *beginning, uint32_t *number);

#endif
