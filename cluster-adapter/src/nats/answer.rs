//! Owns what the server's answers mean.

use std::error::Error;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{LastRawMessageError, LastRawMessageErrorKind};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{RequestError, RequestErrorKind};

use crate::{Fault, Refused};

/// Why something that was published is not stored.
pub(super) fn refused(what: &'static str, error: &PublishError) -> Refused {
    match error.kind() {
        PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId => Refused::Conflict,
        // Whoever was to answer is gone: it may have stored it before.
        PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => Fault::TimedOut { what }.into(),
        PublishErrorKind::MaxPayloadExceeded => Fault::TooLarge.into(),
        PublishErrorKind::StreamNotFound => Fault::NoLeader.into(),
        PublishErrorKind::MaxAckPending | PublishErrorKind::Other => by_code(what, error),
    }
}

fn by_code(what: &'static str, error: &PublishError) -> Refused {
    let said = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
    match said.map(jetstream::Error::error_code) {
        Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT) => Refused::Conflict,
        // The same id is just being stored.
        Some(ErrorCode::STREAM_DUPLICATE_MESSAGE_CONFLICT) => Fault::TimedOut { what }.into(),
        Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM) => Fault::TooLarge.into(),
        // Its text says which limit.
        Some(ErrorCode::STREAM_STORE_FAILED) if said.is_some_and(|said| said.to_string().contains("maximum")) => Fault::Full.into(),
        _ => server(error).into(),
    }
}

/// The message that was asked for, if there is one.
pub(super) fn found(what: &'static str, answer: Result<StreamMessage, LastRawMessageError>) -> Result<Option<StreamMessage>, Fault> {
    match answer {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => match error.source().and_then(|source| source.downcast_ref::<RequestError>()) {
            Some(request) => Err(unanswered(what, request)),
            None => Err(server(&error)),
        },
    }
}

/// Why a request was not answered.
pub(super) fn unanswered(what: &'static str, error: &RequestError) -> Fault {
    match error.kind() {
        RequestErrorKind::TimedOut => Fault::TimedOut { what },
        RequestErrorKind::MaxPayloadExceeded => Fault::TooLarge,
        RequestErrorKind::NoResponders => Fault::NoLeader,
        RequestErrorKind::InvalidSubject | RequestErrorKind::Other => server(error),
    }
}

pub(super) fn server(error: &(impl Error + ?Sized)) -> Fault {
    Fault::Server(error.to_string().into())
}
