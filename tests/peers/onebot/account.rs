//! Owns the account itself: who writes to it, and what it does when it is asked to.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use relink_tokio::Millis;
use relink_tokio::onebot::{Action, Answer, Health, Implementation, SelfId};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::lines::{say, sum};

const SELF_ID: i64 = 10001;
/// Who writes to it.
const USER_ID: i64 = 7;

/// When somebody has last written.
static WRITTEN: Mutex<Option<Instant>> = Mutex::new(None);
static NUMBER: AtomicI64 = AtomicI64::new(1);

/// As much of `send_msg`'s parameters as this account looks at.
#[derive(Deserialize)]
struct Say {
    message: Value,
}

#[derive(Deserialize)]
struct Repeat {
    number: u64,
    of: u64,
}

pub(crate) fn account(heartbeat: Millis) -> Implementation {
    let builder = Implementation::builder(SelfId::new(SELF_ID)).heartbeat(heartbeat).enable_and_disable();
    builder.answer(|action: Action| async move {
        let answer = act(&action).await;
        if action.name() != "repeat" {
            tell(&action);
        }
        answer
    })
}

async fn act(action: &Action) -> Answer {
    match action.name() {
        "send_msg" => match action.deserialize::<Say>() {
            Ok(_) => Answer::data(json!({ "message_id": NUMBER.fetch_add(1, Ordering::Relaxed) })),
            Err(_) => Answer::BAD_REQUEST,
        },
        // Who asks last is answered first.
        "repeat" => match action.deserialize::<Repeat>() {
            Ok(Repeat { number, of }) => {
                sleep(Duration::from_millis(2 * of.saturating_sub(number))).await;
                Answer::data(json!({ "number": number }))
            }
            Err(_) => Answer::BAD_REQUEST,
        },
        _ => Answer::UNKNOWN,
    }
}

fn tell(action: &Action) {
    let say_what = action.deserialize::<Say>().map(|say| say.message).unwrap_or_default();
    let file = say_what.pointer("/0/data/file").and_then(Value::as_str);
    let since = WRITTEN.lock().ok().and_then(|written| *written).map(|written| written.elapsed().as_secs_f64() * 1000.0);
    say(json!({
        "what": "action", "name": action.name(), "echo": action.echo(), "text": say_what.pointer("/0/data/text"),
        "sum": file.map(|file| sum(file.as_bytes())), "ms": since,
    }));
}

/// What any account is told to do, whoever dials: `write TEXT`, `letter BYTES`, `health good|bad`. Whether it was one of these.
pub(crate) fn perform(account: &Implementation, command: &str) -> bool {
    match command.split_once(' ') {
        Some(("write", text)) => write(account, text),
        Some(("letter", bytes)) => write(account, &"x".repeat(bytes.parse().unwrap_or(0))),
        Some(("health", word)) => account.set_health(Health { online: Some(true), good: word == "good" }),
        _ => return false,
    }
    true
}

/// Somebody writes to the account.
fn write(account: &Implementation, text: &str) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if let Ok(mut written) = WRITTEN.lock() {
        *written = Some(Instant::now());
    }
    let event = json!({
        "time": since.as_secs(), "self_id": SELF_ID, "post_type": "message", "message_type": "private", "sub_type": "friend",
        "message_id": NUMBER.fetch_add(1, Ordering::Relaxed), "user_id": USER_ID, "raw_message": text, "font": 0,
        "message": [{ "type": "text", "data": { "text": text } }], "sender": { "user_id": USER_ID, "nickname": "ann" },
    });
    match account.send(event) {
        Ok(connections) => say(json!({ "what": "wrote", "connections": connections })),
        Err(why) => say(json!({ "what": "unwritten", "text": why.to_string() })),
    }
}
