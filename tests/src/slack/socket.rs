//! Owns one WebSocket: what it says by itself, what it is told to say, and how it ends. What it hears is in `hear.rs`.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until, timeout};

use super::agenda::{Agenda, Deed};
use super::hub::Hub;
use super::line::Line;
use super::manner::{First, Later, Manner};
use super::message;
use super::order::Order;
use super::reason::Reason;
use super::record::Connection;
use crate::fault::{Decoder, Frame, Leave, Opcode};

/// The code of a Close that nothing else is known of.
const NORMAL: u16 = 1000;

/// The server's end of a WebSocket.
pub(crate) struct Socket {
    line: Line,
    decoder: Decoder,
    pub(crate) number: usize,
    pub(crate) agenda: Agenda,
    pub(crate) hub: Arc<Hub>,
    lifetime: Duration,
    silent: bool,
    pub(crate) close_sent: bool,
}

/// How a connection came to its end.
pub(crate) enum Over {
    /// The client ended TCP, or could not be written to.
    Lost,
    /// The server lets it go.
    Parted,
    /// It is as good as gone.
    Frozen,
}

impl Socket {
    pub(crate) fn new(line: Line, read: &[u8], number: usize, debug: bool, hub: Arc<Hub>) -> Self {
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(read);
        let settings = &hub.settings;
        let lifetime = hub.paced(if debug { settings.debug_lifetime } else { settings.lifetime });
        Self { line, decoder, number, agenda: Agenda::default(), hub, lifetime, silent: false, close_sent: false }
    }

    /// Serves until the end, and keeps the registration of a peer that is gone for as long as Slack does.
    pub(crate) async fn serve(mut self, mut manner: Manner, mut orders: UnboundedReceiver<Order>) {
        let over = self.talk(&mut manner, &mut orders).await.err();
        if let Some(Over::Frozen) = over {
            tokio::select! {
                () = self.line.gone() => {}
                () = sleep_until(self.forgotten_at()) => {
                    self.unregister();
                    self.line.gone().await;
                }
            }
        }
        let forgotten_at = self.forgotten_at();
        let Self { line, number, hub, .. } = self;
        drop(line);
        let registered = hub.change(|state| {
            if let Some(record) = state.book.connection_mut(number) {
                record.ended = Some(Instant::now());
            }
            state.registration_mut(number).map(|registration| registration.orders = None).is_some()
        });
        if registered {
            sleep_until(forgotten_at).await;
            hub.change(|state| state.unregister(number, Instant::now()));
        }
    }

