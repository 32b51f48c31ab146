//! Owns the proof that an incident becomes a test: a real client lives through faults, and its record replays without a difference.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Leave, Refusal, RetryAfter, SSH_BANNER};
use relink_tests::scenario::{Coverage, File, Stepped, judge, run};
use relink_tests::shell::{Plan, Shell};
use relink_tokio::flight::{Options, Recorded, Recorder};
use relink_tokio::ws::Message;
use relink_tokio::{Backoff, Client, Config, Event, Events, Millis, connect};

/// Everything is quick, so that a life of faults fits into two seconds.
const QUICK: Config = Config {
    backoff: Backoff { first_spread: Millis::new(10), delay_min: Millis::new(10), delay_max: Millis::new(40), ..Backoff::INTERACTIVE },
    opening_timeout: Millis::new(250),
    ping_after: Millis::new(150),
    pong_timeout: Millis::new(250),
    closing_timeout: Millis::new(100),
    reset_after: Millis::new(150),
    dial_gap_min: Millis::new(1),
    retry_after_max: Millis::new(150),
    overlap_max: Millis::new(200),
    ..Config::DEFAULT
};

async fn until(events: &mut Events<Message>, wanted: impl Fn(&Event<Message>) -> bool) {
    let seen = async {
        while let Some(event) = events.next().await {
            if wanted(&event) {
                return;
            }
        }
        panic!("the link has ended");
    };
    tokio::time::timeout(Duration::from_secs(10), seen).await.expect("it should have happened by now");
}

/// Refusals, silence, garbage, drops, broken frames, a Close without an end, a renewal, a restart, a stop.
async fn live(server: &FaultServer, client: &Client<Message>, events: &mut Events<Message>) {
    for _ in 0..6 {
        until(events, |event| matches!(event, Event::Up { .. })).await;
    }
    for number in 0..50 {
        client.send(number.to_string()).await.unwrap();
        until(events, |event| matches!(event, Event::Message { .. })).await;
    }
    client.renew();
    until(events, |event| matches!(event, Event::Renewed { .. })).await;
    server.restart(Leave::Reset, Duration::from_millis(30)).await.unwrap();
    until(events, |event| matches!(event, Event::Up { .. })).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    client.stop().await;
}

async fn record(path: &Path, options: Options) -> Recorded {
    let server = FaultServer::start(Behaviour::Echo).await.unwrap();
    let busy = Refusal::new(429).retry_after(RetryAfter::Seconds(1));
    server.script([
        Behaviour::Refuse(Refusal::new(409)).times(2),
        Behaviour::Refuse(busy).once(),
        Behaviour::Mute.once(),
        Behaviour::Garbage(SSH_BANNER.to_vec()).once(),
        Behaviour::AcceptThenDrop(Leave::Reset).once(),
        Behaviour::AcceptThenDrop(Leave::Close(1000)).once(),
        Behaviour::Silent { after: Duration::ZERO }.once(),
        Behaviour::CloseThenHold { after: Duration::ZERO, code: 1000 }.once(),
        Behaviour::InvalidUtf8.once(),
        Behaviour::Echo.always(),
    ]);
    let (recorder, flight) = Recorder::to_file(path, options).unwrap();
    let (client, mut events) = connect(&server.url()).unwrap().config(QUICK).observer(recorder).spawn();
    live(&server, &client, &mut events).await;
    let stats = client.stats();
    let recorded = flight.finished().await.unwrap();
    assert_eq!(recorded.stopped, None);
    assert!(stats.dials >= 12 && recorded.steps > u64::from(stats.dials) * 2, "{recorded:?} {stats:?}");
    recorded
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[tokio::test]
async fn a_life_of_faults_replays_to_the_same_decisions() {
    for every_heard in [false, true] {
        let path = path(if every_heard { "every-heard.scenario" } else { "flight.scenario" });
        let recorded = record(&path, Options { every_heard, ..Options::DEFAULT }).await;
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.len() as u64, recorded.bytes);
        let judgement = judge(&path, false, &Coverage::default());
        assert_eq!((judgement.scenarios, judgement.failure), (1, None), "{text}");
        for word in [
            "# refused 409",
            "# refused 429",
            "# not_http",
            "# io",
            "# closed 1000",
            "# protocol",
            "# stopped",
            "# opening_timeout",
            "# silence_timeout",
            "# closing_timeout",
        ] {
            assert!(text.contains(word), "{word} is missing\n{text}");
        }
        for word in [" ping #", " abort #", " close #", "broken#", "ready+old", "closing", "roll=", "shutdown:stopped"] {
            assert!(text.contains(word), "{word} is missing\n{text}");
        }
    }
}

/// What the driver lived through on real sockets, it lives through again on paused time. On a busy machine something may
/// have come in while a deadline was due, which the shell cannot be made to repeat: then another life is recorded.
#[tokio::test]
async fn a_life_of_faults_replays_on_the_shell_itself() {
    for _ in 0..6 {
        let path = path("again.scenario");
        record(&path, Options::DEFAULT).await;
        let text = std::fs::read_to_string(&path).unwrap();
        if std::thread::spawn(move || replays(&text)).join().unwrap() {
            return;
        }
    }
    panic!("six lives in a row that the shell cannot repeat");
}

/// Whether the whole record can be repeated; if so, it comes out the same.
fn replays(text: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let file = File::parse("again", text).unwrap();
    let scenario = &file.scenarios[0];
    let steps: Vec<Stepped> = scenario.steps.clone();
    let plan = Plan::of(&scenario.header, &steps);
    if plan.cut.is_some() {
        return false;
    }
    let oddities = Arc::new(Mutex::new(Vec::new()));
    let came = run(scenario, |header| Shell::new(&runtime, header, &plan, &oddities));
    let failure = came.failure().map(|failure| failure.shown("again", text).to_string());
    assert_eq!(failure, None, "{text}");
    assert_eq!(*oddities.lock().unwrap(), [""; 0]);
    true
}
