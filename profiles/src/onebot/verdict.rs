//! What each ending means for the next attempt, to either side.

use relink_core::{CloseCode, Millis, Verdict};

use super::limits::DISABLE_SPREAD;
use super::{Incoming, Stage};
use crate::Ending;

/// The policy caps it at its `delay_max`.
const LONGEST: Verdict = Verdict::RetryIn(Millis::MAX);

/// Who dials.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Application,
    Implementation,
}

impl Incoming<'_> {
    /// What the implementation asks for, if it asks for the end of the connection.
    ///
    /// `disable` is a planned end, like a server's restart: nothing will come on this connection any more, whether or not
    /// somebody closes it (NapCatQQ once did not), so we do; and since what was switched off is switched on again, the
    /// link goes on dialling. A token that is refused stays refused.
    #[must_use]
    pub fn asked(&self) -> Option<Verdict> {
        match self {
            Self::Lifecycle(lifecycle) if lifecycle.stage == Stage::Disable => Some(Verdict::Renew { within: DISABLE_SPREAD }),
            Self::Response(response) if response.is_refusal() => Some(Verdict::GiveUp),
            Self::Lifecycle(_) | Self::Heartbeat(_) | Self::Event(_) | Self::Response(_) => None,
        }
    }
}

pub(super) fn of(side: Side, ending: Ending<'_>) -> Option<Verdict> {
    match ending {
        // A second connection of an identity (NoneBot), or a token that was changed: it passes, or the next opening
        // handshake tells.
        Ending::Closed(Some(CloseCode::POLICY)) => Some(LONGEST),
        Ending::Closed(_) => None,
        Ending::Upgrade { status, retry_after } => of_upgrade(side, status).map(|verdict| retry_after.map_or(verdict, Verdict::RetryAfter)),
        // There is no such call.
        Ending::Call { .. } | Ending::Api { .. } => None,
    }
}

/// By the text 401 is a token that is missing, and 403 one that is wrong (`communication/http.md`).
///
/// But an application on ASGI (NoneBot) has no other word than 403: it is also said to the second connection of an
/// identity, whose first one is half-open. To give up then would turn minutes into for ever.
const fn of_upgrade(side: Side, status: u16) -> Option<Verdict> {
    match (side, status) {
        (Side::Application | Side::Implementation, 401) | (Side::Application, 403) => Some(Verdict::GiveUp),
        (Side::Implementation, 403) => Some(LONGEST),
        (Side::Application | Side::Implementation, _) => None,
    }
}
