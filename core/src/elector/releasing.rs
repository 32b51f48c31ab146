//! The end of a lease: it is given back, so that nobody has to wait until it ends by itself.

use super::{Action, Event, Next, Release, Releasing, Reply, Request, Sent, State, Step, Then};

impl Step<'_> {
    pub(super) fn releasing(&mut self, event: Event, releasing: Releasing) -> Next {
        match event {
            Event::Start | Event::Stop => {
                let then = releasing.then.told(event)?;
                Some((State::Releasing(Releasing { then, ..releasing }), None))
            }
            Event::Timeout => match releasing.release {
                Release::Behind(sent) | Release::Under(sent) if self.unanswered(sent) => self.release_again(releasing),
                Release::Due(at) if self.now >= at => self.release_again(releasing),
                Release::Behind(_) | Release::Under(_) | Release::Due(_) => None,
            },
            Event::Of(_, reply) => self.release_answered(reply, releasing),
            Event::Vacant | Event::Lost(_) | Event::Drained(_) | Event::Serving(_) | Event::DialFailed(_) => None,
        }
    }

    fn release_answered(&mut self, reply: Reply, releasing: Releasing) -> Next {
        match (releasing.release, reply) {
            (Release::Behind(_), Reply::Granted(_) | Reply::Found(_) | Reply::Unknown) => self.release_again(releasing),
            (Release::Under(sent), Reply::Unknown) => {
                let release = Release::Due(self.again_at(sent));
                Some((State::Releasing(Releasing { release, ..releasing }), None))
            }
            (Release::Behind(_), Reply::Refused(_)) => Some((self.after(releasing.then), None)),
            (Release::Under(_), Reply::Granted(_) | Reply::Found(_) | Reply::Refused(_)) => Some((self.after(releasing.then), None)),
            (Release::Due(_), Reply::Granted(_) | Reply::Found(_) | Reply::Refused(_) | Reply::Unknown) => None,
        }
    }

    /// What may be ours in the store is given back, now.
    pub(super) fn release(&mut self, lease: Request, then: Then) -> Next {
        let by = self.now.plus(self.terms.lease);
        self.release_again(Releasing { lease, release: Release::Due(self.now), by, then })
    }

    fn release_again(&mut self, releasing: Releasing) -> Next {
        if self.now >= releasing.by {
            return Some((self.after(releasing.then), None));
        }
        let sent = self.send();
        let releasing = Releasing { release: Release::Under(sent), ..releasing };
        Some((State::Releasing(releasing), Some(Action::Release { request: sent.request, lease: releasing.lease })))
    }

    /// What may be ours in the store is given back next: behind the request that is under way, unless this event is its answer.
    pub(super) fn give_back(&self, lease: Request, event: Event, state: &State, then: Then) -> State {
        let release = match state.under_way() {
            Some(request) if !event.answers(request) => Release::Behind(Sent { request, at: self.now }),
            Some(_) | None => Release::Due(self.now),
        };
        State::Releasing(Releasing { lease, release, by: self.now.plus(self.terms.lease), then })
    }
}

impl Then {
    /// What follows instead, if the user says so with this.
    pub(super) fn told(self, event: Event) -> Option<Self> {
        match event {
            Event::Stop if self != Self::Stop => Some(Self::Stop),
            Event::Start if self == Self::Stop => Some(Self::Ask),
            Event::Start | Event::Stop | Event::Timeout | Event::Vacant | Event::Lost(_) => None,
            Event::Drained(_) | Event::Serving(_) | Event::DialFailed(_) | Event::Of(..) => None,
        }
    }
}

impl Event {
    /// Whether this is the answer to that request.
    pub(super) fn answers(self, request: Request) -> bool {
        match self {
            Self::Of(answered, _) => answered == request,
            Self::Start | Self::Stop | Self::Timeout | Self::Vacant | Self::Lost(_) => false,
            Self::Drained(_) | Self::Serving(_) | Self::DialFailed(_) => false,
        }
    }
}
