//! A line of the log: what is noted of a frame at once, and how it is worded later, by the thread that writes.

use std::fmt::Write;
use std::io;
use std::time::SystemTime;

use relink_core::{Attempt, CloseCode, Instant, Report};
use relink_notation::Text;

use super::Redaction;
use super::files::Files;
use crate::Ending;
use crate::observe::Direction;
use crate::wall::Wall;

/// What is noted of one frame.
pub(super) struct Line {
    pub(super) wall: SystemTime,
    /// Since the link's first step.
    pub(super) since: Option<Instant>,
    /// How many lines are missing before this one.
    pub(super) left_out: u64,
    pub(super) attempt: Attempt,
    pub(super) direction: Direction,
    pub(super) what: What,
}

pub(super) enum What {
    Dial,
    Abort(Option<&'static str>),
    #[cfg(feature = "ws")]
    Request {
        url: Box<str>,
        headers: Vec<(Box<str>, Box<str>)>,
        subprotocols: Vec<Box<str>>,
    },
    Text {
        bytes: u32,
        text: Box<str>,
    },
    LongText {
        bytes: u32,
    },
    Binary {
        bytes: u32,
    },
    Ping,
    Close(CloseCode),
    Report(Report),
    Ending {
        label: &'static str,
        number: Option<u16>,
        text: Box<str>,
    },
}

impl What {
    /// An ending, with what the peer or the system said about it.
    pub(super) fn ending(ending: &Ending) -> Self {
        let text: String = match ending {
            Ending::Closed(close) => (*close.reason).into(),
            Ending::Refused(refusal) => String::from_utf8_lossy(&refusal.body.bytes).into(),
            Ending::NotHttp(quote) => String::from_utf8_lossy(&quote.bytes).into(),
            Ending::Io(error) | Ending::Dns { error, .. } | Ending::Dial { error, .. } => error.to_string(),
            Ending::Provider(error, _) | Ending::Other(error, _) => error.to_string(),
            Ending::Protocol(violation) => violation.to_string(),
            Ending::Tls(fault) => (*fault.detail).into(),
            Ending::Handshake(fault) => fault.to_string(),
            Ending::Request(fault) => fault.to_string(),
            Ending::Rejected { .. } | Ending::RequestCut { .. } => ending.to_string(),
            Ending::Finished | Ending::Eof | Ending::Timeout(_) | Ending::HandshakeCut { .. } => String::new(),
            Ending::Asked(_) | Ending::Aged | Ending::Replaced | Ending::Stopped => String::new(),
        };
        let number = ending.status().or_else(|| ending.close_code().map(CloseCode::get));
        Self::Ending { label: ending.label(), number, text: text.into() }
    }

    /// What it costs to keep, in bytes.
    pub(super) fn weight(&self) -> usize {
        let own = match self {
            Self::Text { text, .. } | Self::Ending { text, .. } => text.len(),
            #[cfg(feature = "ws")]
            Self::Request { url, headers, subprotocols } => {
                let headers: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
                url.len() + headers + subprotocols.iter().map(|name| name.len()).sum::<usize>()
            }
            Self::Dial | Self::Abort(_) | Self::LongText { .. } | Self::Binary { .. } | Self::Ping | Self::Close(_) | Self::Report(_) => 0,
        };
        own.saturating_add(size_of::<Line>())
    }
}

/// What the thread works with.
pub(super) struct Writer {
    pub(super) files: Files,
    pub(super) redaction: Redaction,
    pub(super) shown_bytes_max: usize,
}

impl Writer {
    pub(super) fn write(&mut self, lines: Vec<Line>) -> io::Result<()> {
        for line in lines {
            let text = self.worded(&line).map_err(io::Error::other)?;
            self.files.write(&text)?;
        }
        Ok(())
    }

    fn worded(&self, line: &Line) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let wall = Wall(line.wall);
        if line.left_out > 0 {
            writeln!(text, "{wall} ({} lines are left out: the disk was too slow)", line.left_out)?;
        }
        write!(text, "{wall} ")?;
        match line.since {
            Some(since) => write!(text, "{}", Text(since))?,
            None => text.push('-'),
        }
        let arrow = match line.direction {
            Direction::In => "<-",
            Direction::Out => "->",
        };
        write!(text, " {} {arrow} ", Text(line.attempt))?;
        self.word(&mut text, &line.what)?;
        text.truncate(text.trim_end().len());
        text.push('\n');
        Ok(text)
    }

    fn word(&self, line: &mut String, what: &What) -> std::fmt::Result {
        match what {
            What::Dial => line.push_str("dial -"),
            What::Abort(why) => write!(line, "abort - {}", why.unwrap_or_default())?,
            #[cfg(feature = "ws")]
            What::Request { url, headers, subprotocols } => {
                line.push_str("request - ");
                self.show(line, &self.redaction.url(url));
                for (name, value) in headers {
                    write!(line, " [{name}: ")?;
                    self.show(line, &self.redaction.header(name, value));
                    line.push(']');
                }
                for name in subprotocols {
                    write!(line, " [sec-websocket-protocol: ")?;
                    self.show(line, &self.redaction.subprotocol(name));
                    line.push(']');
                }
            }
            What::Text { bytes, text } => {
                write!(line, "text {bytes} ")?;
                self.show(line, &self.redaction.text(text));
            }
            What::LongText { bytes } => write!(line, "text {bytes} (too long to be examined)")?,
            What::Binary { bytes } => write!(line, "binary {bytes}")?,
            What::Ping => line.push_str("ping -"),
            What::Close(code) => write!(line, "close - {}", code.get())?,
            What::Report(report) => write!(line, "{} -", name(*report))?,
            What::Ending { label, number, text } => {
                write!(line, "{label} - ")?;
                number.map_or(Ok(()), |number| write!(line, "{number} "))?;
                self.show(line, &self.redaction.text(text));
            }
        }
        Ok(())
    }

    /// As much as may be shown, on one line, harmless to a terminal.
    fn show(&self, line: &mut String, text: &str) {
        let end = text.floor_char_boundary(self.shown_bytes_max);
        let (shown, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        for c in shown.chars() {
            if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
        }
        if !rest.is_empty() {
            line.push('…');
        }
    }
}

const fn name(report: Report) -> &'static str {
    match report {
        Report::Opened => "opened",
        Report::Accepted => "accepted",
        Report::Heard => "heard",
        Report::Pulse(_) => "pulse",
        Report::Drained => "drained",
        Report::Asked(_) => "asked",
        Report::Closed(_) => "closed",
        Report::Broken(_) => "broken",
        Report::Lost(_) => "lost",
    }
}
