//! The terms of a lease: its lengths of time, and which of them fit each other.

use crate::{Instant, Millis};

/// How a lease is held. Every value is valid: [`Terms::clamped`] says how odd ones are read.
///
/// ```text
/// a request is sent        step down                       halt           the lease ends
/// |--- renew_every ---|--- … ---|---------- drain ----------|--- margin ---|
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Terms {
    /// How long the store keeps a lease that nobody renews; at least 6 ms. The same for all who compete for it.
    pub lease: Millis,
    /// The time from one renewal to the next, counted from sending to sending; 1 ms up to a third of the lease.
    pub renew_every: Millis,
    /// The end of the lease in which nobody leads: by how much clocks may differ while a lease lasts; at most a third of the lease.
    pub margin: Millis,
    /// The time for what is in hand when a lead ends as planned; at most a third of the lease. It is over before the margin begins.
    pub drain: Millis,
    /// How long an answer is waited for before the outcome counts as unknown; 1 ms up to a third of the lease.
    pub request_timeout: Millis,
    /// The time between two requests where another holds the lease, or where the store does not answer; 1 ms up to the lease.
    pub retry_every: Millis,
    /// How long the lease is held without serving, because dialling fails; 0: for ever.
    pub holding_max: Millis,
    /// How long a holder that was not serving stays back, so that another one gets its chance.
    pub rest: Millis,
}

impl Terms {
    /// A lease of 15 s renewed every 2 s, 3 s of margin, 2 s to drain and for an answer, 1 s between tries; after 15 min without
    /// serving the others get 30 s.
    pub const DEFAULT: Self = Self {
        lease: Millis::from_secs(15),
        renew_every: Millis::from_secs(2),
        margin: Millis::from_secs(3),
        drain: Millis::from_secs(2),
        request_timeout: Millis::from_secs(2),
        retry_every: Millis::from_secs(1),
        holding_max: Millis::from_secs(900),
        rest: Millis::from_secs(30),
    };

    /// The terms as they are applied: a lease of at least 6 ms, everything else within the bounds that its field names.
    #[must_use]
    pub const fn clamped(mut self) -> Self {
        self.lease = within(self.lease, 6, u32::MAX);
        let third = self.lease.0 / 3;
        self.margin = within(self.margin, 0, third);
        self.drain = within(self.drain, 0, third);
        self.renew_every = within(self.renew_every, 1, third);
        self.request_timeout = within(self.request_timeout, 1, third);
        self.retry_every = within(self.retry_every, 1, self.lease.0);
        self
    }

    /// From here on nobody leads by a lease that is counted from `since`.
    #[must_use]
    pub const fn halt_at(&self, since: Instant) -> Instant {
        since.plus(self.lease).before(self.margin)
    }

    /// Here a lead by a lease that is counted from `since` begins to end.
    #[must_use]
    pub const fn step_down_at(&self, since: Instant) -> Instant {
        self.halt_at(since).before(self.drain)
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const fn within(time: Millis, least: u32, most: u32) -> Millis {
    if time.0 < least {
        Millis(least)
    } else if time.0 > most {
        Millis(most)
    } else {
        time
    }
}
