//! What endings mean on any WebSocket: the judgement where a protocol has none of its own.

use relink_core::{CloseCode, Millis, Verdict};

use crate::Ending;

/// Over this time a fleet returns to a server that goes away (1001).
pub const GOING_AWAY_SPREAD: Millis = Millis::from_secs(5);
/// Over this time a fleet returns to a server that restarts (1012). Its registration wants 5 to 30 s.
pub const RESTART_SPREAD: Millis = Millis::from_secs(10);
/// An overloaded server (1013) is left alone at least this long.
pub const OVERLOAD_PAUSE: Millis = Millis::from_secs(5);
/// Go on, at the longest delay that the policy knows: its `delay_max` caps this.
pub const LONGEST: Verdict = Verdict::RetryIn(Millis::MAX);

/// What `ending` means for the next attempt.
///
/// The rule behind the table: give up only when the peer said clearly that *we* are not wanted as we are; where an
/// operator has to repair something, go on at the longest delay, or one slip would silence a fleet for ever.
#[must_use]
pub fn verdict(ending: Ending<'_>) -> Verdict {
    match ending {
        Ending::Closed(code) => of_close(code),
        // The call for a URL is HTTP as the upgrade is.
        Ending::Upgrade { status, retry_after } | Ending::Call { status, retry_after } => of_status(status, retry_after),
        // An error that only a protocol could name.
        Ending::Api { retry_after, .. } => retry_after.map_or(LONGEST, Verdict::RetryAfter),
    }
}

fn of_close(code: Option<CloseCode>) -> Verdict {
    match code.map(CloseCode::get) {
        // The server or its host leaves, on purpose: everybody on it comes back at once.
        Some(1001) => Verdict::Renew { within: GOING_AWAY_SPREAD },
        Some(1012) => Verdict::Renew { within: RESTART_SPREAD },
        // "Try again later": a floor, with the policy's delay on top.
        Some(1013) => Verdict::RetryAfter(OVERLOAD_PAUSE),
        // It wants an extension we do not have: only a roll-out changes that.
        Some(1010) => LONGEST,
        // Registered as what 401 and 403 are in HTTP.
        Some(3000 | 3003) => Verdict::GiveUp,
        // 1000 and no code: the peer is done with this connection, not with us. 1002, 1003, 1007, 1009: the message
        // that offended is gone with the connection. 1008: from an idle limit to a bad token; only a profile knows.
        // 1011, 1014, 3008: trouble over there. All others are private: only a profile knows.
        Some(_) | None => Verdict::Retry,
    }
}

fn of_status(status: u16, retry_after: Option<Millis>) -> Verdict {
    // Who says when to come back wants us back, whatever the status (some say 403 for a spent quota).
    if let Some(wait) = retry_after {
        return Verdict::RetryAfter(wait);
    }
    match status {
        // The credentials, the permission or the path are wrong, and stay so.
        401 | 403 | 404 | 407 | 410 => Verdict::GiveUp,
        // Too slow, in conflict, misdirected, too early, too many: all of it passes.
        408 | 409 | 421 | 425 | 429 => Verdict::Retry,
        // It does not like the request as such: only a repair on either side changes that.
        400..=499 => LONGEST,
        // A page or a redirect is a captive portal or an operator's slip, 5xx is trouble over there: it passes.
        _ => Verdict::Retry,
    }
}
