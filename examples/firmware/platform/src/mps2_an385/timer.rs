//! Owns the dual timer: one half runs freely and tells the time, the other one is the alarm.
//!
//! Arm, "Cortex-M System Design Kit Technical Reference Manual" (DDI 0479), section 4.5, the APB dual input timers. Both count down from
//! 2³² − 1 at 25 MHz and so begin anew each 171 s; the first one's interrupt tells so, and its count is never guessed
//! from interrupts: a busy host may lose any number of those without a microsecond going astray.

use core::cell::Cell;

use critical_section::Mutex;

use crate::mmio::Registers;

// SAFETY: AN385, "Memory map": the dual timer is there, and its registers have no effect beyond its own interrupt.
const DUAL_TIMER: Registers = unsafe { Registers::at(0x4000_2000) };
const CYCLES_PER_MICROSECOND: u32 = 25;
/// The longest wait for which the alarm is set: a later one is set again on the way.
const ALARM_MAX_MICROSECONDS: u64 = 60_000_000;

const TIME_LOAD: usize = 0x00;
const TIME_VALUE: usize = 0x04;
const TIME_CONTROL: usize = 0x08;
const TIME_CLEAR: usize = 0x0c;
const ALARM_LOAD: usize = 0x20;
const ALARM_CONTROL: usize = 0x28;
const ALARM_CLEAR: usize = 0x2c;

const ENABLE: u32 = 1 << 7;
const INTERRUPT: u32 = 1 << 5;
const SIZE_32_BITS: u32 = 1 << 1;
const ONE_SHOT: u32 = 1 << 0;

/// The time at the last look, and what the counter was.
#[derive(Clone, Copy)]
struct Look {
    microseconds: u64,
    /// Cycles beyond the last whole microsecond.
    rest: u32,
    counter: u32,
}

static LAST: Mutex<Cell<Look>> = Mutex::new(Cell::new(Look { microseconds: 0, rest: 0, counter: u32::MAX }));

/// Lets the time begin.
pub(crate) fn start() {
    DUAL_TIMER.write(TIME_LOAD, u32::MAX);
    DUAL_TIMER.write(TIME_CONTROL, ENABLE | INTERRUPT | SIZE_32_BITS);
}

/// Microseconds since the start.
pub(crate) fn now() -> u64 {
    critical_section::with(|token| {
        let last = LAST.borrow(token);
        let now = last.get().next(DUAL_TIMER.read(TIME_VALUE));
        last.set(now);
        now.microseconds
    })
}

impl Look {
    const fn next(self, counter: u32) -> Self {
        let cycles = self.counter.wrapping_sub(counter);
        let rest = self.rest + cycles % CYCLES_PER_MICROSECOND;
        let whole = cycles / CYCLES_PER_MICROSECOND + rest / CYCLES_PER_MICROSECOND;
        Self { microseconds: self.microseconds + whole as u64, rest: rest % CYCLES_PER_MICROSECOND, counter }
    }
}

/// Interrupts at this time, or earlier if it is far; never, if it is the end of time. False if it has come already.
pub(crate) fn set_alarm(at: u64) -> bool {
    DUAL_TIMER.write(ALARM_CONTROL, 0);
    if at == u64::MAX {
        return true;
    }
    let Some(wait @ 1..) = at.checked_sub(now()) else { return false };
    let wait = wait.min(ALARM_MAX_MICROSECONDS) as u32;
    DUAL_TIMER.write(ALARM_LOAD, wait * CYCLES_PER_MICROSECOND);
    DUAL_TIMER.write(ALARM_CONTROL, ENABLE | INTERRUPT | SIZE_32_BITS | ONE_SHOT);
    true
}

/// Takes both interrupts back. The look at the time sees each beginning anew of the counter.
pub(crate) fn acknowledge() {
    DUAL_TIMER.write(TIME_CLEAR, 1);
    DUAL_TIMER.write(ALARM_CLEAR, 1);
    now();
}
