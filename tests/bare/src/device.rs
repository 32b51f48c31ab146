//! Owns what the bare libraries of a whole device share: a transport, a clock and a random source that are somebody else's, and the
//! user's handle.

use core::convert::Infallible;
use core::future::{pending, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io_async::{ErrorType, Read, Write};
use relink_core::{Attempt, CloseCode, End, Instant};
use relink_embedded::wire::{Message, Request};
use relink_embedded::{Client, Clock, Connection, DialFault, Dialler, Event, Unsent};
use relink_profiles::plain::Plain;

unsafe extern "Rust" {
    safe fn device_now() -> u64;
    safe fn device_sleep();
    safe fn device_random(bytes: &mut [u8]);
    safe fn device_connects() -> Option<bool>;
    safe fn device_hangs_up();
    safe fn device_reads(bytes: &mut [u8]) -> Option<usize>;
    safe fn device_writes(bytes: &[u8]) -> Option<usize>;
    safe fn device_obeys(message: &[u8]);
}

/// A handle for short messages.
pub type Handle = Client<8, 64>;

/// The random source.
pub const RANDOM: fn(&mut [u8]) = device_random;

/// The user: does what it is told.
pub fn obey(event: Event<'_, Plain>) {
    if let Event::Message { message, .. } = event {
        device_obeys(message.as_bytes());
    }
}

/// Polls a link until it ends.
pub fn drive(running: impl Future<Output = End>) -> End {
    let mut running = pin!(running);
    loop {
        match running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(end) => return end,
            Poll::Pending => device_sleep(),
        }
    }
}

/// Sends a message.
#[unsafe(no_mangle)]
pub fn relink_shell_send(client: &Handle, text: &str) -> Result<(), Unsent> {
    client.try_send(Message::Text(text))
}

/// Sends a message as soon as there is room; none while there is not.
#[unsafe(no_mangle)]
pub fn relink_shell_send_later(client: &Handle, text: &str) -> Option<Result<(), Unsent>> {
    match pin!(client.send(Message::Text(text))).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(sent) => Some(sent),
        Poll::Pending => None,
    }
}

/// Ends the link.
#[unsafe(no_mangle)]
pub fn relink_shell_stop(client: &Handle) {
    client.stop(CloseCode::NORMAL);
}

/// A transport that says of everything whether it is done.
pub struct Modem;
pub struct Call;
pub struct Half;

impl Dialler for Modem {
    type Connection<'d> = Call;

    async fn dial(&mut self, _: Attempt) -> Result<Call, DialFault> {
        let call = Call;
        if until(device_connects).await { Ok(call) } else { Err(DialFault::new("no carrier")) }
    }
}

impl Connection for Call {
    type Reader<'c> = Half;
    type Writer<'c> = Half;

    fn request(&self) -> Request<'_> {
        Request { host: "example.org", path: "/", ..Request::default() }
    }

    fn split(&mut self) -> (Half, Half) {
        (Half, Half)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        device_hangs_up();
    }
}

impl ErrorType for Half {
    type Error = Infallible;
}

impl Read for Half {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        Ok(until(|| device_reads(bytes)).await)
    }
}

impl Write for Half {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(until(|| device_writes(bytes)).await)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A clock that is asked, not told.
pub struct Ticks;

impl Clock for Ticks {
    fn now(&self) -> Instant {
        Instant::from_millis(device_now())
    }

    async fn until(&self, at: Instant) {
        if at == Instant::NEVER {
            return pending().await;
        }
        until(|| (self.now() >= at).then_some(())).await;
    }
}

async fn until<T>(mut done: impl FnMut() -> Option<T>) -> T {
    poll_fn(|_| done().map_or(Poll::Pending, Poll::Ready)).await
}
