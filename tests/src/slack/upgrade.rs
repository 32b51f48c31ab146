//! Owns `GET /link`: the ticket, the registration and the opening handshake, and what the script does to them.

use std::future::pending;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Query, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::call::answer;
use super::hub::{Hub, Registration, State};
use super::line::{Handle, Line};
use super::manner::Manner;
use super::order::Order;
use super::record::{Connection, Dial, Outcome};
use super::socket::Socket;
use super::trouble::LinkTrouble;

#[derive(Deserialize)]
pub(crate) struct Link {
    ticket: Option<String>,
    debug_reconnects: Option<String>,
}

impl Link {
    fn debug(&self) -> bool {
        self.debug_reconnects.as_deref() == Some("true")
    }
}

pub(crate) async fn link(
    Shared(hub): Shared<Arc<Hub>>,
    Extension(line): Extension<Arc<Handle>>,
    Query(link): Query<Link>,
    mut request: Request,
) -> Response<Body> {
    let at = Instant::now();
    let key = accept_key(request.headers());
    let user_agent = text(request.headers(), &header::USER_AGENT).unwrap_or_default().to_owned();
    let debug = link.debug();

    let (outcome, trouble, orders) = hub.change(|state| {
        let trouble = state.links.next(at, hub.settings.pace);
        let ticket = show(state, link.ticket.as_deref(), at);
        let outcome = match (&key, ticket) {
            (None, _) => Err(Outcome::Status(400)),
            (Some(_), Err(refused)) => Err(refused),
            (Some(_), Ok(_)) => before_upgrade(trouble.as_ref()),
        };
        let (outcome, orders) = match outcome {
            Err(refused) => (refused, None),
            Ok(()) => register(&hub, state, at),
        };
        state.book.dials.push(Dial { at, ticket: ticket.ok(), debug, user_agent, outcome });
        (outcome, trouble, orders)
    });
    let (Some(key), Some(orders)) = (key, orders) else { return refuse(&hub, &line, outcome, trouble).await };
    let number = match outcome {
        Outcome::Opened(number) | Outcome::TooMany(number) => number,
        Outcome::TicketReused | Outcome::TicketUnknown | Outcome::Status(_) | Outcome::None | Outcome::Cut => {
            return refuse(&hub, &line, outcome, trouble).await;
        }
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let too_many = matches!(outcome, Outcome::TooMany(_));
    let manner = Manner::of(trouble, too_many);
    hub.spawn(go_on(upgrade, number, manner, debug, orders, hub.clone()));
    switch(&key)
}

/// Shows a ticket: which it is, or why it does not count.
fn show(state: &mut State, ticket: Option<&str>, now: Instant) -> Result<usize, Outcome> {
    let place = ticket.and_then(|text| state.book.tickets.iter().position(|ticket| ticket.text == text));
    let found = place.and_then(|place| Some((place, state.book.tickets.get_mut(place)?)));
    let Some((place, ticket)) = found else { return Err(Outcome::TicketUnknown) };
    ticket.shown.push(now);
    if ticket.shown.len() > 1 {
        state.book.counts.tickets_reused += 1;
        return Err(Outcome::TicketReused);
    }
    Ok(place)
}

/// What the script has instead of an upgrade.
fn before_upgrade(trouble: Option<&LinkTrouble>) -> Result<(), Outcome> {
    match trouble {
        Some(LinkTrouble::Status(status) | LinkTrouble::StatusWithRetryAfter { status, .. }) => Err(Outcome::Status(*status)),
        Some(LinkTrouble::Hang) => Err(Outcome::None),
        Some(LinkTrouble::Hangup(_)) => Err(Outcome::Cut),
        Some(
            LinkTrouble::DisconnectFirst(_)
            | LinkTrouble::NoHello
            | LinkTrouble::LateHello(_)
            | LinkTrouble::NoPong
            | LinkTrouble::Silent(_)
            | LinkTrouble::HalfOpen(_)
            | LinkTrouble::Says(_)
            | LinkTrouble::CloseAfter(..)
            | LinkTrouble::LostAfter(..)
            | LinkTrouble::CloseUnanswered,
        )
        | None => Ok(()),
    }
}

fn register(hub: &Hub, state: &mut State, now: Instant) -> (Outcome, Option<UnboundedReceiver<Order>>) {
    let number = state.book.connections.len() + 1;
    let mut record = Connection::new(number, now);
    let (orders, receiver) = unbounded_channel();
    let outcome = if state.registrations.len() >= hub.settings.registrations_max {
        record.unregistered = Some(now);
        Outcome::TooMany(number)
    } else {
        state.registrations.push(Registration { connection: number, ready: false, orders: Some(orders) });
        Outcome::Opened(number)
    };
    state.book.connections.push(record);
    (outcome, Some(receiver))
}

async fn refuse(hub: &Hub, line: &Handle, outcome: Outcome, trouble: Option<LinkTrouble>) -> Response<Body> {
    let retry_after_s = match trouble {
        Some(LinkTrouble::StatusWithRetryAfter { retry_after_s, .. }) => Some(retry_after_s),
        Some(LinkTrouble::Hangup(how)) if outcome == Outcome::Cut => {
            line.cut(how);
            return pending().await;
        }
        Some(_) | None => None,
    };
    let status = match outcome {
        Outcome::Status(status) => status,
        Outcome::TicketReused | Outcome::TicketUnknown => hub.settings.bad_ticket_status,
        Outcome::None | Outcome::Cut | Outcome::Opened(_) | Outcome::TooMany(_) => return pending().await,
    };
    answer(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), retry_after_s, String::new())
}

/// The WebSocket from the moment on that HTTP lets go of the line.
async fn go_on(upgrade: OnUpgrade, number: usize, manner: Manner, debug: bool, orders: UnboundedReceiver<Order>, hub: Arc<Hub>) {
    let parts = upgrade.await.ok().and_then(|upgraded| upgraded.downcast::<TokioIo<Line>>().ok());
    match parts {
        Some(parts) => Socket::new(parts.io.into_inner(), &parts.read_buf, number, debug, hub).serve(manner, orders).await,
        // The client left before the answer was out.
        None => hub.change(|state| {
            let now = Instant::now();
            state.unregister(number, now);
            if let Some(record) = state.book.connection_mut(number) {
                record.ended = Some(now);
            }
        }),
    }
}

fn switch(key: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// The key of a proper request for an upgrade.
fn accept_key(headers: &HeaderMap) -> Option<String> {
    let upgrade = text(headers, &header::UPGRADE)?.eq_ignore_ascii_case("websocket");
    let version = text(headers, &header::SEC_WEBSOCKET_VERSION)? == "13";
    let key = text(headers, &header::SEC_WEBSOCKET_KEY)?;
    (upgrade && version).then(|| key.to_owned())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
