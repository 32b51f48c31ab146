//! The head of an HTTP/1 message: everything up to its first empty line.

use std::io;

use tokio::io::AsyncReadExt;

use super::source::Socket;

/// Why there is no head.
pub(crate) enum HeadFault {
    /// What came cannot be HTTP.
    NotHttp,
    /// It has more bytes than it may.
    TooLarge,
    /// The stream has ended in the middle of it.
    Cut,
    Io(io::Error),
}

/// Reads until the buffer holds a whole head; answers with its length. What `may_be_http` says no to is not read on.
pub(crate) async fn read(
    stream: &mut Socket,
    buffer: &mut Vec<u8>,
    bytes_max: usize,
    may_be_http: fn(&[u8]) -> bool,
) -> Result<usize, HeadFault> {
    let mut seen = 0;
    loop {
        if !may_be_http(buffer) {
            return Err(HeadFault::NotHttp);
        }
        let end = end_of_head(buffer, seen);
        if end.unwrap_or(buffer.len()) > bytes_max {
            return Err(HeadFault::TooLarge);
        }
        if let Some(end) = end {
            return Ok(end);
        }
        // The empty line may have been cut anywhere.
        seen = buffer.len().saturating_sub(3);
        buffer.reserve(1024);
        match stream.read_buf(buffer).await {
            Ok(1..) => {}
            Ok(0) => return Err(HeadFault::Cut),
            // The end of a TLS stream without a close_notify.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(HeadFault::Cut),
            Err(error) => return Err(HeadFault::Io(error)),
        }
    }
}

/// Where the first empty line ends; the search begins at `from`. A bare LF ends a line too (RFC 9112 §2.2).
fn end_of_head(buffer: &[u8], from: usize) -> Option<usize> {
    let ends = |window: &[u8]| window.starts_with(b"\n\n").then_some(2).or_else(|| window.starts_with(b"\n\r\n").then_some(3));
    (from..buffer.len()).find_map(|at| ends(&buffer[at..]).map(|length| at + length))
}
