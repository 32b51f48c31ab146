//! Who hears everything.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

/// Hears everything: a line is `LEVEL [span and its fields] fields`.
#[derive(Clone, Default)]
pub(crate) struct Ear(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    lines: String,
    /// By id, from 1.
    spans: Vec<String>,
    within: Vec<u64>,
}

impl Ear {
    /// Listens on this thread, as long as the guard is kept.
    pub(crate) fn listening() -> (Self, DefaultGuard) {
        let ear = Self::default();
        let guard = tracing::subscriber::set_default(ear.clone());
        (ear, guard)
    }

    pub(crate) fn heard(&self) -> String {
        self.lock().lines.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap()
    }
}

/// Writes fields behind what there is.
struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = span.metadata().name().to_owned();
        span.record(&mut Fields(&mut text));
        let spans = &mut self.lock().spans;
        spans.push(text);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut heard = self.lock();
        values.record(&mut Fields(&mut heard.spans[span.into_u64() as usize - 1]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut heard = self.lock();
        let span = event.parent().map(Id::into_u64).or(heard.within.last().copied().filter(|_| event.is_contextual()));
        let span = span.map(|span| format!(" [{}]", heard.spans[span as usize - 1])).unwrap_or_default();
        write!(heard.lines, "\n{}{span}", event.metadata().level()).unwrap();
        event.record(&mut Fields(&mut heard.lines));
    }

    fn enter(&self, span: &Id) {
        self.lock().within.push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.lock().within.pop();
    }
}
