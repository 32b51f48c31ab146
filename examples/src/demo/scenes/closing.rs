//! Owns the scene of closing handshakes that never end: the peer's own, and ours.

use std::time::Duration;

use futures_util::StreamExt;
use relink_tests::fault::{Behaviour, FaultServer, Log, What};
use relink_tests::sockets::{self, Sockets};
use relink_tokio::Config;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::connect_async;

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::within;
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::paint::Tone;
use crate::wording::seconds;

pub(crate) const SCENE: Scene = Scene {
    name: "closing",
    what: "a server sends a Close and holds the socket; the next one never answers ours",
    shortened: None,
    play: |context| Box::pin(play(context)),
};

const CONFIG: Config = Config::DEFAULT;
const HOLDS: Behaviour = Behaviour::CloseThenHold { after: Duration::from_millis(300), code: 1000 };
/// How long plain tokio-tungstenite is watched.
const WATCHED: Duration = Duration::from_secs(4);

/// What relink did.
struct Seen {
    /// From the peer's Close to the end of the socket it held.
    dropped: Duration,
    /// How long a stop took.
    stopped: Duration,
    /// Sockets of ours that were left; `None` where the system does not say.
    left: Option<usize>,
}

async fn play(context: Context) -> Played {
    let (relink, waited) = tokio::try_join!(relink(&context), others(&context))?;
    let limit = CONFIG.closing_timeout.as_duration();
    let left = relink.left.map_or("sockets not counted here".to_owned(), |left| format!("{left} sockets left"));
    Ok(Outcome {
        others: vec![
            Other::Measured(format!("plain tokio-tungstenite: its close still waits after {}, its socket is held", seconds(waited))),
            Other::Quoted("twilight 0.18.0: hangs (watched for 59 s)"),
        ],
        relink: vec![
            format!("held socket dropped {} after the peer's Close", seconds(relink.dropped)),
            format!("stopped in {}, {left}", seconds(relink.stopped)),
        ],
        bounds: vec![
            Bound::new(
                format!("both within closing_timeout: {}", seconds(limit)),
                within(relink.dropped, limit) && within(relink.stopped, limit),
            ),
            Bound::new("no socket left", relink.left.is_none_or(|left| left == 0)),
        ],
    })
}

async fn relink(context: &Context) -> Result<Seen, Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([HOLDS.once(), Behaviour::CloseUnanswered.always()]);
    let mut link = context.link(&server.url(), CONFIG)?;
    link.until_up(PATIENCE, 2).await?;
    let log = server.until(PATIENCE, |log| log.client_ended(1).is_some()).await?;
    let dropped = held(&log).ok_or("the server saw no end of the first connection")?;

    context.relink(Tone::Plain, "is told to stop");
    let begun = Instant::now();
    link.client().stop().await;
    let stopped = begun.elapsed();
    let left = if cfg!(target_os = "linux") { Some(sockets::on_port(server.port())?) } else { None };
    link.end().await;
    server.stop().await;
    Ok(Seen { dropped, stopped, left: left.map(|Sockets { dialled, .. }| dialled) })
}

/// From the first connection's Close to the client's end of it.
fn held(log: &Log) -> Option<Duration> {
    let close = log.times(|what| matches!(what, What::CloseSent(_))).find(|(_, number)| *number == 1)?.0;
    Some(log.client_ended(1)?.duration_since(close))
}

/// How long plain tokio-tungstenite has waited for the answer to its Close.
async fn others(context: &Context) -> Result<Duration, Failed> {
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let (mut socket, _) = connect_async(server.url()).await?;
    let begun = Instant::now();
    socket.close(None).await?;
    let end = timeout(WATCHED, async { while socket.next().await.is_some() {} }).await;
    let waited = begun.elapsed();
    if end.is_ok() {
        return Err("plain tokio-tungstenite did end its close".into());
    }
    context.others(format!("plain tokio-tungstenite has waited for the answer to its Close for {}", seconds(waited)));
    Ok(waited)
}
