//! Owns how a log reads: one line for each entry.

use std::fmt;

use super::log::{Entry, LISTENER, Log, Received, What};

/// A timeline: a line for each entry.
impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { at, connection, what } in &self.entries {
            let seconds = at.duration_since(self.start).as_secs_f64();
            match *connection {
                LISTENER => writeln!(f, "{seconds:9.3} s      {what}")?,
                number => writeln!(f, "{seconds:9.3} s  #{number:<3} {what}")?,
            }
        }
        if self.left_out > 0 {
            writeln!(f, "and {} entries more than the log holds", self.left_out)?;
        }
        Ok(())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = |code: &Option<u16>| code.map_or("no code".to_owned(), |code| code.to_string());
        match self {
            Self::Listening => write!(f, "listening"),
            Self::Deaf => write!(f, "listener closed"),
            Self::Dialled => write!(f, "dialled"),
            Self::Secured => write!(f, "TLS is up"),
            Self::Requested(request) => write!(f, "upgrade requested, {}", request.path),
            Self::Refused(status) => write!(f, "refused with {status}"),
            Self::Opened => write!(f, "opened"),
            Self::Received(Received { opcode, bytes, text }) => match text {
                Some(text) => write!(f, "received {opcode:?}: {text}"),
                None => write!(f, "received {opcode:?} of {bytes} bytes"),
            },
            Self::Closed(close) => write!(f, "client's Close, {}", code(close)),
            Self::CloseSent(close) => write!(f, "Close sent, {}", code(close)),
            Self::Fin => write!(f, "client ended it (FIN)"),
            Self::Reset => write!(f, "client reset it (RST)"),
            Self::Broke(how) => write!(f, "client broke the protocol: {how}"),
            Self::Ended => write!(f, "socket let go"),
        }
    }
}
