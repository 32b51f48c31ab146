//! Owns the kinds by which the steps of a day are told apart.

use alloc::format;
use alloc::string::String;

use relink_core::{Event, Reaction, Report};

/// What a step is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Start,
    Stop,
    Drain,
    Timeout,
    Opened,
    Accepted,
    Heard,
    Pulse,
    Drained,
    Asked,
    Closed,
    Broken,
    Lost,
    Ignored,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 14] = [
        Self::Heard,
        Self::Timeout,
        Self::Pulse,
        Self::Opened,
        Self::Accepted,
        Self::Asked,
        Self::Closed,
        Self::Broken,
        Self::Lost,
        Self::Drained,
        Self::Start,
        Self::Drain,
        Self::Stop,
        Self::Ignored,
    ];

    /// The kind of a step: its event, unless that was ignored.
    pub(crate) fn of(event: Event, reaction: Reaction) -> Self {
        if reaction == Reaction::Ignored {
            return Self::Ignored;
        }
        match event {
            Event::Start => Self::Start,
            Event::Stop(_) => Self::Stop,
            Event::Drain(..) => Self::Drain,
            Event::Timeout => Self::Timeout,
            Event::Of(_, report) => match report {
                Report::Opened => Self::Opened,
                Report::Accepted => Self::Accepted,
                Report::Heard => Self::Heard,
                Report::Pulse(_) => Self::Pulse,
                Report::Drained => Self::Drained,
                Report::Asked(_) => Self::Asked,
                Report::Closed(_) => Self::Closed,
                Report::Broken(_) => Self::Broken,
                Report::Lost(_) => Self::Lost,
            },
        }
    }

    /// What it is called on the command line and in the table.
    pub(crate) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}
