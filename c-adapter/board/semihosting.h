// What a program on a board asks of the machine that watches it (Arm Semihosting, version 3).
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stdint.h>

// Ends the program with this code: 0, or 1 for any other.
_Noreturn void semihosting_exit(int code);

// Says on the machine's console how many bytes of the stack were used.
void semihosting_say_stack(uint32_t bytes);

#endif
