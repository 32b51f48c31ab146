//! The bounds of a connection: buffers, messages, and what is read of an answer to the Upgrade.

use relink_core::Millis;
use tungstenite::protocol::WebSocketConfig;

/// The bounds of a connection. Every value is valid: each is read as at least its named least, and at most its named most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest message taken, in bytes; a larger one ends the connection with 1009.
    pub message_bytes_max: usize,
    /// The largest frame taken, in bytes; a larger one ends the connection with 1009. At most `message_bytes_max`: a frame is
    /// read whole before it counts as a message.
    pub frame_bytes_max: usize,
    /// How long a message may be waited for from its first byte on, beside the time that its bytes may take by `message_rate_min`; what
    /// is slower ends the connection with 3008, "timeout". 0: for ever.
    ///
    /// It is for what comes drop by drop, or never ends: one byte a second, a first fragment without a last one. Only time in which
    /// nothing was left to be read counts, so nobody pays for a slow consumer on this side; and it is looked at when something comes:
    /// that nothing does any more is what pings are for. The code is neither 1002 nor 1008, because no rule was broken and a bad line
    /// may be to blame: whoever sees it should come again.
    pub message_time_max: Millis,
    /// So many bytes of a message's payload have a second more; 0: none has.
    pub message_rate_min: u32,
    /// How much is read from the socket at once; at least 256 bytes, at most 1 MiB. The connections of a thread share one such buffer.
    pub read_buffer_bytes: usize,
    /// How much is gathered before it is written without a flush; at least 256 bytes. It costs memory only once used.
    pub write_buffer_bytes: usize,
    /// The longest head of an answer to the Upgrade; at least 256 bytes.
    pub head_bytes_max: usize,
    /// How much of a refusal's body is read and kept.
    pub refusal_bytes_max: usize,
    /// How long a refusal's body is waited for.
    pub refusal_time_max: Millis,
}

impl Limits {
    /// Messages up to 64 MiB in frames up to 16 MiB, each within 60 s and a second more for every 240 bytes, 4 KiB to read and to write, 16 KiB of head, 4 KiB or 1 s of a refusal's body.
    pub const DEFAULT: Self = Self {
        message_bytes_max: 64 << 20,
        frame_bytes_max: 16 << 20,
        message_time_max: Millis::from_secs(60),
        message_rate_min: 240,
        read_buffer_bytes: 4 << 10,
        write_buffer_bytes: 4 << 10,
        head_bytes_max: 16 << 10,
        refusal_bytes_max: 4 << 10,
        refusal_time_max: Millis::from_secs(1),
    };

    const BUFFER_BYTES_MIN: usize = 256;
    const READ_BUFFER_BYTES_MAX: usize = 1 << 20;
    /// The read buffer that tungstenite keeps for each connection. Below 1 KiB, `bytes` forgets its size when it has to be
    /// replaced because messages that were cut from it are still held, and makes it as small as the next frame's head.
    const CODEC_BUFFER_BYTES: usize = 1 << 10;

    pub(crate) fn clamped(mut self) -> Self {
        self.read_buffer_bytes = self.read_buffer_bytes.clamp(Self::BUFFER_BYTES_MIN, Self::READ_BUFFER_BYTES_MAX);
        self.write_buffer_bytes = self.write_buffer_bytes.max(Self::BUFFER_BYTES_MIN);
        self.head_bytes_max = self.head_bytes_max.max(Self::BUFFER_BYTES_MIN);
        self.frame_bytes_max = self.frame_bytes_max.min(self.message_bytes_max);
        self
    }

    /// tungstenite writes by itself when its buffer exceeds `write_buffer_size`; here it never does, the connection
    /// decides when to write (see `connection.rs`), so nothing is written where no waker is at hand.
    pub(super) fn tungstenite(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(Self::CODEC_BUFFER_BYTES)
            .write_buffer_size(usize::MAX - 1)
            .max_write_buffer_size(usize::MAX)
            .max_message_size(Some(self.message_bytes_max))
            .max_frame_size(Some(self.frame_bytes_max))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
