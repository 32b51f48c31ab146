//! The operations that are going on on one connection: how many, how heavy, and what they yield next.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{AbortHandle, Abortable, FuturesUnordered, StreamExt};

use super::operation::Results;
use super::{Failure, Operation};
use crate::graphql::{Json, Request};

/// How much may be going on at once on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OperationLimits {
    pub(super) operations_max: usize,
    /// Of their `subscribe` messages.
    pub(super) bytes_max: usize,
}

/// The operations that are going on. Dropped, they are ended.
pub(super) struct Operations {
    limits: OperationLimits,
    live: HashMap<Arc<str>, Live>,
    running: FuturesUnordered<Step>,
    runs: u64,
    bytes: usize,
}

/// What began an operation.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) id: Arc<str>,
    pub(super) request: Request,
    /// The length of its `subscribe`.
    pub(super) bytes: usize,
}

/// A result, or the end, and what is left of the operation.
pub(super) struct Yield {
    pub(super) result: Option<Result<Json, Failure>>,
    pub(super) rest: Running,
}

pub(super) struct Running {
    pub(super) id: Arc<str>,
    run: u64,
    results: Abortable<Results>,
}

/// An operation that is going on.
struct Live {
    run: u64,
    abort: AbortHandle,
    bytes: usize,
    /// What is to be run again with a new context.
    again: Option<Request>,
}

/// The next result of an operation.
struct Step(Option<Running>);

impl Operations {
    pub(super) fn new(limits: OperationLimits) -> Self {
        Self { limits, live: HashMap::new(), running: FuturesUnordered::new(), runs: 0, bytes: 0 }
    }

    /// Why one more may not begin whose `subscribe` is so long, if it may not.
    pub(super) fn objection(&self, bytes: usize) -> Option<String> {
        let OperationLimits { operations_max, bytes_max } = self.limits;
        if self.live.len() >= operations_max {
            return Some(format!("at most {operations_max} operations may be going on at once on a connection"));
        }
        let sum = self.bytes.saturating_add(bytes);
        (sum > bytes_max).then(|| {
            format!("what the operations on a connection were begun with may be {bytes_max} bytes at most, and with this one it would be {sum}; the server's `operations_bytes_max` is the limit")
        })
    }

    pub(super) fn begin(&mut self, begun: Begun, operation: Operation) {
        let Begun { id, request, bytes } = begun;
        let (abort, registration) = AbortHandle::new_pair();
        self.runs = self.runs.wrapping_add(1);
        let again = operation.is_live.then_some(request);
        self.bytes = self.bytes.saturating_add(bytes);
        self.live.insert(id.clone(), Live { run: self.runs, abort, bytes, again });
        let results = Abortable::new(operation.results, registration);
        self.go_on(Running { id, run: self.runs, results });
    }

    /// Goes on with one that has yielded.
    pub(super) fn go_on(&mut self, rest: Running) {
        self.running.push(Step(Some(rest)));
    }

    /// The next thing that one of them yields.
    pub(super) async fn next(&mut self) -> Option<Yield> {
        self.running.next().await
    }

    /// Whether this has not ended meanwhile, and was not begun again.
    pub(super) fn has(&self, rest: &Running) -> bool {
        self.live.get(&rest.id).is_some_and(|live| live.run == rest.run)
    }

    pub(super) fn end(&mut self, id: &str) {
        self.take(id);
    }

    /// Ends those that are to be run again, and says with what they were begun.
    pub(super) fn take_live(&mut self) -> Vec<Begun> {
        let ids: Vec<_> = self.live.iter().filter(|(_, live)| live.again.is_some()).map(|(id, _)| id.clone()).collect();
        let begun = |id: Arc<str>| {
            let Live { again, bytes, .. } = self.take(&id)?;
            Some(Begun { id, request: again?, bytes })
        };
        ids.into_iter().filter_map(begun).collect()
    }

    fn take(&mut self, id: &str) -> Option<Live> {
        let live = self.live.remove(id)?;
        self.bytes = self.bytes.saturating_sub(live.bytes);
        live.abort.abort();
        Some(live)
    }
}

impl Future for Step {
    type Output = Yield;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Yield> {
        let Some(running) = &mut self.0 else { return Poll::Pending };
        let result = std::task::ready!(Pin::new(&mut running.results).poll_next(cx));
        match self.0.take() {
            Some(rest) => Poll::Ready(Yield { result, rest }),
            None => Poll::Pending,
        }
    }
}
