//! The two sides of a connection: who ends the transport.

use relink_core::Millis;
use tungstenite::protocol::Role;

/// Which side of the connection this is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    /// It waits for the server to end the transport.
    Client,
    /// It ends the transport. Where the peer has given no Close, it reads on for so long: dropping a socket with unread bytes resets the
    /// connection, and a Close that the peer has not read yet is lost with it.
    #[cfg(feature = "server")]
    Server { linger: Millis },
}

impl Side {
    pub(super) const fn role(self) -> Role {
        match self {
            Self::Client => Role::Client,
            #[cfg(feature = "server")]
            Self::Server { .. } => Role::Server,
        }
    }

    /// How long a server reads on.
    pub(super) const fn linger(self) -> Option<Millis> {
        match self {
            Self::Client => None,
            #[cfg(feature = "server")]
            Self::Server { linger } => Some(linger),
        }
    }
}
