//! Owns what holds of any bytes that come in. Tests and the fuzzer ask the same.
//!
//! The first byte of an input says how it is played: the framing of the bits is [`Plan::of`]; the rest is what comes in.

use relink_core::Millis;
use relink_embedded::wire::{Framing, HandshakeFault, Violation, WsFramer};

use crate::model::Model;
use crate::player::{Played, SUBPROTOCOLS, opened, play, unmasked, with_accept};
use crate::told::Told;

/// The lengths of the receive buffer.
const RECEIVE: [usize; 4] = [64, 75, 200, 1500];

/// How an input is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) receive_len: usize,
    /// Pieces of so many bytes; of all where it is 0.
    piece: usize,
    /// Whether the input begins with the answer to the upgrade, or behind a right one.
    pub(crate) is_head: bool,
}

impl Plan {
    pub(crate) fn of(byte: u8) -> Self {
        Self { receive_len: RECEIVE[usize::from(byte & 3)], piece: usize::from(byte >> 3), is_head: byte & 4 != 0 }
    }
}

/// Panics if something is wrong with what is made of `input`.
pub(crate) fn holds(input: &[u8]) {
    holds_with::<WsFramer>(input);
    #[cfg(feature = "embedded-websocket")]
    holds_with::<relink_embedded::wire::EmbeddedWebsocket>(input);
}

pub(crate) fn holds_with<F: Framing>(input: &[u8]) {
    let Some((&first, bytes)) = input.split_first() else { return };
    let plan = Plan::of(first);
    let stream = if plan.is_head { with_accept(bytes) } else { opened(bytes) };
    let whole = play::<F>(plan.receive_len, &stream, []);
    if plan.piece > 0 {
        let cut = play::<F>(plan.receive_len, &stream, (0..stream.len()).step_by(plan.piece));
        assert_eq!(cut, whole, "in pieces of {}", plan.piece);
    }
    let frames = if plan.is_head { head_is_right(&stream, &whole) } else { Some(bytes) };
    if let Some(frames) = frames {
        frames_are_right(plan, frames, &whole);
    }
    for told in &whole.told {
        if let Told::Violation(violation) = told {
            assert!(!violation.to_string().is_empty());
            assert_eq!(violation.close_code().is_none(), matches!(violation, Violation::Handshake(_)));
        }
    }
}

/// What comes after the right answer is as the model says.
fn frames_are_right(plan: Plan, frames: &[u8], played: &Played) {
    let model = Model::of(frames, plan.receive_len - 10);
    assert!(matches!(played.told[0], Told::Opened(_)));
    assert_eq!(played.told[1..], model.told);
    assert_eq!(unmasked(&played.written), model.answers);
}

/// Compares with `httparse`, as far as it reads the same. The frames behind the head, if it is right.
fn head_is_right<'s>(stream: &'s [u8], played: &Played) -> Option<&'s [u8]> {
    let expected = judged(stream);
    match (&expected, played.told.first()) {
        (Judged::Opened { subprotocol, frames }, told) => {
            assert_eq!(told, Some(&Told::Opened(subprotocol.clone())));
            return Some(frames);
        }
        (Judged::Refused(status, wait), Some(Told::Refused(told, told_wait))) => assert_eq!((told, told_wait), (status, wait)),
        // A refusal that breaks off, or is broken, is one.
        (Judged::Broken | Judged::Partial, None | Some(Told::Refused(..) | Told::Violation(Violation::Handshake(_)))) => {}
        (Judged::Unequal(fault), told) => assert_eq!(told, Some(&Told::Violation(Violation::Handshake(*fault)))),
        (expected, told) => panic!("{told:?} instead of {expected:?}"),
    }
    assert!(played.told.len() <= 1 && played.written.is_empty(), "nothing more comes");
    None
}

/// What `httparse` and a look at all headers make of a stream.
#[derive(Debug)]
enum Judged<'s> {
    Opened { subprotocol: Option<String>, frames: &'s [u8] },
    Refused(u16, Option<Millis>),
    Unequal(HandshakeFault),
    Broken,
    Partial,
}

fn judged(mut stream: &[u8]) -> Judged<'_> {
    loop {
        // Empty lines before the head are let pass by httparse.
        if stream.starts_with(b"\r") || stream.starts_with(b"\n") {
            return Judged::Broken;
        }
        let mut headers = vec![httparse::EMPTY_HEADER; 512];
        let mut response = httparse::Response::new(&mut headers);
        let len = match response.parse(stream) {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) => return Judged::Partial,
            Err(_) => return Judged::Broken,
        };
        match response.code {
            Some(101) => return upgraded(&response, &stream[len..]),
            Some(100..=199) => stream = &stream[len..],
            Some(status @ 200..) => return Judged::Refused(status, wait(&response)),
            Some(_) | None => return Judged::Broken,
        }
    }
}

/// The last `Retry-After`, if that is a number.
fn wait(response: &httparse::Response<'_, '_>) -> Option<Millis> {
    let header = response.headers.iter().rfind(|header| header.name.eq_ignore_ascii_case("retry-after"))?;
    let digits = std::str::from_utf8(header.value.trim_ascii()).ok()?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Longer than any word that is looked for.
    (is_number && digits.len() <= 28).then(|| Millis::from_secs(digits.parse().unwrap_or(u32::MAX)))
}

fn upgraded<'s>(response: &httparse::Response<'_, '_>, frames: &'s [u8]) -> Judged<'s> {
    let all = |name: &str| -> Vec<&[u8]> {
        response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.trim_ascii()).collect()
    };
    let faults = [
        (response.version != Some(1), HandshakeFault::NotHttp),
        (all("sec-websocket-extensions").concat().trim_ascii() != b"", HandshakeFault::Extension),
        (!is_one(&all("upgrade")), HandshakeFault::Upgrade),
        (
            !all("connection")
                .iter()
                .any(|value| value.split(|&byte| byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(b"upgrade"))),
            HandshakeFault::Connection,
        ),
        (all("sec-websocket-accept") != [with_accept(crate::player::ACCEPT.as_bytes()).as_slice()], HandshakeFault::Accept),
    ];
    let subprotocols = all("sec-websocket-protocol");
    let subprotocol = subprotocols.first().and_then(|value| SUBPROTOCOLS.iter().find(|name| name.as_bytes() == *value));
    let is_foreign = subprotocols.len() > 1 || (subprotocols.len() == 1 && subprotocol.is_none());
    let mut faults = faults.into_iter().chain([(is_foreign, HandshakeFault::Subprotocol)]).filter(|(is_wrong, _)| *is_wrong);
    match (faults.next(), faults.next()) {
        (None, _) => Judged::Opened { subprotocol: subprotocol.map(|name| (*name).to_owned()), frames },
        (Some((_, fault)), None) => Judged::Unequal(fault),
        // Which one is found first is a matter of their order.
        (Some(_), Some(_)) => Judged::Broken,
    }
}

/// Each is right, and there is one at least.
fn is_one(values: &[&[u8]]) -> bool {
    !values.is_empty() && values.iter().all(|value| value.eq_ignore_ascii_case(b"websocket"))
}
