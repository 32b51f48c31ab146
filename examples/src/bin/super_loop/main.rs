//! Owns an example: a link without async, in one loop, over a modem with AT commands: `cargo run --bin super_loop`.
//!
//! `device.rs` is what a device has of relink, `at.rs` its talk with the modem. The rest plays the modem and the server on virtual time:
//! the server comes late, restarts, stands still; the modem starts anew by itself, and gets stuck.

mod at;
mod device;
mod made_up;
mod server;

use std::process::ExitCode;

use relink_core::{Backoff, CloseCode, Config, End, Instant, Millis, Single};
use relink_embedded::wire::Message;
use relink_embedded::{Event, User};
use relink_profiles::plain::Plain;

use device::{Chance, Device};
use made_up::MadeUp;

const CONFIG: Config = Config { backoff: Backoff { delay_max: Millis::from_secs(4), ..Backoff::INTERACTIVE }, ..Config::DEFAULT };

/// When it is, what it is, and how it happens.
type Scene = (u64, &'static str, fn(&mut MadeUp));

const PLAY: [Scene; 9] = [
    (5_000, "the server is up", |made_up| made_up.server.is_up = true),
    (60_000, "the server restarts", |made_up| made_up.server.dies()),
    (63_000, "the server is up again", |made_up| made_up.server.is_up = true),
    (120_000, "the modem starts anew", MadeUp::browns_out),
    (180_000, "the server stands still", |made_up| made_up.server.is_stopped = true),
    (220_000, "the server goes on", |made_up| made_up.server.is_stopped = false),
    (280_000, "the modem gets stuck", MadeUp::hangs),
    (350_000, "a command", |made_up| made_up.server.say("blink")),
    (358_000, "the last command", |made_up| made_up.server.say("blink")),
];
/// When the device is switched off, and when that has to be done.
const STOP_MS: u64 = 360_000;
const END_MS: u64 = 362_000;
/// Readings that may be lost with connections: what the modem has taken while the server stood still, one a second until the ping's
/// answer was overdue, and what was between modem and server at each of three other losses.
const LOST_MAX: usize = 12 + 3 * 2;

/// Obeys, and takes notes.
#[derive(Default)]
struct Panel {
    notes: Vec<String>,
    blinks: u32,
}

impl User<Plain, Single> for Panel {
    fn event(&mut self, event: Event<'_, Plain>) {
        match event {
            Event::Up { .. } => self.notes.push("up".into()),
            Event::Down { why, .. } => self.notes.push(format!("down: {why}")),
            Event::Failed { why, .. } => self.notes.push(format!("not up: {why}")),
            Event::GaveUp { why } => self.notes.push(format!("gave up: {why}")),
            Event::Message { message, .. } => self.blinks += u32::from(message == Message::Text("blink")),
            Event::Opened { .. } | Event::TooLarge { .. } | Event::Renewed { .. } | Event::Closing { .. } => {}
        }
    }
}

fn main() -> ExitCode {
    match play() {
        Ok(summary) => {
            println!("survived: {summary}");
            ExitCode::SUCCESS
        }
        Err(what) => {
            println!("FAILED: {what}");
            ExitCode::FAILURE
        }
    }
}

fn play() -> Result<String, String> {
    let (mut receive, mut send) = ([0; 256], [0; 256]);
    let mut made_up = MadeUp::new();
    let chance: Chance = |bytes| bytes.fill_with(|| fastrand::u8(..));
    let mut device = Device::new(CONFIG, Panel::default(), chance, &mut receive, &mut send).map_err(|error| error.to_string())?;
    device.client.start();
    let (mut sent, mut polls, mut woken) = (0, 0_u32, true);
    let mut ended = None;
    while made_up.now < END_MS && ended.is_none() {
        woken |= happens(&mut made_up, &mut device, &mut sent);
        // The loop of a device: asleep until the UART has something, somebody sends, or a deadline has come.
        if woken || made_up.has_news() || device.deadline() <= Instant::from_millis(made_up.now) {
            let now = Instant::from_millis(made_up.now);
            ended = device.poll(now, &mut made_up);
            polls += 1;
        }
        for note in device.user().notes.drain(..) {
            say(made_up.now, &note);
        }
        made_up.tick();
        woken = false;
    }
    judge(&mut device, &made_up, ended, sent)?;
    let (got, connections) = (made_up.server.readings.len(), made_up.server.connections);
    Ok(format!(
        "{got} of {sent} readings arrived, none twice, {} were dropped for newer ones, over {connections} connections; {polls} polls in {} s",
        device.client.counters().dropped,
        made_up.now / 1_000
    ))
}

/// What happens at this moment; whether the device has to know.
fn happens(made_up: &mut MadeUp, device: &mut Device<'_, Panel>, sent: &mut u32) -> bool {
    let now = made_up.now;
    for (_, what, happens) in PLAY.iter().filter(|(at, ..)| *at == now) {
        say(now, &format!("({what})"));
        happens(made_up);
    }
    if made_up.now == STOP_MS {
        device.client.drain(Millis::from_secs(1), CloseCode::GOING_AWAY);
    } else if made_up.now.is_multiple_of(1_000) && made_up.now < STOP_MS {
        let text = format!("reading {sent}");
        *sent += u32::from(device.client.try_send(Message::Text(&text)).is_ok());
    }
    made_up.now.is_multiple_of(1_000)
}

fn say(now: u64, what: &str) {
    println!("{:>3}.{:03} s  {what}", now / 1_000, now % 1_000);
}

/// What must have come of it all.
fn judge(device: &mut Device<'_, Panel>, made_up: &MadeUp, ended: Option<End>, sent: u32) -> Result<(), String> {
    let readings = &made_up.server.readings;
    let counters = device.client.counters();
    let lost = sent as usize - readings.len() - counters.dropped as usize;
    if ended != Some(End::Stopped) {
        return Err(format!("the link was stopped, and ended with {ended:?}"));
    }
    if !readings.is_sorted_by(|one, next| one < next) {
        return Err(format!("readings came twice or out of order: {readings:?}"));
    }
    if lost > LOST_MAX || readings.last() != Some(&(sent - 1)) {
        return Err(format!("{lost} readings were lost, at most {LOST_MAX} may be, and the last one may not: {readings:?}"));
    }
    if (counters.ups, counters.downs, made_up.resets) != (5, 5, 2) || device.user().blinks != 2 {
        return Err(format!(
            "up five times, two resets (at the beginning, and when the modem is stuck) and two commands were expected: {counters:?}"
        ));
    }
    Ok(())
}
