//! Owns the proof that the shell allocates nothing: a driver is polled where nobody may.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use assert_no_alloc::{assert_no_alloc, violation_count};

/// A future that must not allocate, nor free.
pub(crate) struct Frugal<F>(Pin<Box<F>>);

impl<F> Frugal<F> {
    pub(crate) fn new(future: F) -> Self {
        Self(Box::pin(future))
    }
}

impl<F: Future> Future for Frugal<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let before = violation_count();
        let polled = assert_no_alloc(|| self.0.as_mut().poll(cx));
        assert_eq!(violation_count(), before, "a driver has allocated");
        polled
    }
}

#[test]
#[should_panic = "a driver has allocated"]
fn it_can_fail() {
    let mut future = Frugal::new(async { drop(std::hint::black_box(vec![1])) });
    let _never = Pin::new(&mut future).poll(&mut Context::from_waker(std::task::Waker::noop()));
}
