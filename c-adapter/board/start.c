// Owns the start of a program on a Cortex-M3: the vectors, memory as C expects it, main, and the end.
#include <stdint.h>

#include "semihosting.h"

// What the linker script names.
extern uint32_t stack_end, data_begin, data_end, data_source, bss_begin, bss_end;

int main(int count, char **arguments);

// What the system timer's interrupt does, in a program that has one.
void tick(void);

enum { PAINT = 0x5AFE57AC };

// The most of the stack that was ever used, in bytes: where its paint is gone.
static uint32_t stack_used(void) {
    const uint32_t *at = &bss_end + 1;
    while (*at == PAINT && at < &stack_end) {
        at++;
    }
    return (uint32_t)((uintptr_t)&stack_end - (uintptr_t)at);
}

void reset(void) {
    const uint32_t *from = &data_source;
    for (uint32_t *to = &data_begin; to < &data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &bss_begin; to < &bss_end; to++) {
        *to = 0;
    }
    uint32_t here;
    for (uint32_t *at = &here - 64; at > &bss_end; at--) {
        *at = PAINT;
    }
    int code = main(0, (char **)0);
    semihosting_say_stack(stack_used());
    semihosting_exit(code);
}

static void fault(void) { semihosting_exit(99); }

__attribute__((weak)) void tick(void) { fault(); }

// The stack's end and the first fifteen exceptions (ARMv7-M architecture manual, B1.5.2): whatever is not the reset is a mistake.
__attribute__((section(".vectors"), used)) static const struct {
    const void *stack;
    void (*exceptions[15])(void);
} vectors = {
    &stack_end,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, tick},
};
