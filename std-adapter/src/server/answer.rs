//! The answer to a client's request: 101, or a refusal with a sentence.

use std::fmt::Write;

use tokio::io::AsyncWriteExt;
use tungstenite::http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::{Admission, Rejection};
use crate::ws::source::Socket;

/// The acceptance (RFC 6455 §4.2.2).
pub(super) fn accepted(accept: &str, subprotocol: Option<&str>, admission: &mut Admission) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    let values = [(header::SEC_WEBSOCKET_ACCEPT, Some(accept)), (header::SEC_WEBSOCKET_PROTOCOL, subprotocol)];
    for (name, value) in values {
        // Base64, and what stood in a header before.
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
    headers.extend(std::mem::take(&mut admission.headers));
    response
}

pub(super) fn rejected(rejection: &Rejection) -> Response<String> {
    let mut response = Response::new(format!("{}\n", rejection.why));
    *response.status_mut() = rejection.status;
    let length = response.body().len();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.extend(rejection.headers.iter().cloned());
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

pub(super) async fn write(stream: &mut Socket, response: &Response<String>) -> std::io::Result<()> {
    let status = response.status();
    let mut bytes = format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default()).into_bytes();
    write_headers(&mut bytes, response.headers());
    bytes.extend_from_slice(response.body().as_bytes());
    stream.write_all(&bytes).await?;
    stream.flush().await
}

fn write_headers(bytes: &mut Vec<u8>, headers: &HeaderMap) {
    let mut names = String::new();
    for (name, value) in headers {
        names.clear();
        let _never_fails = write!(names, "{name}: ");
        bytes.extend_from_slice(names.as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
}
