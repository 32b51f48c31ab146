//! What a peer may get wrong: each ends in a typed error with a sentence that a person understands, never in a panic, and the link
//! goes on as the policy says, or gives up exactly once.

use futures_util::future::try_join_all;
use relink_tests::fault::{Leave, Refusal, SSH_BANNER};
use relink_tokio::ending::{HandshakeFault, Phase, TlsProblem, Violation};
use relink_tokio::ws::Limits;

use super::*;

/// Where only a repair helps, the link waits this long; else 20 ms after a first failure.
const LONGEST: Millis = Millis::new(700);
const OPENING: Millis = Millis::new(500);
const MESSAGE_BYTES_MAX: usize = 1 << 20;
const CONFIG: Config = Config { backoff: fast(LONGEST), opening_timeout: OPENING, closing_timeout: Millis::new(500), ..FAST };

/// A fault and what is to come of it.
struct Case {
    fault: Behaviour,
    certificate: Option<Certificate>,
    typed: fn(&Ending) -> bool,
    /// Words of the sentence.
    words: &'static [&'static str],
    /// Whether it happens to a link that is up.
    up: bool,
    /// Whether only a repair helps.
    longest: bool,
    /// The code of the Close that the peer gets.
    close: Option<u16>,
}

impl Case {
    const fn opening(fault: Behaviour, typed: fn(&Ending) -> bool, words: &'static [&'static str]) -> Self {
        Self { fault, certificate: None, typed, words, up: false, longest: false, close: None }
    }

    fn frame(fault: Behaviour, close: u16, typed: fn(&Ending) -> bool, words: &'static [&'static str]) -> Self {
        Self { up: true, close: Some(close), ..Self::opening(fault, typed, words) }
    }

    fn refused(status: u16, longest: bool, typed: fn(&Ending) -> bool, words: &'static [&'static str]) -> Self {
        Self { longest, ..Self::opening(Behaviour::Refuse(Refusal::new(status)), typed, words) }
    }

    fn tls(shown: Certificate, typed: fn(&Ending) -> bool, words: &'static [&'static str]) -> Self {
        Self { certificate: Some(shown), longest: true, ..Self::opening(Behaviour::Echo, typed, words) }
    }

    fn name(&self) -> String {
        match (&self.fault, self.certificate) {
            (_, Some(certificate)) => format!("certificate: {certificate:?}"),
            (Behaviour::Refuse(refusal), None) => format!("refused with {}", refusal.status),
            (Behaviour::Garbage(bytes), None) => format!("not HTTP: {:?}", String::from_utf8_lossy(bytes)),
            (fault, None) => format!("{fault:?}"),
        }
    }

    /// One fault, then a proper server: what the link tells of both.
    async fn run(self) -> Tested {
        let name = self.name();
        let server = start(self.certificate).await?;
        server.script([self.fault.once(), Behaviour::Echo.always()]);
        let limits = Limits { message_bytes_max: MESSAGE_BYTES_MAX, ..Limits::DEFAULT };
        let mut builder = link(&server, CONFIG)?.transport(|ws| ws.limits(limits));
        if self.certificate.is_some() {
            let tls = trust(&server)?;
            builder = builder.transport(|ws| ws.tls(tls));
        }
        let mut watched = Watched::start(builder);
        if self.up {
            watched.down().await?
        } else {
            watched.failed().await?
        };
        server.set_certificate(Certificate::Good);
        watched.up().await?;
        watched.echoes().await?;
        let told = watched.stop().await?;
        let log = server.stop().await;

        let (heard, why, retry_at) = told.endings().next().ok_or("no ending")?;
        row(&name, why, format_args!("{:?}", self.words));
        assert!((self.typed)(why), "{name}: {why:?}");
        assert!(self.words.iter().all(|word| why.to_string().contains(word)), "{name}: {why}");
        assert_eq!(told.shape(), if self.up { "up down up down" } else { "failed up down" }, "{name}");
        if let Some(code) = self.close {
            assert_eq!(log.closes()[0], (1, Some(code)), "{name}: {log}");
        }
        let wait = retry_at.ok_or("it goes on")?.saturating_duration_since(heard);
        let gap = log.gaps()[0] + TICK;
        let as_judged = if self.longest { gap >= LONGEST.as_duration() } else { wait <= CONFIG.backoff.delay_min.as_duration() };
        assert!(as_judged, "{name}: dialled after {gap:?}");
        Ok(())
    }
}

async fn all(cases: impl IntoIterator<Item = Case>) -> Tested {
    try_join_all(cases.into_iter().map(Case::run)).await.map(drop)
}

#[tokio::test]
async fn bad_input_after_the_handshake_is_typed_and_the_link_goes_on() -> Tested {
    all([
        Case::frame(Behaviour::InvalidUtf8, 1007, |why| matches!(why, Ending::Protocol(Violation::NotUtf8)), &["text", "UTF-8"]),
        Case::frame(
            // One frame, below the default limit of frames.
            Behaviour::Oversize(8 << 20),
            1009,
            |why| matches!(why, Ending::Protocol(Violation::TooBig { bytes_max: MESSAGE_BYTES_MAX, .. })),
            &["1048576", "raise the limit"],
        ),
        Case::frame(Behaviour::Masked, 1002, is_frame_fault, &["masked", "only a client"]),
        Case::frame(Behaviour::ReservedOpcode, 1002, is_frame_fault, &["reserved opcode 3"]),
        Case::frame(Behaviour::ReservedBit, 1002, is_frame_fault, &["reserved bits"]),
        Case::frame(Behaviour::InvalidClose(1005), 1002, |why| matches!(why, Ending::Protocol(Violation::CloseFrame)), &["Close frame"]),
    ])
    .await
}

