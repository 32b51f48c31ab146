//! Owns one process of a world: its candidate, its clock, its shell, and the account that is kept of its lead.

use std::collections::HashMap;

use relink_core::Instant;
use relink_core::elector::{Action, Event, Reply, Request, Terms, Token};

use super::bent::Candidate;

/// When a request was sent by the sender's clock, and the first one of its series.
#[derive(Clone, Copy, Debug)]
struct Booked {
    at: Instant,
    series: Request,
}

pub(crate) struct Node<C> {
    pub(crate) candidate: C,
    /// Which run of the process this is.
    pub(crate) run: u32,
    /// How much faster than true its clock runs, in thousandths, and how far it is ahead.
    pub(crate) rate: i64,
    pub(crate) ahead: i64,
    /// The clock has gone back, and nobody has looked since.
    pub(crate) jumped: bool,
    /// No going back before this, in true time.
    pub(crate) steady_until: u64,
    /// Until when it is paused, and what it will be told then.
    pub(crate) paused_until: Option<u64>,
    pub(crate) inbox: Vec<(Event, u64)>,
    /// Until when nothing gets through between it and the store.
    pub(crate) cut_until: u64,
    /// Counts the wakes that were planned: only the latest is meant.
    pub(crate) wakes: u64,
    /// What the shell does in the lead's name, until when.
    pub(crate) leads: Option<Token>,
    pub(crate) stepping_down: bool,
    /// The revision of the lease that was last confirmed.
    pub(crate) revision: u64,
    pub(crate) dials: bool,
    pub(crate) wanted: bool,
    seen: Instant,
    /// From where its lease is counted, by our account.
    since: Instant,
    sent: HashMap<Request, Booked>,
    /// The latest one, until it is answered.
    latest: Option<Request>,
    /// What it waits for, since when.
    under_way: Option<(Request, Instant)>,
}

impl<C: Candidate> Node<C> {
    pub(crate) fn new(candidate: C, run: u32, rate: i64, ahead: i64) -> Self {
        Self {
            candidate,
            run,
            rate,
            ahead,
            jumped: false,
            steady_until: 0,
            paused_until: None,
            inbox: Vec::new(),
            cut_until: 0,
            wakes: 0,
            leads: None,
            stepping_down: false,
            revision: 0,
            dials: true,
            wanted: true,
            seen: Instant::ZERO,
            since: Instant::ZERO,
            sent: HashMap::new(),
            latest: None,
            under_way: None,
        }
    }

    /// What its clock shows.
    pub(crate) fn clock(&self, now: u64) -> Instant {
        Instant::from_millis((now as i64 + now as i64 * self.rate / 1000 + self.ahead) as u64)
    }

    /// How much true time passes until its clock shows this.
    pub(crate) fn sleep(&self, now: u64, until: Instant) -> u64 {
        let left = until.since(self.clock(now)) as i64;
        (left * 1000 + 999 + self.rate).div_euclid(1000 + self.rate).max(0) as u64
    }

    /// Notes what it is told, and if that answers what it waits for, with it the revision of its lease.
    pub(crate) fn hears(&mut self, event: Event, revision: u64) {
        let Event::Of(request, reply) = event else { return };
        let Some(booked) = self.sent.get(&request).copied().filter(|_| self.latest == Some(request)) else { return };
        (self.under_way, self.latest) = (None, None);
        match reply {
            Reply::Granted(_) => (self.since, self.revision) = (booked.at, revision),
            Reply::Found(_) => (self.since, self.revision) = (self.sent.get(&booked.series).map_or(booked.at, |first| first.at), revision),
            Reply::Refused(_) | Reply::Unknown => {}
        }
    }

    /// Notes what it sends.
    pub(crate) fn sends(&mut self, clock: Instant, request: Request, series: Request, terms: &Terms) -> Result<(), String> {
        let early = self.under_way.is_some_and(|(_, at)| clock >= self.seen && clock.since(at) < u64::from(terms.request_timeout.get()));
        (self.under_way, self.latest) = (Some((request, clock)), Some(request));
        self.sent.insert(request, Booked { at: clock, series });
        if early { Err("two requests are under way".to_owned()) } else { Ok(()) }
    }

    /// What must hold of its lead by its own clock, each time it has taken a step.
    pub(crate) fn own_law(&mut self, now: u64, terms: &Terms) -> Result<(), String> {
        let clock = self.clock(now);
        let back = clock < self.seen;
        (self.seen, self.jumped) = (clock, false);
        let patience = u64::from(terms.request_timeout.get());
        self.under_way = match self.under_way {
            Some((request, _)) if back => Some((request, clock)),
            under_way => under_way.filter(|(_, at)| clock.since(*at) < patience),
        };
        match self.leads {
            Some(_) if back => Err("leads on although its clock has gone back".to_owned()),
            Some(_) if clock >= terms.halt_at(self.since) => Err("leads after the end of its lease less the margin".to_owned()),
            Some(_) | None => Ok(()),
        }
    }

    /// What must hold of the order in which a lead is begun and ended.
    pub(crate) fn leads_in_order(&mut self, action: Action) -> Result<(), String> {
        let right = match action {
            Action::Lead(_) => self.leads.is_none(),
            Action::StepDown { .. } => self.leads.is_some() && !self.stepping_down,
            Action::Halt => self.leads.is_some(),
            Action::Renew { .. } => self.leads.is_some() && !self.stepping_down,
            Action::Acquire { .. } | Action::Release { .. } => self.leads.is_none(),
        };
        match action {
            Action::Lead(token) => (self.leads, self.stepping_down) = (Some(token), false),
            Action::StepDown { .. } => self.stepping_down = true,
            Action::Halt => self.leads = None,
            Action::Acquire { .. } | Action::Renew { .. } | Action::Release { .. } => {}
        }
        if right { Ok(()) } else { Err(format!("{action:?} comes at the wrong time")) }
    }
}
