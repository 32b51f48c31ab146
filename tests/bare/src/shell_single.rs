//! Owns the bare library of a whole device with one socket: core, profile, embedded shell and framing, over a transport, a clock and a random
//! source that are somebody else's.
#![no_std]
#![expect(unsafe_code, reason = "exports and names symbols: they occur nowhere else in the program they are linked into")]

mod device;

use device::{Handle, Modem, RANDOM, Ticks, drive, obey};
use relink_bare as _;
use relink_core::{Config, End, Single};
use relink_embedded::{Line, Session, run_single};
use relink_profiles::plain::Plain;

/// Keeps a link until it ends.
#[unsafe(no_mangle)]
pub fn relink_shell_run(client: &Handle, receive: &mut [u8; 512], send: &mut [u8; 512]) -> Option<End> {
    let mut session: Session<_, _, _, Single> = Session::new(Config::DEFAULT, Plain, obey, RANDOM);
    let mut line = Line::<_>::new(Modem, receive, send, client).ok()?;
    Some(drive(run_single(&mut session, client, &Ticks, &mut line)))
}
