//! Owns the watch: a link to a URL that is kept up, shown as it lives, and closed when its user says so.

mod narrator;
mod options;
mod page;
mod row;
mod signals;
mod typed;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use relink_tokio::flight::{self, Flight, Recorder};
use relink_tokio::message_log::{self, Logging, MessageLog, Redaction};
use relink_tokio::ws::{Message, Request, Ws};
use relink_tokio::{Builder, Client, Config, End, Event, Events, LinkState};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use narrator::{Narrator, Told};
pub use options::Options;
use page::{Gone, Page};
use typed::Waiting;

/// How long the files may take to be complete once the link has ended.
const FILES_MAX: Duration = Duration::from_secs(5);

/// How long it may take until it is known what became of the lines that were not sent.
const LINES_MAX: Duration = Duration::from_secs(1);

/// Keeps a link to this URL until it is stopped by a signal or gives up; `false` if it gave up.
///
/// # Errors
/// If the URL or an option means nothing, or a file cannot be written.
pub async fn run(url: &str, options: &Options, record: Option<&Path>) -> Result<bool, Box<dyn Error>> {
    let request = options.request(url)?;
    let (recorder, flight) = record.map(|path| Recorder::to_file(path, flight::Options::DEFAULT)).transpose()?.unzip();
    let redaction = Redaction::new().members(options.hide.iter().map(String::as_str));
    let log_options = message_log::Options { redaction, ..message_log::Options::default() };
    let (log, logging) = options.log.as_deref().map(|path| MessageLog::to_files(path, log_options)).transpose()?.unzip();

    let (narrator, told) = Narrator::new();
    let config = Config { backoff: options.policy, ..Config::DEFAULT };
    let transport = transport(request, log.clone());
    let (client, events) = Builder::new(transport).config(config).observer((narrator, (recorder, log))).spawn();
    let (say, notes) = mpsc::channel(64);
    signals::stop(client.clone())?;
    let waiting = typed::send(client.clone(), say);

    let mut watch = Watch { page: Page::new(options.json), events, told, received: 0, waiting };
    if watch.follow(notes).await.is_err() {
        // Nobody looks any more.
        client.stop().await;
    }
    complete(&watch.page, flight, logging, record).await?;
    if let Some(path) = record {
        let _nobody_looks = watch.page.last(&format!("replay: cargo run --bin scenario -- {}", quoted(path)));
    }
    Ok(matches!(client.state(), LinkState::Shutdown { because: End::Stopped }))
}

/// The same request for every attempt, logged if there is a log.
fn transport(request: Request, log: Option<MessageLog>) -> Ws {
    Ws::new(move |attempt| {
        if let Some(log) = &log {
            log.request(attempt, &request);
        }
        std::future::ready(Ok(request.clone()))
    })
}

/// Waits for the files.
async fn complete(page: &Page, flight: Option<Flight>, logging: Option<Logging>, record: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let files = async {
        if let (Some(flight), Some(path)) = (flight, record) {
            let recorded = flight.finished().await?;
            let _nobody_looks = page.note(&format!("{} steps are recorded in {}", recorded.steps, path.display()));
        }
        if let Some(logging) = logging {
            logging.finished().await?;
        }
        Ok(())
    };
    tokio::time::timeout(FILES_MAX, files).await.unwrap_or_else(|_| Err("the disk is too slow: the end of the files is missing".into()))
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:,@%".contains(c);
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// What is followed, and where it is shown.
struct Watch {
    page: Page,
    events: Events<Message>,
    told: mpsc::Receiver<Told>,
    /// Messages shown that came in.
    received: u64,
    waiting: Waiting,
}

impl Watch {
    /// Shows all that happens until the link has ended.
    async fn follow(&mut self, mut notes: mpsc::Receiver<String>) -> Result<(), Gone> {
        let mut talking = true;
        loop {
            tokio::select! {
                biased;
                Some(told) = self.told.recv() => self.tell(&told).await?,
                event = self.events.next() => match event {
                    Some(event) => self.event(event).await?,
                    None => break,
                },
                note = notes.recv(), if talking => match note {
                    Some(note) => self.page.note(&note)?,
                    None => talking = false,
                },
            }
        }
        while let Ok(told) = self.told.try_recv() {
            self.page.told(&told)?;
        }
        self.rest(&mut notes).await
    }

    /// Shows what became of the lines that were still waiting.
    async fn rest(&self, notes: &mut mpsc::Receiver<String>) -> Result<(), Gone> {
        let patience = Instant::now() + LINES_MAX;
        while !self.waiting.is_none() {
            match timeout_at(patience, notes.recv()).await {
                Ok(Some(note)) => self.page.note(&note)?,
                Ok(None) | Err(_) => break,
            }
        }
        while let Ok(note) = notes.try_recv() {
            self.page.note(&note)?;
        }
        Ok(())
    }

    /// Shows what was told in its place among the messages that come in.
    async fn tell(&mut self, told: &Told) -> Result<(), Gone> {
        while self.received < told.after {
            match self.events.next().await {
                Some(event) => self.show(event)?,
                None => break,
            }
        }
        self.page.told(told)
    }

    /// Shows an event, and before it what was told before it came.
    async fn event(&mut self, event: Event<Message>) -> Result<(), Gone> {
        if matches!(event, Event::Message { .. }) {
            while let Ok(told) = self.told.try_recv() {
                if told.after > self.received {
                    self.show(event)?;
                    return self.tell(&told).await;
                }
                self.page.told(&told)?;
            }
        }
        self.show(event)
    }

    fn show(&mut self, event: Event<Message>) -> Result<(), Gone> {
        match event {
            Event::Message { attempt, message } => {
                self.received += 1;
                self.page.received(attempt, &message)
            }
            // The narrator has said so.
            Event::Up { .. } | Event::Down { .. } | Event::Failed { .. } | Event::Renewed { .. } | Event::GaveUp { .. } => Ok(()),
        }
    }
}

type Link = Client<Message>;
