// What the device has of its board. Here made_up.c brings it; on a real one these are the UART's driver, its random source, and a pin.
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

// The next byte from the modem; -1 if none has come.
int uart_read(void);

// Sends a line to the modem; its end is added.
void uart_write_line(const char *line);

// A random number, uniform over all 32 bits. Another one on each device: from a hardware source, not a constant seed.
uint32_t random_u32(void);

// Does what the peer wants done.
void obey(const char *command);

#endif
