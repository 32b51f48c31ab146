//! Incident E: a service is stopped, and its clients are to know.

use std::time::Duration;

use relink_tests::peers::crowd::{Crowd, Seen};
use relink_tests::peers::service::Service;
use relink_tokio::Millis;
use relink_tokio::server::{Plan, Report, Server};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::{Failed, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::{most_within, within};
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::paint::Tone;
use crate::wording::seconds;

pub(crate) const SCENE: Scene = Scene {
    name: "service",
    what: "on the accepting side: a service with 200 clients is stopped, 10 of them never answer a Close",
    shortened: Some("closes are spread over 2 s, not 5 s"),
    play: |context| Box::pin(play(context)),
};

const LIVE: usize = 190;
const SILENT: usize = 10;
const PLAN: Plan = Plan { spread: Millis::from_secs(2), close_deadline: Millis::new(1500), ..Plan::DEFAULT };
/// How long the obvious service's clients are watched.
const WATCHED: Duration = Duration::from_secs(3);

async fn play(context: Context) -> Played {
    let ((report, seen, took), others) = tokio::try_join!(relink(&context), others(&context))?;
    let closes: Vec<_> = seen.iter().filter_map(|client| client.close).collect();
    let told = seen.iter().filter(|client| client.texts == ["farewell"]).count();
    let mut times: Vec<_> = closes.iter().map(|(_, at)| *at).collect();
    times.sort_unstable();
    let crowded = most_within(&times, Duration::from_millis(200));
    let ended = |seen: &[Seen]| seen.iter().filter(|client| client.ended).count();
    Ok(Outcome {
        others: vec![
            Other::Measured(format!(
                "obvious service, its listener closed: {} of {} clients told after {}, all others connected to nobody",
                ended(&others),
                others.len(),
                seconds(WATCHED)
            )),
            Other::Quoted("NapCatQQ 3.1.10: connections stay open, pings are answered"),
        ],
        relink: vec![
            format!("{} closed properly, {} forced, after {}", report.graceful, report.forced, seconds(took)),
            format!("at most {crowded} of them within 0.2 s"),
        ],
        bounds: vec![
            Bound::new("every client that reads sees farewell and Close", told == LIVE && closes.len() == LIVE && ended(&seen) == LIVE),
            Bound::new("those who do not answer are forced", report.graceful == LIVE as u32 && report.forced == SILENT as u32),
            Bound::new("over at the deadline", within(took, Duration::from_millis(3500))),
            Bound::new("closes are spread: a tenth of the time has no third of them", crowded < LIVE / 3),
        ],
    })
}

async fn relink(context: &Context) -> Result<(Report, Vec<Seen>, Duration), Failed> {
    let serving = Server::builder().farewell(|_| Some("farewell".into()));
    let server = serving.serve(|mut session| async move { while session.next().await.is_some() {} });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listening = tokio::spawn({
        let server = server.clone();
        async move { server.listen(listener).await }
    });
    let mut crowd = Crowd::default();
    crowd.join(address, LIVE, "hello").await?;
    crowd.join_silently(address, SILENT).await?;
    while server.stats().sessions < (LIVE + SILENT) as u64 {
        sleep(Duration::from_millis(5)).await;
    }
    context.server("the service is stopped");
    let began = Instant::now();
    let report = server.drain(PLAN).await;
    let took = began.elapsed();
    context.relink(Tone::Good, format!("{} closed properly, {} forced: nobody is left", report.graceful, report.forced));
    listening.await?;
    // Its clients read the end of their connections a moment later.
    sleep(Duration::from_millis(200)).await;
    Ok((report, crowd.seen(), took))
}

async fn others(context: &Context) -> Result<Vec<Seen>, Failed> {
    let service = Service::start(Duration::from_secs(3600)).await?;
    let mut crowd = Crowd::default();
    crowd.join(service.address(), LIVE, "hello").await?;
    service.stop();
    sleep(WATCHED).await;
    let seen = crowd.seen();
    let ended = seen.iter().filter(|client| client.ended).count();
    context.others(format!("the obvious service is stopped, and {} of its {LIVE} clients do not know", LIVE - ended));
    Ok(seen)
}