fn is_frame_fault(why: &Ending) -> bool {
    matches!(why, Ending::Protocol(Violation::Frame(_)))
}

#[tokio::test]
async fn bad_input_instead_of_a_handshake_is_typed_and_the_link_goes_on() -> Tested {
    let garbage = Behaviour::Garbage(SSH_BANNER.to_vec());
    let cut = |why: &Ending| matches!(why, Ending::HandshakeCut { received_bytes: 1.. });
    let unanswered = |why: &Ending| matches!(why, Ending::HandshakeCut { received_bytes: 0 });
    let silent = |why: &Ending| matches!(why, Ending::Timeout(Phase::Opening(OPENING, _)));
    let accept = |why: &Ending| matches!(why, Ending::Handshake(HandshakeFault::Accept));
    all([
        Case::opening(garbage, |why| matches!(why, Ending::NotHttp(_)), &["does not speak HTTP", "SSH-2.0", "check the port"]),
        Case::opening(Behaviour::HalfThenSilence, silent, &["not open after 500ms", "check"]),
        Case::opening(Behaviour::HalfThen(Leave::Fin), cut, &["in the middle of its answer", "may have crashed"]),
        Case::opening(Behaviour::Hangup(Leave::Fin), unanswered, &["without answering", "check"]),
        Case::opening(Behaviour::WrongAccept, accept, &["Sec-WebSocket-Accept", "wrong"]),
    ])
    .await
}

fn is_tls(why: &Ending, problem: TlsProblem) -> bool {
    matches!(why, Ending::Tls(fault) if fault.problem == problem)
}

#[tokio::test]
async fn bad_certificate_is_said_loudly_and_tried_again_at_the_longest_delay() -> Tested {
    let expired = Case::tls(Certificate::Expired, |why| is_tls(why, TlsProblem::Expired), &["refused to trust", "EXPIRED", "renew"]);
    let name = Case::tls(Certificate::WrongName, |why| is_tls(why, TlsProblem::WrongName), &["ANOTHER NAME", "127.0.0.1"]);
    all([expired, name]).await
}

#[tokio::test]
async fn refusals_that_pass_are_typed_and_the_link_goes_on() -> Tested {
    all([
        Case::refused(301, false, |why| why.status() == Some(301), &["301 Moved Permanently", "redirects are not followed"]),
        Case::refused(200, false, |why| why.status() == Some(200), &["200 OK", "web page, not a WebSocket"]),
        Case::refused(429, false, |why| why.status() == Some(429), &["429 Too Many Requests", "too many requests"]),
        Case::refused(503, false, |why| why.status() == Some(503), &["503 Service Unavailable", "in trouble"]),
        Case::refused(400, true, |why| why.status() == Some(400), &["400 Bad Request", "check the URL"]),
    ])
    .await
}

#[tokio::test]
async fn refused_port_is_typed_and_the_link_goes_on() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.down(Leave::Fin).await;
    let mut watched = Watched::start(link(&server, CONFIG)?);
    watched.failed().await?;
    watched.failed().await?;
    server.up()?;
    watched.up().await?;
    watched.echoes().await?;
    let told = watched.stop().await?;
    let (_, why, _) = told.endings().next().ok_or("no ending")?;
    row("a port that refuses", why, "typed, understood, and the link goes on");
    assert!(matches!(why, Ending::Dial { tried: 1, .. }), "{why:?}");
    let sentence = why.to_string();
    assert!(sentence.contains(&server.address().to_string()) && sentence.contains("nothing listens there"), "{sentence}");
    Ok(())
}

#[tokio::test]
async fn refusals_for_good_are_typed_and_the_link_gives_up_exactly_once() -> Tested {
    let cases = [(401, "check the token or password"), (403, "check the token or password"), (404, "nothing is served under this path")];
    try_join_all(cases.map(|(status, words)| gives_up(status, words))).await.map(drop)
}

async fn gives_up(status: u16, words: &str) -> Tested {
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(status))).await?;
    let told = Watched::start(link(&server, CONFIG)?).end().await?;
    tokio::time::sleep(QUIET).await;
    let log = server.stop().await;
    let (_, why, retry_at) = told.endings().next().ok_or("no ending")?;
    row(
        &format!("refused with {status}"),
        format_args!("{} dial(s), told {:?}: {why}", log.dials().len(), told.shape()),
        "1 dial, given up once, understood",
    );
    assert_eq!((why.status(), retry_at), (Some(status), None));
    assert!(why.to_string().contains(words), "{why}");
    assert_eq!((told.shape().as_str(), log.dials().len()), ("failed gave-up", 1));
    Ok(())
}
