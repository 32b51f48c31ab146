//! Owns the part to copy: a link in one loop, without async, an operating system or an allocator.
//!
//! [`Device::poll`] is the body of the loop. It never waits: call it when the UART has something, and at [`Device::deadline`]; between
//! the two the processor may sleep.

use relink_core::{Config, End, Instant, Single, WhenFull};
use relink_embedded::session::Order;
use relink_embedded::wire::{Request, TooSmall, Wire};
use relink_embedded::{Client, DialFault, Ending, Session, User};
use relink_profiles::plain::Plain;

use crate::at::{Modem, Said, Uart};

const REQUEST: Request<'_> = Request { host: "192.0.2.7", path: "/readings", subprotocols: &[], headers: &[] };

/// The device's random numbers: from its hardware, if this were one.
pub(crate) type Chance = fn(&mut [u8]);

pub(crate) struct Device<'b, U> {
    /// What is to be sent waits here: at most 8 messages of at most 32 bytes, the newest ones.
    pub(crate) client: Client<8, 32>,
    session: Session<Plain, U, Chance, Single>,
    wire: Wire<'b>,
    modem: Modem,
    /// What the modem's socket is there for.
    serving: Order,
}

impl<'b, U: User<Plain, Single>> Device<'b, U> {
    pub(crate) fn new(config: Config, user: U, chance: Chance, receive: &'b mut [u8], send: &'b mut [u8]) -> Result<Self, TooSmall> {
        Ok(Self {
            client: Client::new(256, WhenFull::DropOldest),
            session: Session::new(config, Plain, user, chance),
            wire: Wire::new(receive, send)?,
            modem: Modem::new(),
            serving: Order::Rest,
        })
    }

    /// Does all that can be done now. How the link has ended, if it has.
    pub(crate) fn poll(&mut self, now: Instant, uart: &mut impl Uart) -> Option<End> {
        self.hear(now, uart);
        self.session.turn(now, &self.client);
        self.obey();
        self.speak(now);
        self.modem.poll(now, uart);
        self.session.ended()
    }

    /// When to poll at the latest.
    pub(crate) fn deadline(&self) -> Instant {
        self.session.deadline().unwrap_or(Instant::NEVER).min(self.modem.deadline())
    }

    pub(crate) fn user(&mut self) -> &mut U {
        self.session.user_mut()
    }

    /// Passes on what the modem says: first of all, so that it counts before a deadline.
    fn hear(&mut self, now: Instant, uart: &mut impl Uart) {
        loop {
            let space = if self.wire.has_unread() { &mut [] } else { self.wire.halves().0 };
            let Some(said) = self.modem.listen(now, uart, space) else { return };
            let Order::Serve(attempt) = self.serving else { continue };
            let seat = (0, attempt);
            match said {
                Said::Connected => self.session.dialled(seat, now, &REQUEST, &mut self.wire, &self.client),
                Said::NotConnected => {
                    let fault = DialFault::new("the modem got no connection: is the server up, and the network there?");
                    self.session.undialled(seat, now, fault, &self.client);
                }
                Said::Received(count) => self.wire.received(count),
                Said::Sent(count) => {
                    self.wire.sent(count);
                    self.session.sent(seat, count, &self.client);
                }
                Said::Ended => self.session.lost(seat, now, Ending::Eof, &self.client),
            }
            self.session.work(seat, now, &mut self.wire, &self.client);
        }
    }

    /// Has the modem's socket be there for what the link wants it for.
    fn obey(&mut self) {
        let order = self.session.order(0);
        if order != self.serving {
            self.serving = order;
            match order {
                Order::Rest => self.modem.hang_up(),
                Order::Serve(_) => self.modem.dial(),
            }
        }
    }

    /// Gives the modem what is to be written.
    fn speak(&mut self, now: Instant) {
        if let Order::Serve(attempt) = self.serving
            && self.modem.is_connected()
        {
            self.session.work((0, attempt), now, &mut self.wire, &self.client);
            self.modem.offer(self.wire.halves().1);
        }
    }
}
