//! How far the message under way has come, and whether it comes too slowly.
//!
//! tungstenite does not say whether it waits in the middle of a message, and that cannot be told from what it hands out: a
//! ping between two fragments looks like one between two messages. So the heads of the frames are read along here; all else about
//! them is tungstenite's business.

use std::time::Duration;

use relink_core::Millis;
use tokio::time::Instant;

use super::Limits;

/// What is read along of the bytes that come in.
pub(super) struct Pace {
    time_max: Millis,
    rate_min: u32,
    /// The beginning of a frame's head: two bytes, and at most eight of a length.
    head: [u8; 10],
    /// How much of the head has come, the mask included; 0 in the payload.
    head_bytes: u8,
    frame: Frame,
    /// The last frame was a part of a message, and there are more to come.
    in_fragments: bool,
    /// What is yet to come of the payload of the frame under way.
    left_bytes: u64,
    /// What has come of the payload of the message under way.
    message_bytes: u64,
    /// How long more of it was waited for.
    waited: Duration,
    /// Since when nothing is left to be read, and more of it is waited for.
    dry_since: Option<Instant>,
}

/// What the frame under way is to its message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// A ping, a pong or a Close: it may come between two fragments, and is no part of a message.
    Control,
    Part,
    Last,
}

impl Pace {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            time_max: limits.message_time_max,
            rate_min: limits.message_rate_min,
            head: [0; 10],
            head_bytes: 0,
            frame: Frame::Control,
            in_fragments: false,
            left_bytes: 0,
            message_bytes: 0,
            waited: Duration::ZERO,
            dry_since: None,
        }
    }

    /// These bytes came.
    pub(super) fn came(&mut self, mut bytes: &[u8]) {
        if self.time_max == Millis::ZERO {
            return;
        }
        loop {
            if !self.is_under_way() {
                bytes = behind_whole(bytes);
            }
            let [byte, rest @ ..] = bytes else { return };
            if self.left_bytes == 0 {
                self.head(*byte);
                bytes = rest;
            } else {
                let count = bytes.len().min(usize::try_from(self.left_bytes).unwrap_or(usize::MAX));
                self.payload(count as u64);
                bytes = &bytes[count..];
            }
        }
    }

    fn head(&mut self, byte: u8) {
        if let Some(place) = self.head.get_mut(usize::from(self.head_bytes)) {
            *place = byte;
        }
        self.head_bytes += 1;
        let [first, second, a, b, c, d, e, f, g, h] = self.head;
        let (length_bytes, length) = match second & 0x7F {
            126 => (2, u64::from(u16::from_be_bytes([a, b]))),
            127 => (8, u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            short => (0, u64::from(short)),
        };
        if self.head_bytes >= 2 && self.head_bytes == 2 + length_bytes + mask_bytes(second) {
            self.head_bytes = 0;
            self.frame_begins(first, length);
        }
    }

    fn frame_begins(&mut self, first: u8, length: u64) {
        self.frame = match first {
            _ if first & 0x08 != 0 => Frame::Control,
            0x80.. => Frame::Last,
            _ => Frame::Part,
        };
        self.left_bytes = length;
        if length == 0 {
            self.frame_ends();
        }
    }

    fn payload(&mut self, count: u64) {
        if self.frame != Frame::Control {
            self.message_bytes = self.message_bytes.saturating_add(count);
        }
        self.left_bytes -= count;
        if self.left_bytes == 0 {
            self.frame_ends();
        }
    }

    fn frame_ends(&mut self) {
        match self.frame {
            Frame::Part => self.in_fragments = true,
            Frame::Control if self.in_fragments => {}
            Frame::Control | Frame::Last => {
                (self.in_fragments, self.message_bytes) = (false, 0);
                (self.waited, self.dry_since) = (Duration::ZERO, None);
            }
        }
    }

    const fn is_under_way(&self) -> bool {
        self.in_fragments || self.left_bytes > 0 || self.head_bytes > 0
    }

    /// Nothing is left to be read now. Says how long a message was waited for that comes too slowly.
    ///
    /// Time counts only between two such moments: while there is something to be read, nobody waits for the peer.
    pub(super) fn runs_dry(&mut self) -> Option<Millis> {
        if !self.is_under_way() {
            return None;
        }
        let now = Instant::now();
        if let Some(since) = self.dry_since.replace(now) {
            self.waited = self.waited.saturating_add(now.saturating_duration_since(since));
        }
        let seconds = self.message_bytes.checked_div(self.rate_min.into()).unwrap_or(0);
        let most = self.time_max.as_duration().saturating_add(Duration::from_secs(seconds));
        (self.waited > most).then(|| Millis::from_duration(self.waited))
    }
}

