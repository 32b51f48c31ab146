//! Owns the verdict on a play: what was posted beside what was worked on, in which order, how late, and who acknowledged.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use relink_tests::slack::{Book, Connection, Envelope, Fate};
use tokio::time::Instant;

use crate::load::{Load, Post};
use crate::nodes::{Journal, Line};
use crate::stage::{Outcome, Stage, until};

/// Slack delivers again for the last time after this, and waits 3 s each time.
const SETTLED_WITHIN: Duration = Duration::from_secs(150);

/// What was seen of a whole play.
pub(crate) struct Seen {
    book: Book,
    posts: Vec<Post>,
    /// Where each event was worked on, in the order of time.
    worked: HashMap<String, Vec<Line>>,
}

impl Seen {
    /// Waits until every event was worked on, or until Slack gives up.
    pub(crate) async fn gather(stage: &Stage, load: &Load, journal: &Journal) -> Outcome<Self> {
        let posts = load.posts();
        let waited = until("everything is worked on", SETTLED_WITHIN, || {
            let worked = worked(journal);
            let is_done = |post: &&Post| post.is_command || worked.contains_key(&post.id);
            posts.iter().all(|post| is_done(&post)).then_some(())
        });
        let is_complete = waited.await.is_ok();
        std::fs::write(stage.scratch.join("journal"), journal.to_string())?;
        let seen = Self { book: load.slack.book(), worked: worked(journal), posts };
        if !is_complete {
            stage.say(&format!("{:?}", seen.book.counts));
            for post in seen.events().filter(|post| !seen.worked.contains_key(&post.id)).take(5) {
                stage.say(&format!("never worked on: {post:?} {:?}", seen.envelope(post)));
                stage.say(&format!("  {:?}", journal.find(|line| line.text("id") == post.id)));
            }
        }
        Ok(seen)
    }

    fn events(&self) -> impl Iterator<Item = &Post> {
        self.posts.iter().filter(|post| !post.is_command)
    }

    fn envelope(&self, post: &Post) -> Option<&Envelope> {
        self.book.envelopes.get(&post.envelope)
    }

    /// Every event was worked on, each key's in the order in which they were stored, and stored in the order in which they came. Events that
    /// were worked on again are told.
    pub(crate) fn complete(&self, stage: &Stage, again_max: usize) -> Outcome<()> {
        self.worked_on(stage, again_max)?;
        self.in_queue_order(stage)?;
        stage.at_most("events stored before one of their key that Slack had delivered earlier", self.out_of_slack_order(), 0)
    }

    pub(crate) fn worked_on(&self, stage: &Stage, again_max: usize) -> Outcome<()> {
        let posted = self.events().count();
        stage.say(&format!("events posted: {posted}, commands: {}", self.posts.len() - posted));
        let missing = self.events().filter(|post| !self.worked.contains_key(&post.id)).count();
        stage.at_most("events that nobody worked on", missing, 0)?;
        let again = self.worked.values().filter(|lines| lines.len() > 1).count();
        stage.at_most("events that were worked on again", again, again_max)?;
        // Whoever is given something that another one may have worked on is told so.
        let is_untold = |lines: &&Vec<Line>| lines.iter().filter(|line| line.number("delivered") < 2).count() > 1;
        stage.at_most("those of them of which no worker was told", self.worked.values().filter(is_untold).count(), 0)
    }

    pub(crate) fn in_queue_order(&self, stage: &Stage) -> Outcome<()> {
        stage.at_most("events worked on before one that was stored earlier in their key", self.out_of_queue_order(), 0)
    }

    fn first(&self, post: &Post) -> Option<&Line> {
        self.worked.get(&post.id)?.first()
    }

    fn by_key(&self) -> BTreeMap<&str, Vec<(&Post, &Line)>> {
        let mut keys: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for post in self.events() {
            if let Some(line) = self.first(post) {
                keys.entry(&post.key).or_default().push((post, line));
            }
        }
        keys
    }

    fn out_of_queue_order(&self) -> usize {
        self.by_key()
            .into_values()
            .map(|mut of_key| {
                of_key.sort_by_key(|(_, line)| line.number("sequence"));
                of_key.windows(2).filter(|pair| is_out_of_order(pair[0].1, pair[1].1)).count()
            })
            .sum()
    }

    /// Of those that Slack delivered once: what it delivers again has lost its place.
    fn out_of_slack_order(&self) -> usize {
        let once = |post: &Post| self.envelope(post).is_some_and(|envelope| envelope.deliveries.len() == 1);
        self.by_key()
            .into_values()
            .map(|of_key| {
                let of_key: Vec<_> = of_key.into_iter().filter(|(post, _)| once(post)).collect();
                of_key.windows(2).filter(|pair| pair[0].1.number("sequence") > pair[1].1.number("sequence")).count()
            })
            .sum()
    }