    async fn talk(&mut self, manner: &mut Manner, orders: &mut UnboundedReceiver<Order>) -> Result<(), Over> {
        self.begin(manner).await?;
        let mut told = true;
        loop {
            let next = self.agenda.next();
            tokio::select! {
                biased;
                order = orders.recv(), if told => match order {
                    Some(order) => self.perform(order).await?,
                    None => told = false,
                },
                frame = frame(&mut self.decoder, &mut self.line) => self.hear(frame?, manner).await?,
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                    while let Some(deed) = self.agenda.take(Instant::now()) {
                        self.act(deed, manner).await?;
                    }
                }
            }
        }
    }

    async fn begin(&mut self, manner: &Manner) -> Result<(), Over> {
        let now = Instant::now();
        self.agenda.set(Deed::Ping, now + self.hub.paced(self.hub.settings.ping_every));
        self.agenda.set(Deed::Ghost, self.forgotten_at());
        match &manner.first {
            First::Hello(after) => self.agenda.set(Deed::Hello, now + self.hub.paced(*after)),
            First::Nothing => {}
            First::Disconnect(reason) => self.perform(Order::Part(Some(reason.clone()), Some(NORMAL))).await?,
        }
        Ok(())
    }

    async fn act(&mut self, deed: Deed, manner: &mut Manner) -> Result<(), Over> {
        let now = Instant::now();
        match deed {
            Deed::Hello => self.hello(manner).await,
            Deed::Ping => {
                self.agenda.set(Deed::Ping, now + self.hub.paced(self.hub.settings.ping_every));
                let text = format!("Ping from {}", message::host(self.number));
                self.say(&Frame::new(Opcode::Ping, text)).await
            }
            Deed::Warn => self.perform(Order::Warn).await,
            Deed::Part => self.perform(Order::Part(Some(Reason::RefreshRequested), Some(NORMAL))).await,
            Deed::Ghost if self.forgotten_at() <= now => {
                self.unregister();
                Err(Over::Parted)
            }
            Deed::Ghost => {
                self.agenda.set(Deed::Ghost, self.forgotten_at());
                Ok(())
            }
            Deed::Later => match manner.later.take() {
                Some((_, Later::Do(order))) => self.perform(order).await,
                Some((_, Later::Silence)) => {
                    self.silent = true;
                    self.agenda.keep(&[Deed::Ghost]);
                    Ok(())
                }
                None => Ok(()),
            },
        }
    }

    async fn hello(&mut self, manner: &Manner) -> Result<(), Over> {
        let now = Instant::now();
        let number = self.number;
        let registrations = self.hub.change(|state| {
            let registrations = state.registrations.len();
            if let Some(registration) = state.registration_mut(number) {
                registration.ready = true;
            }
            if let Some(record) = state.book.connection_mut(number) {
                (record.hello, record.num_connections) = (Some(now), registrations);
            }
            registrations
        });
        let text = message::hello(&self.hub.settings.app_id, number, registrations, self.lifetime);
        self.say(&Frame::new(Opcode::Text, text)).await?;
        for oddity in &manner.says {
            self.say(&oddity.frame()).await?;
        }
        if let Some((after, _)) = &manner.later {
            self.agenda.set(Deed::Later, now + self.hub.paced(*after));
        }
        let warning_time = self.hub.paced(self.hub.settings.warning_time);
        if let Some(warn_at) = now.checked_add(self.lifetime.saturating_sub(warning_time)) {
            self.agenda.set(Deed::Warn, warn_at);
        }
        Ok(())
    }

    pub(crate) async fn perform(&mut self, order: Order) -> Result<(), Over> {
        match order {
            Order::Say(frame) => self.say(&frame).await,
            Order::Tell(reason) => self.tell(&reason).await,
            Order::Warn => {
                let part_at = Instant::now() + self.hub.paced(self.hub.settings.warning_time);
                self.agenda.set_earlier(Deed::Part, part_at);
                self.tell(&Reason::Warning).await
            }
            Order::Part(reason, code) => {
                if let Some(reason) = reason {
                    self.tell(&reason).await?;
                }
                self.unregister();
                self.close(code).await
            }
            Order::Lose(how) => {
                self.unregister();
                if how == Leave::Reset {
                    self.line.reset();
                }
                Err(Over::Parted)
            }
            Order::Freeze => Err(Over::Frozen),
        }
    }

    async fn tell(&mut self, reason: &Reason) -> Result<(), Over> {
        self.say(&Frame::new(Opcode::Text, message::disconnect(reason, self.number))).await
    }

    /// Sends a Close, once; after it nothing else is done but to read.
    pub(crate) async fn close(&mut self, code: Option<u16>) -> Result<(), Over> {
        let close = code.map_or_else(|| Frame::new(Opcode::Close, ""), Frame::close);
        self.agenda.keep(&[]);
        if !self.close_sent && !self.silent {
            self.note(|record| record.close_sent = Some((Instant::now(), code)));
            self.say(&close).await?;
            self.close_sent = true;
        }
        Ok(())
    }

    /// Sends a frame, unless nothing may be said any more. A client that does not read is lost when it would be forgotten.
    pub(crate) async fn say(&mut self, frame: &Frame) -> Result<(), Over> {
        if self.close_sent || self.silent {
            return Ok(());
        }
        let patience = self.hub.paced(self.hub.settings.ghost_timeout);
        match timeout(patience, self.line.write_all(&frame.to_bytes())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Lost),
        }
    }

    pub(crate) fn unregister(&self) {
        self.hub.change(|state| state.unregister(self.number, Instant::now()));
    }

    pub(crate) fn note<T: Default>(&self, write: impl FnOnce(&mut Connection) -> T) -> T {
        self.hub.change(|state| state.book.connection_mut(self.number).map(write).unwrap_or_default())
    }

    /// When the registration goes if nothing more is heard.
    fn forgotten_at(&self) -> Instant {
        let heard = self.hub.read(|book| book.connection(self.number).map(|record| record.heard));
        heard.unwrap_or_else(Instant::now) + self.hub.paced(self.hub.settings.ghost_timeout)
    }
}

/// The client's next frame. Dropped before it is there, it has lost nothing.
async fn frame(decoder: &mut Decoder, line: &mut Line) -> Result<Frame, Over> {
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => return Ok(frame),
            Ok(None) => match line.read_buf(&mut decoder.buffer).await {
                Ok(0) | Err(_) => return Err(Over::Lost),
                Ok(_) => {}
            },
            Err(_) => return Err(Over::Lost),
        }
    }
}
