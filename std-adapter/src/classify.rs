//! The one place that says what an ending means for the next attempt, where nobody overrides it.

use relink_core::{Millis, Verdict};
use relink_profiles::Ending::{Closed, Upgrade};
use relink_profiles::websocket::{self, LONGEST};

use crate::ending::{Ending, TlsFault};

/// What `ending` means for the next attempt.
///
/// The rule behind the table: give up only when the peer said clearly that *we* are not wanted as we are; where an
/// operator has to repair something, go on at the longest delay, or one slip would silence a fleet for ever.
#[must_use]
pub fn verdict(ending: &Ending) -> Verdict {
    match ending {
        Ending::Closed(close) => websocket::verdict(Closed(close.code)),
        Ending::Refused(refusal) => websocket::verdict(Upgrade { status: refusal.status, retry_after: refusal.retry_after }),
        Ending::Tls(fault) => of_tls(fault),
        // Those of an accepted connection, which nobody dials again.
        Ending::Rejected { .. } | Ending::RequestCut { .. } => Verdict::Retry,
        // The wrong URL stays wrong until somebody repairs it, but the provider may be that somebody.
        Ending::Request(_) => LONGEST,
        Ending::Provider(_, verdict) | Ending::Other(_, verdict) => *verdict,
        // The network, a name server, or a server in trouble: all of it passes.
        Ending::Dns { .. } | Ending::Dial { .. } | Ending::Io(_) | Ending::Eof | Ending::Finished | Ending::Timeout(_) => Verdict::Retry,
        // A crash in the middle, a proxy, a roll-out: the next answer may be right.
        Ending::NotHttp(_) | Ending::HandshakeCut { .. } | Ending::Handshake(_) | Ending::Protocol(_) => Verdict::Retry,
        // Planned: the connection did nothing wrong.
        Ending::Asked(_) | Ending::Aged | Ending::Replaced => Verdict::Renew { within: Millis::ZERO },
        Ending::Stopped => Verdict::GiveUp,
    }
}

/// A bad certificate is said loudly and tried again at the longest delay; other failures may be a server that starts.
fn of_tls(fault: &TlsFault) -> Verdict {
    if fault.problem.is_certificate() { LONGEST } else { Verdict::Retry }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use relink_core::{CloseCode, Millis, Verdict};

    use relink_profiles::websocket::{GOING_AWAY_SPREAD, OVERLOAD_PAUSE, RESTART_SPREAD};

    use super::{LONGEST, verdict};
    use crate::ending::*;

    fn close(code: u16) -> Ending {
        Ending::Closed(PeerClose { code: Some(CloseCode::new(code)), reason: "".into() })
    }

    fn refused(status: u16, retry_after: Option<Millis>) -> Ending {
        Ending::Refused(Arc::new(Refusal { status, phrase: "".into(), retry_after, location: None, body: Quote::default() }))
    }

    fn tls(problem: TlsProblem) -> Ending {
        Ending::Tls(TlsFault { problem, host: "h".into(), detail: "".into() })
    }

    fn io() -> Arc<io::Error> {
        Arc::new(io::ErrorKind::Other.into())
    }

    #[test]
    fn close_codes() {
        let expected = |code| match code {
            1001 => Verdict::Renew { within: GOING_AWAY_SPREAD },
            1012 => Verdict::Renew { within: RESTART_SPREAD },
            1013 => Verdict::RetryAfter(OVERLOAD_PAUSE),
            1010 => LONGEST,
            3000 | 3003 => Verdict::GiveUp,
            _ => Verdict::Retry,
        };
        for code in 0..=u16::MAX {
            assert_eq!(verdict(&close(code)), expected(code), "{code}");
        }
        assert_eq!(verdict(&Ending::Closed(PeerClose { code: None, reason: "bye".into() })), Verdict::Retry);
        assert!((5..=30).contains(&(RESTART_SPREAD.get() / 1000)), "as registered");
    }

    #[test]
    fn http_statuses() {
        let give_up = [401, 403, 404, 407, 410];
        let retry = [200, 204, 301, 302, 307, 408, 409, 421, 425, 429, 500, 501, 502, 503, 504, 520, 599];
        let longest = [400, 402, 405, 406, 413, 414, 415, 418, 422, 426, 431, 451];
        for (statuses, expected) in [(&give_up[..], Verdict::GiveUp), (&retry, Verdict::Retry), (&longest, LONGEST)] {
            for &status in statuses {
                assert_eq!(verdict(&refused(status, None)), expected, "{status}");
                let wait = Millis::from_secs(7);
                assert_eq!(verdict(&refused(status, Some(wait))), Verdict::RetryAfter(wait), "{status} with Retry-After");
            }
        }
    }

    #[test]
    fn tls_failures() {
        use TlsProblem::*;
        for problem in [Expired, NotYetValid, WrongName, UnknownIssuer, Revoked, BadCertificate] {
            assert_eq!(verdict(&tls(problem)), LONGEST, "{problem:?}");
        }
        for problem in [Alert, NotTls, Incompatible, Cut, Other] {
            assert_eq!(verdict(&tls(problem)), Verdict::Retry, "{problem:?}");
        }
    }

    #[test]
    fn everything_else() {
        let (own, second) = (Verdict::Postpone(Millis::new(9)), Millis::from_secs(1));
        let renew = Verdict::Renew { within: Millis::ZERO };
        let table = [
            (Ending::Finished, Verdict::Retry),
            (Ending::Eof, Verdict::Retry),
            (Ending::Io(io()), Verdict::Retry),
            (Ending::Protocol(Violation::NotUtf8), Verdict::Retry),
            (Ending::Timeout(Phase::Opening(second, Stage::Dial)), Verdict::Retry),
            (Ending::Timeout(Phase::Silence(second)), Verdict::Retry),
            (Ending::Dns { host: "h".into(), error: io() }, Verdict::Retry),
            (Ending::Dial { target: "h:1".into(), tried: 1, error: io() }, Verdict::Retry),
            (Ending::NotHttp(Quote::from("SSH")), Verdict::Retry),
            (Ending::HandshakeCut { received_bytes: 3 }, Verdict::Retry),
            (Ending::Handshake(HandshakeFault::Accept), Verdict::Retry),
            (Ending::Request(RequestFault::NoHost), LONGEST),
            (Ending::Rejected { status: 401, why: "no".into() }, Verdict::Retry),
            (Ending::RequestCut { received_bytes: 3 }, Verdict::Retry),
            (Ending::Provider(io(), own), own),
            (Ending::other("line too long", own), own),
            (Ending::Asked("".into()), renew),
            (Ending::Aged, renew),
            (Ending::Replaced, renew),
            (Ending::Stopped, Verdict::GiveUp),
        ];
        for (ending, expected) in table {
            assert_eq!(verdict(&ending), expected, "{ending:?}");
        }
    }
}
