// Owns the start of a program on a Cortex-M3: the vectors, memory as C expects it, main, and the end.
#include <stdint.h>

#include "semihosting.h"

// What the linker script names.
extern uint32_t stack_end, data_begin, data_end, data_source, bss_begin, bss_end;

int main(int count, char **arguments);

void reset(void) {
    const uint32_t *from = &data_source;
    for (uint32_t *to = &data_begin; to < &data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &bss_begin; to < &bss_end; to++) {
        *to = 0;
    }
    semihosting_exit(main(0, (char **)0));
}

static void fault(void) { semihosting_exit(99); }

// The stack's end and the first fifteen exceptions (ARMv7-M architecture manual, B1.5.2): whatever is not the reset is a mistake.
__attribute__((section(".vectors"), used)) static const struct {
    const void *stack;
    void (*exceptions[15])(void);
} vectors = {
    &stack_end,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault},
};
