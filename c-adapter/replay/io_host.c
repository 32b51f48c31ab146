// Owns the input and output of programs on the host: standard input and output.
#include "io.h"

#include <stdio.h>
#include <string.h>

bool io_open(int count, char **arguments) {
    (void)arguments;
    return count == 1;
}

bool io_read_line(char *line, size_t size) {
    if (fgets(line, (int)size, stdin) == NULL) {
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    return true;
}

void io_write(const char *text, size_t length) { fwrite(text, 1, length, stdout); }

bool io_close(void) { return fflush(stdout) == 0 && !ferror(stdin) && !ferror(stdout); }
