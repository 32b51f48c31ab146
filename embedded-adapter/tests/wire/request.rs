//! Owns the upgrade request: what is sent, and what cannot get into it.

use relink_embedded::wire::{NoRoom, Request, TooSmall, Unsendable, Wire, WsFramer};

use crate::bytes::{Seeded, answer, key};
use crate::room::hear;
use crate::told::Told;

fn request<'a>() -> Request<'a> {
    Request { host: "example.org", path: "/", subprotocols: &[], headers: &[] }
}

fn sent(request: &Request<'_>, send_len: usize) -> Result<String, Unsendable> {
    let (mut receive, mut send) = ([0; 64], vec![0; send_len]);
    let mut wire: Wire<'_> = Wire::new(&mut receive, &mut send).unwrap();
    let outcome = wire.open(request, &mut Seeded(3));
    let sent = String::from_utf8(wire.halves().1.to_vec()).unwrap();
    if outcome.is_err() {
        assert_eq!(sent, "", "nothing is sent");
        assert_eq!(wire.ping(&mut Seeded(3)), Err(NoRoom::NotOpen));
    }
    outcome.map(|()| sent)
}

#[test]
fn all_that_is_asked_for_is_in_it() {
    let subprotocols = &["graphql-transport-ws", "b"];
    let headers = &[("Authorization", "Bearer ä\tb"), ("X-Empty", "")];
    let text = sent(&Request { host: "[::1]:80", path: "/a?b=%20", subprotocols, headers }, 512).unwrap();
    let (head, key) = (text.replace(key(text.as_bytes()), "KEY"), key(text.as_bytes()).to_owned());
    assert_eq!(
        head,
        "GET /a?b=%20 HTTP/1.1\r\nHost: [::1]:80\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Protocol: graphql-transport-ws, b\r\nAuthorization: Bearer ä\tb\r\nX-Empty: \r\n\r\n"
    );
    assert!(key.len() == 24 && key.ends_with("==") && "AQgw".contains(&key[21..22]), "16 bytes in base64: {key}");
    let mut headers = [httparse::EMPTY_HEADER; 16];
    assert!(httparse::Request::new(&mut headers).parse(text.as_bytes()).unwrap().is_complete());
}

#[test]
fn every_connection_has_a_key_of_its_own() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 512], Seeded(9));
    let mut wire: Wire<'_> = Wire::new(&mut receive, &mut send).unwrap();
    let mut keys = std::collections::BTreeSet::new();
    let mut signs = std::collections::BTreeSet::new();
    for _ in 0..200 {
        wire.open(&request(), &mut entropy).unwrap();
        let request = wire.halves().1.to_vec();
        let key = key(&request).to_owned();
        // The answer is another crate's.
        assert_eq!(hear(&mut wire, &answer(&request, ""), &mut entropy), [Told::Opened(None)]);
        signs.extend(key.chars());
        assert!(keys.insert(key));
    }
    assert_eq!(signs.len(), 65, "all of base64's signs");
}

#[test]
fn nothing_becomes_another_header() {
    for host in ["", "a b", "a\r\nX: y", "a\0", "ä"] {
        assert_eq!(sent(&Request { host, ..request() }, 512), Err(Unsendable::Host), "{host:?}");
    }
    for path in ["", "a", "/a b", "/a\r\nX: y", "/\n", "/ä", "/#a"] {
        assert_eq!(sent(&Request { path, ..request() }, 512), Err(Unsendable::Path), "{path:?}");
    }
    for name in ["", "a b", "a,b", "a\r\nX: y", "ä", "a"] {
        let outcome = sent(&Request { subprotocols: &["a", name], ..request() }, 512);
        assert_eq!(outcome, Err(Unsendable::Subprotocol { index: 1 }), "{name:?}");
    }
    for (name, value) in
        [("", "a"), ("a b", "c"), ("a:", "b"), ("a\r\nX", "b"), ("a", "b\r\nX: y"), ("a", "\n"), ("a", "\0"), ("a", "\x7f")]
    {
        let outcome = sent(&Request { headers: &[("b", "c"), (name, value)], ..request() }, 512);
        assert_eq!(outcome, Err(Unsendable::Header { index: 1 }), "{name:?}: {value:?}");
    }
    for name in ["host", "Upgrade", "CONNECTION", "Sec-WebSocket-Key", "sec-websocket-extensions", "Transfer-Encoding"] {
        assert_eq!(sent(&Request { headers: &[(name, "a")], ..request() }, 512), Err(Unsendable::Reserved { index: 0 }), "{name}");
    }
    let names: Vec<String> = (0..17).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(sent(&Request { subprotocols: &names, ..request() }, 1024), Err(Unsendable::Subprotocols { count_max: 16 }));
    assert!(sent(&Request { subprotocols: &names[..11], ..request() }, 1024).is_ok());
}

