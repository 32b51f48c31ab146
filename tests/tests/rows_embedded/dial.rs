//! Owns the way to Slack: the call for a URL over plain HTTP, then the connection to it, as a device makes them.

use std::net::SocketAddr;

use embedded_io_adapters::tokio_1::FromTokio;
use relink_embedded::wire::Request;
use relink_embedded::{Clock, Connection, DialFault, Dialler};
use relink_profiles::slack::{Slack, url};
use relink_profiles::{Ending, Profile, websocket};
use relink_tokio::core::Instant;
use relink_tokio::{Attempt, Millis, Verdict};
use reqwless::client::HttpConnection;
use reqwless::request::{Request as Http, RequestBuilder};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

/// Slack's URLs have about 300 bytes.
const URL_BYTES_MAX: usize = 512;

/// Asks for a URL before each connection.
pub(crate) struct SlackDialler {
    api: SocketAddr,
    token: &'static str,
    /// The URL of the connection at hand.
    url: [u8; URL_BYTES_MAX],
}

pub(crate) struct Socket<'d> {
    tcp: TcpStream,
    host: &'d str,
    path: &'d str,
}

impl SlackDialler {
    pub(crate) const fn new(api: SocketAddr, token: &'static str) -> Self {
        Self { api, token, url: [0; URL_BYTES_MAX] }
    }

    /// `apps.connections.open`: the URL without its scheme.
    async fn ask(&mut self) -> Result<&str, DialFault> {
        let tcp = TcpStream::connect(self.api).await.map_err(|_| DialFault::new("Slack's API cannot be reached"))?;
        let mut api = HttpConnection::Plain(FromTokio::new(tcp));
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str()), ("Connection", "close")];
        let call = Http::post("/api/apps.connections.open").host("slack.com").headers(&headers).body(&[][..]).build();
        let mut buffer = [0; 2048];
        let no_answer = |_| DialFault::new("Slack's API gave no answer");
        let response = api.send(call, &mut buffer).await.map_err(no_answer)?;
        let status = response.status.0;
        let seconds = response.headers().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
        let retry_after = seconds.and_then(|(_, value)| core::str::from_utf8(value).ok()?.parse().ok()).map(Millis::from_secs);
        if status != 200 {
            let ending = Ending::Call { status, retry_after };
            let verdict = Slack.verdict(ending).unwrap_or_else(|| websocket::verdict(ending));
            return Err(DialFault { what: "Slack's API refused the call for a URL", verdict });
        }
        let body = response.body().read_to_end().await.map_err(no_answer)?;
        let body = core::str::from_utf8(body).map_err(|_| DialFault::new("Slack's API answered with something else than text"))?;
        let url = url::answer(body).map_err(|no_url| DialFault { what: "Slack gave no URL", verdict: no_url.verdict() })?;
        let url = url.reveal().write_to(&mut self.url).ok_or(DialFault { what: "Slack's URL is too long", verdict: Verdict::Retry })?;
        url.split_once("://").map(|(_, rest)| rest).ok_or(DialFault::new("Slack's URL has no scheme"))
    }
}

impl Dialler for SlackDialler {
    type Connection<'d> = Socket<'d>;

    async fn dial(&mut self, _: Attempt) -> Result<Socket<'_>, DialFault> {
        let url = self.ask().await?;
        let (host, path) = url.split_at(url.find('/').unwrap_or(url.len()));
        let tcp = TcpStream::connect(host).await.map_err(|_| DialFault::new("nobody listens at Slack's URL"))?;
        Ok(Socket { tcp, host, path })
    }
}

impl Connection for Socket<'_> {
    type Reader<'c>
        = FromTokio<ReadHalf<'c>>
    where
        Self: 'c;
    type Writer<'c>
        = FromTokio<WriteHalf<'c>>
    where
        Self: 'c;

    fn request(&self) -> Request<'_> {
        Request { host: self.host, path: self.path, ..Request::default() }
    }

    fn split(&mut self) -> (Self::Reader<'_>, Self::Writer<'_>) {
        let (reader, writer) = self.tcp.split();
        (FromTokio::new(reader), FromTokio::new(writer))
    }
}

/// Tokio's clock.
pub(crate) struct Ticks(pub(crate) tokio::time::Instant);

impl Clock for Ticks {
    fn now(&self) -> Instant {
        Instant::from_millis(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    async fn until(&self, at: Instant) {
        match self.0.checked_add(std::time::Duration::from_millis(at.as_millis())) {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}
