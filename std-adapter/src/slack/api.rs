//! The call that asks Slack for a URL.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self as client, Client};
use hyper_util::rt::TokioExecutor;
use relink_core::{Millis, Verdict};
use relink_profiles::slack::Slack;
use relink_profiles::slack::url::{DEBUG_RECONNECTS, NoUrl, answer};
use relink_profiles::{Ending, Profile};

use super::SetupError;
use crate::classify;
use crate::ending::Ending as Ended;
use crate::ws::{retry_after, rustls, tls};

/// More than any answer of Slack's.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Asks for URLs with one token. Connections to the API are kept alive from one call to the next.
pub(super) struct Api {
    http: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    endpoint: Uri,
    authorization: HeaderValue,
    debug_reconnects: bool,
}

/// Why there is no URL for an attempt.
#[derive(Debug)]
pub(super) struct NoTicket {
    what: Box<str>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    /// What it means for the next attempt.
    pub(super) verdict: Verdict,
    /// Whether Slack has never heard of it: there was no connection to say it on.
    pub(super) is_unsaid: bool,
}

impl Api {
    pub(super) fn new(
        endpoint: &str,
        token: &str,
        debug_reconnects: bool,
        tls: Option<Arc<rustls::ClientConfig>>,
    ) -> Result<Self, SetupError> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| SetupError::Token)?;
        authorization.set_sensitive(true);
        let endpoint: Uri = endpoint.parse().map_err(|_| SetupError::Endpoint(endpoint.into()))?;
        if !matches!(endpoint.scheme_str(), Some("http" | "https")) {
            return Err(SetupError::Endpoint(endpoint.to_string().into()));
        }
        let tls = tls.map_or_else(tls::default_roots, Ok).map_err(SetupError::Tls)?;
        let connector = HttpsConnectorBuilder::new().with_tls_config((*tls).clone()).https_or_http().enable_http1().build();
        Ok(Self { http: Client::builder(TokioExecutor::new()).build(connector), endpoint, authorization, debug_reconnects })
    }

    /// One call. What it returns is good for one opening handshake, and not to be logged.
    pub(super) async fn url(&self) -> Result<String, NoTicket> {
        let mut request = Request::post(&self.endpoint).body(Empty::new()).map_err(NoTicket::call)?;
        request.headers_mut().insert(AUTHORIZATION, self.authorization.clone());
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let (head, body) = self.http.request(request).await.map_err(|error| self.unreached(error))?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(NoTicket::call)?.to_bytes();
        let head = Response::from_parts(head, ());
        let wait = wait(head.headers());
        match answer(&String::from_utf8_lossy(&body)) {
            Ok(url) => Ok(self.tried_out(url.reveal().to_string())),
            Err(NoUrl::Api(error)) => {
                let verdict = Slack.verdict(Ending::Api { error: error.name().as_str(), retry_after: wait });
                Err(NoTicket { what: error.to_string().into(), cause: None, verdict: verdict.unwrap_or(Verdict::Retry), is_unsaid: false })
            }
            Err(NoUrl::Answer(_)) if !head.status().is_success() => {
                let verdict = Slack.verdict(Ending::Call { status: head.status().as_u16(), retry_after: wait });
                let what = format!("Slack answers the call for a URL with {}", head.status()).into();
                Err(NoTicket { what, cause: None, verdict: verdict.unwrap_or(Verdict::Retry), is_unsaid: false })
            }
            Err(NoUrl::Answer(error)) => {
                let what = format!("the answer to the call for a URL is not Slack's ({error}); a gateway may stand in between").into();
                Err(NoTicket { what, cause: None, verdict: Verdict::Retry, is_unsaid: false })
            }
        }
    }

    /// A certificate that is not good is judged, and told, as a WebSocket's.
    fn unreached(&self, error: client::Error) -> NoTicket {
        let is_unsaid = error.is_connect();
        let Some(tls) = of_tls(&error) else { return NoTicket { is_unsaid, ..NoTicket::call(error) } };
        let fault = Ended::Tls(tls::fault(&self.endpoint.host().unwrap_or_default().into(), tls));
        let verdict = classify::verdict(&fault);
        NoTicket { what: format!("the call for a URL failed: {fault}").into(), cause: None, verdict, is_unsaid }
    }

    fn tried_out(&self, url: String) -> String {
        match (self.debug_reconnects, url.contains('?')) {
            (false, _) => url,
            (true, true) => url + "&" + DEBUG_RECONNECTS,
            (true, false) => url + "?" + DEBUG_RECONNECTS,
        }
    }
}

/// What TLS said, if it was TLS that failed.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    error.downcast_ref().or_else(|| {
        // What an I/O error wraps is not among its sources.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        of_tls(wrapped.map(|wrapped| wrapped as _).or_else(|| error.source())?)
    })
}

fn wait(headers: &HeaderMap) -> Option<Millis> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    text(RETRY_AFTER).and_then(|value| retry_after(value, text(DATE), SystemTime::now()))
}

impl NoTicket {
    /// The attempt waits for its turn: nothing was asked.
    pub(super) fn spent(wait: Millis) -> Self {
        let what = "the calls that Slack allows are spent; it is tried again when there is one".into();
        Self { what, cause: None, verdict: Verdict::Postpone(wait), is_unsaid: true }
    }

    /// The attempt waits for a place: nothing was asked.
    pub(super) fn no_place(wait: Millis) -> Self {
        let what = "other links of the app renew, and Slack allows ten connections in all; it is tried again when they have done so".into();
        Self { what, cause: None, verdict: Verdict::Postpone(wait), is_unsaid: true }
    }

    fn call(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what: "the call for a URL failed".into(), cause: Some(error.into()), verdict: Verdict::Retry, is_unsaid: false }
    }

    /// Whether somebody has to do something before it can work.
    pub(super) fn is_final(&self) -> bool {
        self.verdict == Verdict::GiveUp
    }
}

impl fmt::Display for NoTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut cause = self.cause.as_ref().map(|cause| &**cause as &dyn Error);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for NoTicket {}
