//! Owns the dialler: a socket connects, TLS shakes hands, and both directions go on at the same time.

use embedded_io_async::{Error, ErrorKind, ErrorType, Read, Write};
use embedded_tls::{Aes128GcmSha256, CryptoProvider, FlushPolicy, TlsConfig, TlsConnection, TlsContext, TlsReader, TlsWriter};
use relink_core::Attempt;
use relink_embedded::wire::Request;
use relink_embedded::{Connection, DialFault, Dialler};

use crate::gate::{Gate, RECORD_BYTES_MAX, SENT_BYTES_MAX};

/// What TLS runs over. embassy-net's `TcpSocket` is one with a line for each method.
pub(crate) trait Socket: Read + Write {
    /// Connects, in place of whatever there was before.
    async fn connect(&mut self) -> Result<(), DialFault>;
    /// Ends the connection at once.
    fn abort(&mut self);
}

/// Dials with TLS. `P` brings the random numbers, and says whom to trust: one without a verifier trusts everybody.
pub(crate) struct TlsDialler<'s, S, P> {
    gate: Gate<S>,
    provider: P,
    request: Request<'s>,
    read_record: [u8; RECORD_BYTES_MAX],
    write_record: [u8; SENT_BYTES_MAX],
}

impl<'s, S, P> TlsDialler<'s, S, P> {
    /// Connects `socket`, and asks for `request` there; its host is also the name that TLS asks for.
    pub(crate) const fn new(socket: S, provider: P, request: Request<'s>) -> Self {
        Self { gate: Gate::new(socket), provider, request, read_record: [0; RECORD_BYTES_MAX], write_record: [0; SENT_BYTES_MAX] }
    }
}

impl<S: Socket, P: CryptoProvider<CipherSuite = Aes128GcmSha256>> Dialler for TlsDialler<'_, S, P> {
    type Connection<'d>
        = Secure<'d, S>
    where
        Self: 'd;

    async fn dial(&mut self, _: Attempt) -> Result<Secure<'_, S>, DialFault> {
        self.gate.reset().connect().await?;
        let (gate, request) = (&self.gate, self.request);
        // Aborts it, too, if TLS fails.
        let socket = Aborted(gate);
        let mut tls = TlsConnection::new(gate, &mut self.read_record, &mut self.write_record);
        // The gate is flushed when the driver flushes.
        tls.set_flush_policy(FlushPolicy::Relaxed);
        let name = request.host.split(':').next().unwrap_or_default();
        let config = TlsConfig::new().with_server_name(name);
        let refused = |_| DialFault::new("TLS was not agreed on: is it TLS 1.3 over there, and the certificate the right one?");
        tls.open(TlsContext::new(&config, &mut self.provider)).await.map_err(refused)?;
        gate.drain().await.map_err(|_| DialFault::new("the connection broke while TLS shook hands"))?;
        Ok(Secure { tls, socket, request })
    }
}

/// An open connection.
pub(crate) struct Secure<'d, S: Socket> {
    tls: TlsConnection<'d, &'d Gate<S>, Aes128GcmSha256>,
    socket: Aborted<'d, S>,
    request: Request<'d>,
}

/// A socket that is aborted when this is dropped.
struct Aborted<'d, S: Socket>(&'d Gate<S>);

impl<S: Socket> Drop for Aborted<'_, S> {
    fn drop(&mut self) {
        self.0.socket.borrow_mut().abort();
    }
}

impl<'d, S: Socket> Connection for Secure<'d, S> {
    type Reader<'c>
        = TlsReader<'c, &'d Gate<S>, Aes128GcmSha256>
    where
        Self: 'c;
    type Writer<'c>
        = Writer<'c, 'd, S>
    where
        Self: 'c;

    fn request(&self) -> Request<'_> {
        self.request
    }

    fn split(&mut self) -> (Self::Reader<'_>, Self::Writer<'_>) {
        let (reader, tls) = self.tls.split();
        (reader, Writer { tls, gate: self.socket.0 })
    }
}

/// The writing side: a record begins when there is room for all of it.
pub(crate) struct Writer<'c, 'd, S: Socket> {
    tls: TlsWriter<'c, &'d Gate<S>, Aes128GcmSha256>,
    gate: &'d Gate<S>,
}

impl<S: Socket> ErrorType for Writer<'_, '_, S> {
    type Error = ErrorKind;
}

impl<'c, 'd: 'c, S: Socket> Write for Writer<'c, 'd, S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.gate.drain().await.map_err(|error| error.kind())?;
        self.tls.write(bytes).await.map_err(|error| error.kind())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.gate.drain().await.map_err(|error| error.kind())?;
        self.tls.flush().await.map_err(|error| error.kind())?;
        self.gate.drain().await.map_err(|error| error.kind())
    }
}
