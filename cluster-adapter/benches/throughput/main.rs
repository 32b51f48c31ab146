//! Owns the measure of throughput: one publisher, the queue, four workers; beside it the same by hand with async-nats, in turns.
//!
//! `tests/cluster.sh throughput` begins the servers and runs it. The last line of each measure is its median; the bounds are checked by `--check`.

mod bare;
mod plan;
mod queue;

use std::time::Duration;

use plan::Plan;

/// What is measured, in turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// This crate: fenced publisher, workers.
    Relink,
    /// async-nats by hand: the same lanes and headers, one publish a lane under way, an acknowledgement by request for each message.
    Bare,
    /// The same, but nothing is expected of the lane, and as many are under way as there are envelopes in hand.
    Unfenced,
}

const MEASURES: [Measure; 3] = [Measure::Relink, Measure::Bare, Measure::Unfenced];
const EVENTS_PER_SECOND_MIN: f64 = 5000.0;
const RATIO_MIN: f64 = 0.8;
/// A round that takes longer hangs.
const ROUND: Duration = Duration::from_secs(120);

fn main() {
    let plan = Plan::from_environment();
    println!(
        "{} server(s), {} events of {} bytes a round, {} rounds, {} envelopes in hand, 64 lanes, 4 workers",
        plan.replicas, plan.events, plan.bytes, plan.rounds, plan.in_hand
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut rates = MEASURES.map(|measure| (measure, Vec::new()));
    for round in 0..=plan.rounds {
        for (measure, rates) in &mut rates {
            let before = processor_time();
            let took = runtime.block_on(async { tokio::time::timeout(ROUND, one(*measure, &plan)).await }).expect("a round that ends");
            let rate = plan.events as f64 / took.as_secs_f64();
            let used = (processor_time() - before).as_secs_f64() * 1e6 / plan.events as f64;
            let note = if round == 0 { " (to warm up)" } else { "" };
            println!("round {round}: {measure:?} {rate:.0} events/s, {used:.0} \u{b5}s of a processor for each in this process{note}");
            if round > 0 {
                rates.push(rate);
            }
        }
    }
    let [relink, bare, unfenced] = rates.map(|(_, rates)| median(rates));
    println!("median: relink {relink:.0}, bare {bare:.0}, unfenced {unfenced:.0} events/s");
    println!("relink is {:.2} of bare and {:.2} of unfenced", relink / bare, relink / unfenced);
    if std::env::args().any(|argument| argument == "--check") {
        assert!(relink >= EVENTS_PER_SECOND_MIN, "at least {EVENTS_PER_SECOND_MIN} events/s");
        assert!(relink / bare >= RATIO_MIN, "at least {RATIO_MIN} of bare");
    }
}

async fn one(measure: Measure, plan: &Plan) -> Duration {
    match measure {
        Measure::Relink => queue::round(plan).await,
        Measure::Bare => bare::round(plan, true).await,
        Measure::Unfenced => bare::round(plan, false).await,
    }
}

/// What this process has used, set-up included.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
