//! Owns which headers of an answer are read.

/// A header, by what is read from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Upgrade,
    Connection,
    Accept,
    Extensions,
    Protocol,
    RetryAfter,
    Other,
}

impl Field {
    /// The header of this name, in an answer with this status.
    pub(super) fn of(name: &[u8], status: u16) -> Self {
        let fields: &[(&str, Self)] = if status == 101 {
            &[
                ("upgrade", Self::Upgrade),
                ("connection", Self::Connection),
                ("sec-websocket-accept", Self::Accept),
                ("sec-websocket-extensions", Self::Extensions),
                ("sec-websocket-protocol", Self::Protocol),
            ]
        } else {
            &[("retry-after", Self::RetryAfter)]
        };
        fields.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())).map_or(Self::Other, |(_, field)| *field)
    }
}
