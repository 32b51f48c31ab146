// A minute in the life of a device on a made-up board. On a real one the loop has no end, and the processor sleeps where the clock is
// moved here: until the deadline, or an interrupt of the UART.
#include "device.h"
#include "io.h"
#include "made_up.h"
#include "text.h"

enum { TICK_MS = 10, END_MS = 60000 };

int main(int count, char **arguments) {
    static struct device sensor;
    if (!io_open(count, arguments) || !device_start(&sensor, clock_ms)) {
        return 1;
    }
    for (; device_deadline(&sensor) != RELINK_NEVER; clock_ms += TICK_MS) {
        made_up_tick();
        if (clock_ms % 1000 == 0 && clock_ms > 0 && clock_ms < END_MS) {
            device_report(&sensor, (uint32_t)(clock_ms / 1000));
        }
        if (clock_ms == END_MS) {
            device_end(&sensor, clock_ms, clock_ms + 5000);
        }
        device_poll(&sensor, clock_ms);
    }
    write_text("at ");
    write_time(clock_ms);
    write_text("  the link has ended\n");
    bool ok = made_up_verdict();
    return io_close() && ok ? 0 : 1;
}
