//! Owns TCP over embassy-net: one socket, connected again and again.

use embassy_net::IpEndpoint;
use embassy_net::tcp::{ConnectError, State, TcpReader, TcpSocket, TcpWriter};
use relink_core::Attempt;

use crate::dial::{Connection, Dialler};
use crate::ending::DialFault;
use crate::wire::Request;

/// Dials one endpoint with one socket.
///
/// Where the address comes from a name, or the path from a call before each dial, write a [`Dialler`] around the same socket: it is
/// a page.
pub struct TcpDialler<'s> {
    socket: TcpSocket<'s>,
    endpoint: IpEndpoint,
    request: Request<'s>,
}

impl<'s> TcpDialler<'s> {
    /// Dials `endpoint`, and asks for `request` there.
    ///
    /// The socket's own timeout stays off: whether the peer is alive is the link's question.
    pub fn new(mut socket: TcpSocket<'s>, endpoint: impl Into<IpEndpoint>, request: Request<'s>) -> Self {
        socket.set_timeout(None);
        // A message is a frame or more: none has to wait for the acknowledgement of the one before.
        socket.set_nagle_enabled(false);
        Self { socket, endpoint: endpoint.into(), request }
    }

    /// Waits until the peer knows of the end of the connection before. Only needed before the socket is dropped; nobody says that it ends,
    /// if the network is gone.
    pub async fn settle(&mut self) {
        let _its_end_is_out = self.socket.flush().await;
    }
}

impl<'s> Dialler for TcpDialler<'s> {
    type Connection<'d>
        = TcpConnection<'d, 's>
    where
        Self: 'd;

    async fn dial(&mut self, _: Attempt) -> Result<TcpConnection<'_, 's>, DialFault> {
        // What is left of the connection before, or of a dial that was dropped. Its reset has to leave before the socket is used again.
        if self.socket.state() != State::Closed {
            self.socket.abort();
            let _the_reset_is_out = self.socket.flush().await;
        }
        self.socket.connect(self.endpoint).await.map_err(fault)?;
        Ok(TcpConnection { socket: &mut self.socket, request: self.request })
    }
}

/// An open connection. Dropping it resets it; or, if the peer has ended it, ends it properly.
pub struct TcpConnection<'d, 's> {
    socket: &'d mut TcpSocket<'s>,
    request: Request<'d>,
}

impl Connection for TcpConnection<'_, '_> {
    type Reader<'c>
        = TcpReader<'c>
    where
        Self: 'c;
    type Writer<'c>
        = TcpWriter<'c>
    where
        Self: 'c;

    fn request(&self) -> Request<'_> {
        self.request
    }

    fn split(&mut self) -> (TcpReader<'_>, TcpWriter<'_>) {
        self.socket.split()
    }
}

impl Drop for TcpConnection<'_, '_> {
    fn drop(&mut self) {
        if self.socket.state() == State::CloseWait {
            self.socket.close();
        } else {
            self.socket.abort();
        }
    }
}

const fn fault(error: ConnectError) -> DialFault {
    DialFault::new(match error {
        ConnectError::InvalidState => "the socket is in use",
        ConnectError::ConnectionReset => "nothing listens there: check the address and that the server runs",
        ConnectError::TimedOut => "nobody answered: check the address and the network",
        ConnectError::NoRoute => "there is no route: check the network's configuration, and whether it is up",
    })
}
