//! What the tests record to and how they replay it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use relink_notation::{Line, Outcome, lines};
use relink_tokio::core::{Event, Instant, Link};
use relink_tokio::flight::{Flight, FlightError, Recorder};
use relink_tokio::observe::{Observer, Step};
use relink_tokio::{Config, Ending};

/// A file in memory.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A link with a recorder, as a driver has them.
pub(crate) struct Recorded {
    pub(crate) link: Link,
    pub(crate) now: u64,
    pub(crate) recorder: Recorder,
}

impl Recorded {
    pub(crate) fn new(config: Config, began: u64, recorder: Recorder) -> Self {
        Self { link: Link::new(config), now: began, recorder }
    }

    pub(crate) fn step(&mut self, later: u64, roll: u32, event: Event, why: Option<&Ending>) {
        self.now += later;
        let now = Instant::from_millis(self.now);
        let reaction = self.link.step(now, roll, event);
        Observer::<()>::step(&mut self.recorder, &Step::new(now, roll, event, why, reaction, &self.link));
    }
}

pub(crate) fn finished(flight: Flight) -> Result<relink_tokio::flight::Recorded, FlightError> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(flight.finished())
}

/// Replays a record: how many steps it has, and the link it leaves. Every line must follow from those before it, and be
/// `late` where the runner of scenarios wants it to be.
pub(crate) fn replay(text: &str) -> (u64, Link) {
    let mut link: Option<Link> = None;
    let mut late_after = None;
    let mut steps = 0;
    for line in lines(text) {
        let line = line.unwrap_or_else(|error| panic!("{error}\n{text}"));
        match line.line {
            Line::Blank => {}
            Line::Link(header) => assert!(link.replace(Link::new(header.config)).is_none(), "two headers"),
            Line::Claim(claim) => panic!("{claim}"),
            Line::Step(step) => {
                let link = link.as_mut().expect("the header comes first");
                let left = step.left;
                assert_eq!(left.late, late_after.is_some_and(|after| left.at > after), "{}: {}", line.number, line.text);
                let reaction = link.step(left.at, left.roll, left.said.event(None).expect("whole"));
                let outcome = Outcome::of(link, reaction);
                assert_eq!(Some(outcome), step.right, "{}: {}", line.number, line.text);
                late_after = outcome.deadline.map(|deadline| deadline.max(left.at));
                steps += 1;
            }
        }
    }
    (steps, link.expect("a header"))
}