/// What is behind short frames that are messages of their own, or parts of none, and have come whole: the usual case, of which nothing
/// has to be remembered.
fn behind_whole(mut bytes: &[u8]) -> &[u8] {
    while let [first, second, ..] = *bytes
        && first & 0x80 != 0
        && second & 0x7F < 126
        && let Some(behind) = bytes.get(usize::from(2 + mask_bytes(second) + (second & 0x7F))..)
    {
        bytes = behind;
    }
    bytes
}

const fn mask_bytes(second: u8) -> u8 {
    if second & 0x80 == 0 { 0 } else { 4 }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relink_core::Millis;
    use tokio::time::advance;

    use super::{Limits, Pace};

    const LIMITS: Limits = Limits { message_time_max: Millis::from_secs(10), message_rate_min: 100, ..Limits::DEFAULT };

    fn frame(first: u8, length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut bytes = match length {
            0..=125 => vec![first, mask | length as u8],
            126..=0xFFFF => [&[first, mask | 126][..], &(length as u16).to_be_bytes()].concat(),
            _ => [&[first, mask | 127][..], &(length as u64).to_be_bytes()].concat(),
        };
        // What is masked, and the mask, may look like anything.
        bytes.resize(bytes.len() + if masked { 4 } else { 0 } + length, 0x7E);
        bytes
    }

    /// Messages, each one in several frames; and after which frame each one ends.
    fn messages(masked: bool) -> (Vec<u8>, Vec<usize>) {
        let of: [&[(u8, usize)]; 8] = [
            &[(0x81, 0)],
            &[(0x82, 125)],
            &[(0x89, 125)],
            &[(0x82, 126)],
            &[(0x01, 3), (0x8A, 0), (0x00, 0), (0x89, 5), (0x80, 0)],
            &[(0x8A, 0)],
            &[(0x82, 70_000)],
            &[(0x02, 300), (0x80, 1)],
        ];
        let (mut bytes, mut ends) = (Vec::new(), vec![0]);
        for message in of {
            message.iter().for_each(|&(first, length)| bytes.extend(frame(first, length, masked)));
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    #[test]
    fn between_two_messages_and_nowhere_else_none_is_under_way() {
        for masked in [true, false] {
            let (bytes, ends) = messages(masked);
            for size in [1, 2, 3, 7, 100, 4096, bytes.len()] {
                let (mut pace, mut count) = (Pace::new(&LIMITS), 0);
                for chunk in bytes.chunks(size) {
                    pace.came(chunk);
                    count += chunk.len();
                    assert_eq!(pace.is_under_way(), !ends.contains(&count), "{count} bytes, {size} at once");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_counts_while_it_is_waited_for_and_bytes_buy_time() {
        let mut pace = Pace::new(&LIMITS);
        let mut passes = async |secs, bytes: &[u8]| {
            advance(Duration::from_secs(secs)).await;
            pace.came(bytes);
            pace.runs_dry()
        };
        let message = frame(0x82, 1000, true);
        assert_eq!(passes(1000, &message[..9]).await, None, "silence before it is none of its time");
        assert_eq!(passes(10, &[]).await, None);
        assert_eq!(passes(1, &message[9..108]).await, None, "with a hundred bytes it has a second more");
        assert_eq!(passes(1, &[]).await, Some(Millis::from_secs(12)));
        assert_eq!(passes(1000, &message[108..]).await, None, "it is complete");
        assert_eq!(passes(1000, &[0x89, 0x80]).await, None, "a new one begins");
        assert_eq!(passes(10, &[0; 4]).await, None, "and ends");
        assert_eq!(passes(1000, &[]).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_payload_buys_no_time_and_what_waits_here_costs_none() {
        let mut pace = Pace::new(&LIMITS);
        pace.came(&frame(0x02, 0, true));
        assert_eq!(pace.runs_dry(), None);
        for _ in 0..10 {
            advance(Duration::from_secs(1)).await;
            pace.came(&[frame(0x00, 0, true), frame(0x89, 125, true)].concat().repeat(100));
            assert_eq!(pace.runs_dry(), None);
        }
        advance(Duration::from_secs(1)).await;
        assert_eq!(pace.runs_dry(), Some(Millis::from_secs(11)));
        // The end of a message, and the beginning of the next one, which is not read on for long: its own consumer is slow.
        pace.came(&[frame(0x80, 10, true), vec![0x82]].concat());
        advance(Duration::from_secs(1000)).await;
        pace.came(&[0xFF]);
        assert_eq!(pace.runs_dry(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_time_nothing_is_too_slow_and_without_a_rate_bytes_buy_none() {
        let mut never = Pace::new(&Limits { message_time_max: Millis::ZERO, ..LIMITS });
        let mut fixed = Pace::new(&Limits { message_rate_min: 0, ..LIMITS });
        for pace in [&mut never, &mut fixed] {
            pace.came(&frame(0x02, 60_000, true));
            assert_eq!(pace.runs_dry(), None);
        }
        advance(Duration::from_secs(11)).await;
        assert_eq!((never.runs_dry(), fixed.runs_dry()), (None, Some(Millis::from_secs(11))));
    }
}
