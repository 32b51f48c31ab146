//! What tungstenite's errors mean: which of them are the peer's violations, in words of ours.

use std::io;
use std::sync::Arc;

use relink_core::CloseCode;
use tungstenite::Error;
use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::protocol::CloseFrame;

use crate::ending::{PeerClose, Violation};

/// Nothing can be read or written now.
pub(super) fn is_blocked(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// The transport ended without a Close.
pub(super) const fn is_end(error: &Error) -> bool {
    matches!(error, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake))
}

/// What the peer's Close says. One whose code may not be sent is shown by tungstenite as 1002 "Protocol violation".
pub(super) fn peer_close(frame: Option<CloseFrame>) -> Result<PeerClose, Violation> {
    let code = frame.as_ref().map(|frame| CloseCode::new(frame.code.into()));
    let reason: Arc<str> = frame.as_ref().map_or("", |frame| frame.reason.as_str()).into();
    let stands_for_another = code == Some(CloseCode::PROTOCOL_ERROR) && &*reason == "Protocol violation";
    if stands_for_another || code.is_some_and(|code| !code.is_sendable()) {
        return Err(Violation::CloseFrame);
    }
    Ok(PeerClose { code, reason })
}

/// What the peer did that it must not; whatever else it is comes back.
pub(super) fn violation(error: Error) -> Result<Violation, Error> {
    Ok(match error {
        Error::Utf8(_) => Violation::NotUtf8,
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => Violation::TooBig { size_bytes: size, bytes_max: max_size },
        Error::Protocol(ProtocolError::InvalidCloseSequence) => Violation::CloseFrame,
        Error::Protocol(error) => Violation::Frame(of_frame(&error)),
        other => return Err(other),
    })
}

fn of_frame(error: &ProtocolError) -> Arc<str> {
    match error {
        ProtocolError::UnmaskedFrameFromClient => "a frame without a mask, which a client's must have".into(),
        ProtocolError::MaskedFrameFromServer => "a frame that is masked, which only a client's may be".into(),
        ProtocolError::NonZeroReservedBits => "a frame with reserved bits set; it may compress without having been asked to".into(),
        ProtocolError::InvalidOpcode(opcode)
        | ProtocolError::UnknownControlFrameType(opcode)
        | ProtocolError::UnknownDataFrameType(opcode) => format!("a frame with the reserved opcode {opcode}").into(),
        ProtocolError::FragmentedControlFrame => "a control frame in fragments".into(),
        ProtocolError::ControlFrameTooBig => "a control frame of more than 125 bytes".into(),
        ProtocolError::UnexpectedContinueFrame => "a continuation of nothing".into(),
        ProtocolError::ExpectedFragment(_) => "a new message in the middle of another".into(),
        other => other.to_string().into(),
    }
}