    /// From the posting to the end of the work, of the slowest in a hundred, in milliseconds.
    pub(crate) fn p99(&self, stage: &Stage) -> u64 {
        let mut delays: Vec<_> =
            self.events().filter_map(|post| Some(self.first(post)?.at.saturating_sub(stage.at(self.envelope(post)?.posted)))).collect();
        delays.sort_unstable();
        let longest = delays.last().copied().unwrap_or_default();
        stage.say(&format!("from posting to worked on: median {} ms, longest {longest} ms", delays.get(delays.len() / 2).unwrap_or(&0)));
        delays.get((delays.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(u64::MAX)
    }

    /// Commands that were not answered though the connection that delivered them stayed; the others are told: nobody was there, or it was one
    /// that had gone, or went before their 3 s were over.
    pub(crate) fn commands(&self, stage: &Stage) -> usize {
        let commands: Vec<_> = self.posts.iter().filter(|post| post.is_command).filter_map(|post| self.envelope(post)).collect();
        let is_answered = |one: &&Envelope| one.fate == Fate::Acknowledged && one.acks.iter().any(|ack| ack.payload.is_some());
        let (answered, unanswered): (Vec<_>, Vec<_>) = commands.iter().copied().partition(is_answered);
        let (stayed, gone): (Vec<_>, Vec<_>) = unanswered.into_iter().partition(|one| self.stays(one));
        stage.say(&format!("commands: {}, answered {}, lost in a takeover {}", commands.len(), answered.len(), gone.len()));
        stayed.len()
    }

    /// Whether the connection that delivered a command was there as long as it was waited for.
    fn stays(&self, command: &Envelope) -> bool {
        let delivered = command.deliveries.first().and_then(|delivery| self.book.connection(delivery.connection?));
        delivered.is_some_and(|connection| left(connection).is_none_or(|left| left >= command.posted + Duration::from_secs(3)))
    }

    /// Connections whose acknowledgements do not all come before another's, or after.
    pub(crate) fn acknowledging_together(&self) -> usize {
        let mut spans: BTreeMap<usize, (Instant, Instant)> = BTreeMap::new();
        for ack in self.book.envelopes.values().flat_map(|envelope| &envelope.acks) {
            let span = spans.entry(ack.connection).or_insert((ack.at, ack.at));
            *span = (span.0.min(ack.at), span.1.max(ack.at));
        }
        let mut spans: Vec<_> = spans.into_values().collect();
        spans.sort_unstable();
        spans.windows(2).filter(|pair| pair[0].1 > pair[1].0).count()
    }

    /// The longest time, between the first connection and the last, in which none was ready.
    pub(crate) fn longest_gap(&self) -> Duration {
        let mut ready: Vec<_> = self.book.connections.iter().filter_map(|one| Some((one.hello?, left(one)))).collect();
        ready.sort_unstable_by_key(|(hello, _)| *hello);
        let (mut until, mut longest) = (ready.first().map(|(hello, _)| *hello), Duration::ZERO);
        for (hello, left) in ready {
            longest = longest.max(until.map_or(Duration::ZERO, |until| hello.saturating_duration_since(until)));
            until = until.zip(left).map(|(until, left)| until.max(left));
        }
        longest
    }

    pub(crate) const fn book(&self) -> &Book {
        &self.book
    }
}

/// Whether what is stored first was worked on second: both are told.
fn is_out_of_order(first: &Line, second: &Line) -> bool {
    let is_so = first.at > second.at;
    if is_so {
        println!("worked on before what is stored earlier in its key:\n  {first}\n  {second}");
    }
    is_so
}

/// Where each event was worked on, in the order of time.
fn worked(journal: &Journal) -> HashMap<String, Vec<Line>> {
    let mut worked: HashMap<String, Vec<Line>> = HashMap::new();
    for line in journal.all("worked") {
        worked.entry(line.text("id").to_owned()).or_default().push(line);
    }
    for lines in worked.values_mut() {
        lines.sort_by_key(|line| line.at);
    }
    worked
}

/// When a connection was no use any more.
fn left(connection: &Connection) -> Option<Instant> {
    [connection.unregistered, connection.ended, connection.close_received.map(|(at, _)| at)].into_iter().flatten().min()
}

/// How many connections were registered at once, at most; also those whose socket is gone, and of which Slack does not know it yet.
pub(crate) fn most_registered(book: &Book) -> usize {
    most_at_once(book, |connection| connection.unregistered)
}

/// How many connections were there at once, at most.
pub(crate) fn most_open(book: &Book) -> usize {
    most_at_once(book, left)
}

fn most_at_once(book: &Book, gone: impl Fn(&Connection) -> Option<Instant>) -> usize {
    let is_there = |one: &Connection, moment| one.opened <= moment && gone(one).is_none_or(|gone| gone > moment);
    let at = |moment| book.connections.iter().filter(|one| is_there(one, moment)).count();
    book.connections.iter().map(|connection| at(connection.opened)).max().unwrap_or(0)
}
