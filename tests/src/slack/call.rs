//! Owns `POST /api/apps.connections.open`: the token, the rate limit, the ticket, and what the script does to them.

use std::future::pending;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Response, StatusCode, header};
use tokio::time::{Instant, sleep};

use super::hub::{Hub, State};
use super::line::Handle;
use super::message;
use super::reason::ApiError;
use super::record::{Answer, Call, Ticket};
use super::trouble::CallTrouble;

/// Nobody listens there: `discard`, which no system of today serves, and which only root could.
const DEAD_PORT: u16 = 9;

/// The body is read so that the end of a client that hangs up while it waits is seen.
pub(crate) async fn open(
    Shared(hub): Shared<Arc<Hub>>,
    Extension(line): Extension<Arc<Handle>>,
    headers: HeaderMap,
    _body: Bytes,
) -> Response<Body> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let token = header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    let user_agent = header(header::USER_AGENT).unwrap_or_default();
    let at = Instant::now();

    let (place, trouble, plan) = hub.change(|state| {
        let trouble = state.calls.next(at, hub.settings.pace);
        let plan = plan(&hub, state, token.as_deref(), trouble.as_ref(), at);
        state.book.calls.push(Call { at, token, user_agent, answer: plan.clone() });
        (state.book.calls.len() - 1, trouble, plan)
    });
    match &trouble {
        Some(CallTrouble::Hang) => return pending().await,
        Some(CallTrouble::Hangup(how)) => {
            line.cut(*how);
            return pending().await;
        }
        Some(CallTrouble::Late(time)) => {
            // Until it is there, the answer is none.
            hub.change(|state| note(state, place, Answer::None));
            sleep(hub.paced(*time)).await;
            hub.change(|state| note(state, place, plan.clone()));
        }
        Some(CallTrouble::Body(body)) => return answer(StatusCode::OK, None, body.clone()),
        Some(CallTrouble::DeadUrl) => {
            return answer(StatusCode::OK, None, message::url_answer(&format!("ws://127.0.0.1:{DEAD_PORT}/link/")));
        }
        Some(CallTrouble::Status(_) | CallTrouble::RateLimited { .. } | CallTrouble::Api(_)) | None => {}
    }
    let host = header(header::HOST).filter(|_| hub.settings.urls_by_host);
    say(&hub, &plan, &host.unwrap_or_else(|| hub.address.to_string()))
}

/// What is to be answered. A ticket is given out here.
fn plan(hub: &Hub, state: &mut State, token: Option<&str>, trouble: Option<&CallTrouble>, now: Instant) -> Answer {
    match trouble {
        Some(CallTrouble::Status(status)) => return Answer::Status(*status),
        Some(CallTrouble::RateLimited { retry_after_s }) => return Answer::Limited { retry_after_s: *retry_after_s },
        Some(CallTrouble::Api(error)) => return Answer::Error(error.clone()),
        Some(CallTrouble::Body(_) | CallTrouble::DeadUrl) => return Answer::Wrong,
        Some(CallTrouble::Hang) => return Answer::None,
        Some(CallTrouble::Hangup(_)) => return Answer::Cut,
        Some(CallTrouble::Late(_)) | None => {}
    }
    if let Err(error) = check(hub, token) {
        return Answer::Error(error);
    }
    if let Some(Err(wait)) = hub.settings.rate.map(|limit| state.bucket.take(limit, hub.settings.pace, now)) {
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        return Answer::Limited { retry_after_s: u32::try_from(whole).unwrap_or(u32::MAX) };
    }
    let text = state.hex(32);
    state.book.tickets.push(Ticket { text, issued: now, shown: Vec::new() });
    Answer::Ticket(state.book.tickets.len() - 1)
}

fn check(hub: &Hub, token: Option<&str>) -> Result<(), ApiError> {
    let token = token.filter(|token| !token.is_empty()).ok_or(ApiError::NotAuthed)?;
    if let Some(right) = &hub.settings.token {
        return if token == right { Ok(()) } else { Err(ApiError::InvalidAuth) };
    }
    match token.split('-').next() {
        Some("xapp") => Ok(()),
        Some("xoxb" | "xoxp" | "xoxe") => Err(ApiError::NotAllowedTokenType),
        Some(_) | None => Err(ApiError::InvalidAuth),
    }
}

fn note(state: &mut State, place: usize, answer: Answer) {
    if let Some(call) = state.book.calls.get_mut(place) {
        call.answer = answer;
    }
}

fn say(hub: &Hub, plan: &Answer, host: &str) -> Response<Body> {
    match plan {
        Answer::Ticket(number) => {
            let ticket = hub.read(|book| book.tickets.get(*number).map(|ticket| ticket.text.clone())).unwrap_or_default();
            let url = format!("ws://{host}/link/?ticket={ticket}&app_id={}", hub.settings.app_id);
            answer(StatusCode::OK, None, message::url_answer(&url))
        }
        Answer::Error(error) => answer(StatusCode::OK, None, message::error_answer(error.as_str())),
        Answer::Limited { retry_after_s } => {
            answer(StatusCode::TOO_MANY_REQUESTS, Some(*retry_after_s), message::error_answer(ApiError::RateLimited.as_str()))
        }
        Answer::Status(status) => answer(StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), None, String::new()),
        // Those have been dealt with: there is nothing of Slack's to say.
        Answer::Wrong | Answer::None | Answer::Cut => answer(StatusCode::INTERNAL_SERVER_ERROR, None, String::new()),
    }
}

/// An answer with a body of JSON, or of what the script takes for it.
pub(crate) fn answer(status: StatusCode, retry_after_s: Option<u32>, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
