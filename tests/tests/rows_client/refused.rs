//! A server that refuses every upgrade with 409, and one that says when to come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use relink_tests::fault::{Log, Refusal, RetryAfter, What};
use tokio::time::Instant;

use super::*;

/// 20, 40, 80, 160, 320, 320 ms: no jitter, so that growth and cap can be read off the gaps.
const GROWING: Config = Config { backoff: fast(Millis::new(320)), ..FAST };
const REFUSALS: usize = 8;

/// A link whose URL comes from a provider that always succeeds, and the count of its calls.
fn link_with_provider(server: &FaultServer) -> (Builder<Ws>, Arc<AtomicUsize>) {
    let (calls, url) = (Arc::new(AtomicUsize::new(0)), server.url());
    let count = calls.clone();
    let provider = move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        let request = Request::new(&url);
        async move { Ok(request?) }
    };
    (Builder::new(Ws::new(provider)).config(GROWING), calls)
}

#[tokio::test]
async fn refused_with_409_one_failure_an_attempt_and_delays_that_grow_to_the_cap_though_the_url_succeeds() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Refuse(Refusal::new(409)).times(REFUSALS), Behaviour::Echo.always()]);
    let (builder, calls) = link_with_provider(&server);
    let mut watched = Watched::start(builder);
    watched.up().await?;
    watched.echoes().await?;
    let stats = watched.client().stats();
    let told = watched.stop().await?;
    let log = server.stop().await;

    let (refused, calls) = (log.count(|what| *what == What::Refused(409)), calls.load(Ordering::Relaxed));
    let gaps: Vec<Duration> = log.gaps();
    let shown: Vec<u128> = gaps.iter().map(Duration::as_millis).collect();
    let delays = [20, 40, 80, 160, 320, 320, 320, 320].map(Duration::from_millis);
    let failures = told.endings().filter(|(_, why, _)| why.status() == Some(409)).count();
    row(
        "409 on every upgrade, a policy of 20 to 320 ms",
        format_args!("{refused} refusals, {failures} failures, {calls} calls of the provider, gaps {shown:?} ms"),
        format_args!("one failure an attempt; 20 40 80 160 320 320 320 320 ms, each {}", with_slack(Duration::ZERO)),
    );
    assert_eq!((refused, failures, stats.failed as usize, calls, log.dials().len()), (8, 8, 8, 9, 9));
    assert_eq!(told.shape(), "failed failed failed failed failed failed failed failed up down");
    assert!(gaps.iter().zip(delays).all(|(gap, delay)| takes(*gap, delay)), "{log}");
    Ok(())
}

/// The log of a link that is told once when to come back, and whose user is impatient.
async fn told_to_wait(when: RetryAfter) -> Result<Log, Box<dyn Error>> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Refuse(Refusal::new(429).retry_after(when)).once(), Behaviour::Echo.always()]);
    let mut watched = Watched::start(link(&server, FAST)?);
    watched.failed().await?;
    watched.client().retry_now();
    watched.up().await?;
    assert_eq!(watched.stop().await?.shape(), "failed up down");
    Ok(server.stop().await)
}

#[tokio::test]
async fn retry_after_is_a_floor_even_for_retry_now() -> Tested {
    let second = Duration::from_secs(1);
    let (seconds, date) = tokio::try_join!(told_to_wait(RetryAfter::Seconds(1)), told_to_wait(RetryAfter::Date(second)))?;
    for (form, log, longest) in [("seconds", seconds, second), ("a date", date, 2 * second)] {
        let gap = log.gaps()[0];
        row(
            &format!("429 with Retry-After of 1 s as {form}, and retry_now at once"),
            format_args!("dialled again after {}", millis(gap)),
            format_args!("1000 ms to {}", with_slack(longest)),
        );
        assert!(gap + TICK >= second && gap <= longest + SLACK, "{log}");
    }
    Ok(())
}

#[tokio::test]
async fn retry_now_shortens_a_wait_that_nobody_demanded() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Refuse(Refusal::new(503)).once(), Behaviour::Echo.always()]);
    let slow = Config { backoff: Backoff::fixed(Millis::from_secs(60)), ..FAST };
    let mut watched = Watched::start(link(&server, slow)?);
    watched.failed().await?;
    let wished = Instant::now();
    watched.client().retry_now();
    let waited = watched.up().await? - wished;
    row("retry_now in a backoff of 60 s", format_args!("up after {}", millis(waited)), with_slack(Duration::ZERO));
    assert!(waited <= SLACK);
    watched.stop().await?;
    Ok(())
}
