// Owns input and output on a board: files of the machine that watches it, named on its command line.
#include "semihosting.h"

#include <stdint.h>
#include <string.h>

#include "io.h"

// Operations, and the numbers they take (Arm Semihosting, version 3, chapter 6).
enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_GET_CMDLINE = 0x15, SYS_EXIT = 0x18 };
enum { MODE_READ = 0, MODE_WRITE = 4 };
enum { STOPPED_BY_EXIT = 0x20026, STOPPED_BY_ERROR = 0x20023 };

// A file, and the part of it that is here.
typedef struct file {
    int32_t handle;
    size_t at, end;
    char bytes[4096];
} file;

static file input, output;
static bool broken;

static int32_t call(uint32_t operation, uintptr_t parameter) {
    register uint32_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = parameter;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

static int32_t open(const char *name, uintptr_t mode) {
    uintptr_t block[] = {(uintptr_t)name, mode, strlen(name)};
    return call(SYS_OPEN, (uintptr_t)block);
}

static void flush(void) {
    uintptr_t block[] = {(uintptr_t)output.handle, (uintptr_t)output.bytes, output.end};
    broken = broken || call(SYS_WRITE, (uintptr_t)block) != 0;
    output.end = 0;
}

// The next byte of the input; -1 behind the last one.
static int next(void) {
    if (input.at == input.end) {
        uintptr_t block[] = {(uintptr_t)input.handle, (uintptr_t)input.bytes, sizeof input.bytes};
        int32_t unread = call(SYS_READ, (uintptr_t)block);
        input.at = 0;
        input.end = unread < 0 ? 0 : sizeof input.bytes - (size_t)unread;
    }
    return input.at == input.end ? -1 : (unsigned char)input.bytes[input.at++];
}

bool io_open(int count, char **arguments) {
    static char line[512];
    uintptr_t block[] = {(uintptr_t)line, sizeof line};
    (void)count, (void)arguments;
    if (call(SYS_GET_CMDLINE, (uintptr_t)block) != 0) {
        return false;
    }
    // PROGRAM INPUT OUTPUT
    char *from = strchr(line, ' ');
    char *to = from == NULL ? NULL : strchr(from + 1, ' ');
    if (to == NULL) {
        return false;
    }
    *to++ = '\0';
    input.handle = open(from + 1, MODE_READ);
    output.handle = open(to, MODE_WRITE);
    return input.handle > 0 && output.handle > 0;
}

bool io_read_line(char *line, size_t size) {
    size_t length = 0;
    int byte = next();
    bool more = byte >= 0;
    for (; byte >= 0 && byte != '\n'; byte = next()) {
        if (length + 1 < size) {
            line[length++] = (char)byte;
        }
    }
    line[length] = '\0';
    return more;
}

void io_write(const char *text, size_t length) {
    for (size_t at = 0; at < length; at++) {
        output.bytes[output.end++] = text[at];
        if (output.end == sizeof output.bytes) {
            flush();
        }
    }
}

bool io_close(void) {
    flush();
    uintptr_t handle = (uintptr_t)output.handle;
    return call(SYS_CLOSE, (uintptr_t)&handle) == 0 && !broken;
}

void semihosting_say_stack(uint32_t bytes) {
    char line[] = "stack          0\n";
    for (size_t at = sizeof line - 3; bytes > 0; at--, bytes /= 10) {
        line[at] = (char)('0' + bytes % 10);
    }
    call(SYS_WRITE0, (uintptr_t)line);
}

_Noreturn void semihosting_exit(int code) {
    call(SYS_EXIT, code == 0 ? STOPPED_BY_EXIT : STOPPED_BY_ERROR);
    for (;;) {
    }
}
