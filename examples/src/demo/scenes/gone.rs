//! Incident D: the timer of a subscription fires when its client is gone.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use relink_tests::peers::crowd::Crowd;
use relink_tests::peers::service::Service;
use relink_tokio::Millis;
use relink_tokio::server::{Plan, Server, Session};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::{Failed, Played, Scene};
use crate::demo::context::Context;
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::paint::Tone;

pub(crate) const SCENE: Scene = Scene {
    name: "gone",
    what: "on the accepting side: 100 clients subscribe to something due later, 20 of them are gone by then",
    shortened: None,
    play: |context| Box::pin(play(context)),
};

const STAY: usize = 80;
const GO: usize = 20;
/// What they subscribe to comes so much later.
const DUE: Duration = Duration::from_millis(600);

/// What became of those that stayed.
struct Fate {
    served: usize,
    connected: usize,
}

async fn play(context: Context) -> Played {
    let ((fate, stale, left), (others, error)) = tokio::try_join!(relink(&context), others(&context))?;
    Ok(Outcome {
        others: vec![
            Other::Measured(format!(
                "obvious service: {}; {} of {STAY} clients still connected",
                error.map_or("no error".to_owned(), |error| format!("ended by \"{error}\"")),
                others.connected
            )),
            Other::Quoted("Parabol v13: the same sentence ended the process"),
        ],
        relink: vec![format!("{stale} messages for those who were gone: each one a value, and counted; {} of {STAY} served", fate.served)],
        bounds: vec![
            Bound::new("everybody who stayed is served and connected", fate.served == STAY && fate.connected == STAY),
            Bound::new("each message for somebody gone is counted", stale == GO as u64),
            Bound::new("no entry is left of those who are gone", left == STAY as u64),
        ],
    })
}

fn fate(crowd: &Crowd) -> Fate {
    let seen = crowd.seen();
    Fate {
        served: seen.iter().filter(|client| client.texts == ["news"]).count(),
        connected: seen.iter().filter(|client| !client.ended).count(),
    }
}

async fn crowd(address: std::net::SocketAddr) -> Result<Crowd, Failed> {
    let mut crowd = Crowd::default();
    crowd.join(address, STAY + GO, "subscribe").await?;
    crowd.lose(GO);
    sleep(DUE * 2).await;
    Ok(crowd)
}

/// What became of them, how many messages were for those who were gone, and how many entries there are.
async fn relink(context: &Context) -> Result<(Fate, u64, u64), Failed> {
    let this = Arc::new(OnceLock::<Server>::new());
    let handle = this.clone();
    let server = Server::builder().serve(move |session| subscribe(handle.clone(), session));
    let _set_once = this.set(server.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listening = tokio::spawn({
        let server = server.clone();
        async move { server.listen(listener).await }
    });
    let crowd = crowd(address).await?;
    let (fate, stats) = (fate(&crowd), server.stats());
    context.relink(Tone::Good, format!("{} messages for clients that are gone, and nothing happened", stats.stale));
    server.drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await;
    listening.await?;
    Ok((fate, stats.stale, stats.connections))
}

/// The timer is nobody's: it fires whether its client is there or not.
async fn subscribe(server: Arc<OnceLock<Server>>, mut session: Session) {
    let key = session.key();
    while session.next().await.is_some() {
        let server = server.clone();
        tokio::spawn(async move {
            sleep(DUE).await;
            if let Some(server) = server.get() {
                // Gone is an answer like any other.
                let _ = server.send(key, "news");
            }
        });
    }
}

async fn others(context: &Context) -> Result<(Fate, Option<String>), Failed> {
    let mut service = Service::start(DUE).await?;
    let crowd = crowd(service.address()).await?;
    let fate = fate(&crowd);
    let error = service.error().await;
    context.others(format!("the obvious service has lost {} of the {STAY} clients that stayed", STAY - fate.connected));
    Ok((fate, error))
}
