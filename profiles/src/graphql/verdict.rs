//! What a server's close codes mean to a client's next attempt.

use relink_core::{CloseCode, Verdict};

use super::code;
use crate::Ending;

/// As graphql-ws's client judges (`src/client.ts`, `isFatalInternalCloseCode` and what stands beside it).
pub(super) fn of(ending: Ending<'_>) -> Option<Verdict> {
    match ending {
        Ending::Closed(closed) => closed.and_then(of_close),
        // An opening handshake is refused as any WebSocket's is, and there is no call for a URL.
        Ending::Upgrade { .. } | Ending::Call { .. } | Ending::Api { .. } => None,
    }
}

const fn of_close(closed: CloseCode) -> Option<Verdict> {
    match closed {
        // Done, going away, no code, no Close, restart, overload, a gateway's trouble: as on any WebSocket.
        CloseCode::NORMAL | CloseCode::GOING_AWAY | CloseCode::SERVICE_RESTART => None,
        code::FORBIDDEN | code::INIT_TIMEOUT | code::ACK_TIMEOUT | code::TERMINATED => Some(Verdict::Retry),
        code::BAD_RESPONSE
        | code::INTERNAL_CLIENT_ERROR
        | code::BAD_REQUEST
        | code::UNAUTHORIZED
        | code::SUBPROTOCOL_NOT_ACCEPTABLE
        | code::SUBSCRIBER_EXISTS
        | code::TOO_MANY_INITS
        | code::INTERNAL_SERVER_ERROR => Some(Verdict::GiveUp),
        other => match other.get() {
            1005 | 1006 | 1013 | 1014 => None,
            // The peers do not understand each other, or the server failed on what it was asked: the same would come again.
            1002..=1999 => Some(Verdict::GiveUp),
            _ => None,
        },
    }
}