#[test]
fn a_buffer_that_is_too_small_says_how_long_it_must_be() {
    let (mut small, mut large) = ([0; 63], [0; 200]);
    let outcome = Wire::<WsFramer>::new(&mut small, &mut large).map(drop);
    assert_eq!(outcome, Err(TooSmall::Receive { bytes_min: 64 }));
    let outcome = Wire::<WsFramer>::new(&mut large[..64], &mut [0; 130]).map(drop);
    assert_eq!(outcome, Err(TooSmall::Send { bytes_min: 131 }));

    let path = format!("/{}", "a".repeat(300));
    let long = Request { path: &path, ..request() };
    let Err(Unsendable::TooSmall(TooSmall::Send { bytes_min })) = sent(&long, 200) else { panic!("it fits") };
    assert_eq!(sent(&long, bytes_min - 1), Err(Unsendable::TooSmall(TooSmall::Send { bytes_min })));
    assert_eq!(sent(&long, bytes_min).unwrap().len(), bytes_min);

    let name = "a".repeat(54);
    let outcome = sent(&Request { subprotocols: &[&name], ..request() }, 512);
    assert_eq!(outcome, Err(Unsendable::TooSmall(TooSmall::Receive { bytes_min: 65 })));
    assert!(sent(&Request { subprotocols: &[&name[1..]], ..request() }, 512).is_ok());
}

#[test]
fn what_is_wrong_is_said() {
    let said = [
        Unsendable::Host.to_string(),
        Unsendable::Path.to_string(),
        Unsendable::Subprotocol { index: 4 }.to_string(),
        Unsendable::Subprotocols { count_max: 16 }.to_string(),
        Unsendable::Header { index: 4 }.to_string(),
        Unsendable::Reserved { index: 4 }.to_string(),
        Unsendable::TooSmall(TooSmall::Send { bytes_min: 4 }).to_string(),
        Unsendable::TooSmall(TooSmall::Receive { bytes_min: 4 }).to_string(),
        NoRoom::Now.to_string(),
        NoRoom::Ever { bytes_min: 4 }.to_string(),
        NoRoom::NotOpen.to_string(),
        NoRoom::Code(4).to_string(),
    ];
    assert!(said[2..8].iter().all(|text| text.contains('4') || text.contains("16")), "{said:?}");
    let different: std::collections::BTreeSet<_> = said.iter().collect();
    assert_eq!(different.len(), said.len());
    let cause = |error: Unsendable| std::error::Error::source(&error).map(ToString::to_string);
    assert!(cause(Unsendable::TooSmall(TooSmall::Send { bytes_min: 4 })).is_some_and(|text| text.contains("send buffer")));
    assert_eq!(cause(Unsendable::Host), None);
}

#[test]
fn nothing_secret_is_shown() {
    let headers = &[("Authorization", "Bearer s3cret")];
    let secret = Request { path: "/a?token=s3cret", headers, ..request() };
    let (mut receive, mut send) = ([0; 64], [0; 512]);
    let mut wire: Wire<'_> = Wire::new(&mut receive, &mut send).unwrap();
    wire.open(&secret, &mut Seeded(1)).unwrap();
    let shown = format!("{secret:?} {wire:?}");
    assert!(shown.contains("Authorization") && shown.contains("opening"), "{shown}");
    // As text, and as the numbers of a buffer.
    assert!(!shown.contains("s3cret") && !shown.contains("115, 51, 99"), "{shown}");
}
