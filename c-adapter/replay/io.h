// Where lines come from and where text goes: io_host.c on the host, ../board/semihosting.c on a board.
#ifndef IO_H
#define IO_H

#include <stdbool.h>
#include <stddef.h>

// Begins. False if there is nowhere to read from or to write to.
bool io_open(int count, char **arguments);

// Reads a line, without its end; cut where it is longer. False behind the last one.
bool io_read_line(char *line, size_t size);

// Writes this much text.
void io_write(const char *text, size_t length);

// Ends: what is still to be written is written. False if anything could not be.
bool io_close(void);

#endif
