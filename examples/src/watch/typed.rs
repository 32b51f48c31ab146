//! Owns the lines that are typed, or piped in: each is one message, in order, whether the link is up or not.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use relink_tokio::{Fate, LinkState, SendError};
use tokio::sync::mpsc;

use super::Link;

/// The longest line that is sent, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// Lines read ahead of those that are sent.
const LINES_MAX: usize = 16;

/// Sends the lines of the standard input, and counts those that wait. Its end ends nothing.
pub(super) fn send(client: Link, say: mpsc::Sender<String>) -> Waiting {
    let (give, mut lines) = mpsc::channel(LINES_MAX);
    let waiting = Waiting::default();
    let counted = waiting.clone();
    let input = Input { give, say: say.clone(), waiting: waiting.clone(), client: client.clone() };
    // A thread, because reading a terminal cannot be given up; it ends with the program.
    let reading = thread::Builder::new().name("watch-input".into()).spawn(move || input.read());
    if reading.is_err() {
        let _ = say.try_send("no thread can be had to read the standard input: nothing can be sent".into());
    }
    tokio::spawn(async move {
        while let Some(line) = lines.recv().await {
            if let Some(trouble) = deliver(&client, line).await
                && say.send(trouble).await.is_err()
            {
                return;
            }
            waiting.0.fetch_sub(1, Ordering::SeqCst);
        }
    });
    counted
}

/// The number of lines that were read, and of which it is not yet said what became of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    pub(super) fn is_none(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

/// Where the lines go that are read.
struct Input {
    give: mpsc::Sender<String>,
    say: mpsc::Sender<String>,
    waiting: Waiting,
    client: Link,
}

impl Input {
    fn read(&self) {
        let mut input = io::stdin().lock();
        while let Some(line) = next(&mut input) {
            let given = match line {
                Ok(line) => self.give(line),
                Err(why) => self.say(format!("not sent: {why}")),
            };
            if !given {
                return;
            }
        }
    }

    /// Passes a line on, and says so if it has to wait; `false` if nobody takes it.
    fn give(&self, line: String) -> bool {
        let state = self.client.state();
        if matches!(state, LinkState::Shutdown { .. }) {
            return false;
        }
        let waiting = 1 + self.waiting.0.fetch_add(1, Ordering::SeqCst);
        let goes = matches!(state, LinkState::Ready { .. });
        (goes || self.say(format!("queued ({waiting} waiting)"))) && self.give.blocking_send(line).is_ok()
    }

    fn say(&self, text: String) -> bool {
        self.say.blocking_send(text).is_ok()
    }
}

/// Sends one line and waits until it is known what became of it: nothing is said if it was written.
async fn deliver(client: &Link, line: String) -> Option<String> {
    let receipt = match client.send_tracked(line.as_str()).await {
        Ok(receipt) => receipt,
        Err(error @ (SendError::Full(_) | SendError::TooHeavy(_) | SendError::Gone(_) | SendError::Ended(_))) => {
            return Some(format!("not sent: {line} ({error})"));
        }
    };
    match receipt.await {
        Fate::Written => None,
        Fate::Unknown => Some(format!("the connection ended while this was on its way, it may have arrived or not: {line}")),
        Fate::NotWritten(_) | Fate::Dropped(_) => Some(format!("not sent: {line}")),
    }
}

/// The next line without its end, or why it cannot be sent; `None` at the end of the input.
fn next(input: &mut impl BufRead) -> Option<Result<String, &'static str>> {
    let mut line = Vec::new();
    let read = input.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
    if read.is_err() || line.is_empty() {
        return None;
    }
    if line.last() != Some(&b'\n') && line.len() as u64 > LINE_BYTES_MAX {
        pass(input);
        return Some(Err("a line of more than 1 MiB"));
    }
    let text = String::from_utf8(line).map_err(|_| "a line that is not UTF-8");
    Some(text.map(|text| text.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Passes over the rest of a line.
fn pass(input: &mut impl BufRead) {
    while let Ok(buffer) = input.fill_buf() {
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let (length, ends) = end.map_or((buffer.len(), buffer.is_empty()), |at| (at + 1, true));
        input.consume(length);
        if ends {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_kind() {
        let long = "x".repeat(LINE_BYTES_MAX as usize);
        let text =
            [b"one\r\n\n\xff\n".to_vec(), long.clone().into_bytes(), b"\n".to_vec(), long.into_bytes(), b"more\nlast".to_vec()].concat();
        let mut input = text.as_slice();
        assert_eq!(next(&mut input), Some(Ok("one".into())));
        assert_eq!(next(&mut input), Some(Ok(String::new())));
        assert_eq!(next(&mut input), Some(Err("a line that is not UTF-8")));
        assert_eq!(next(&mut input).and_then(Result::ok).map(|line| line.len() as u64), Some(LINE_BYTES_MAX));
        assert_eq!(next(&mut input), Some(Err("a line of more than 1 MiB")));
        assert_eq!(next(&mut input), Some(Ok("last".into())));
        assert_eq!(next(&mut input), None);
    }
}
