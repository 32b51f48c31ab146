//! Owns the scene of a refusal whose body comes in a second packet: it says why, so it must be read.

use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Refusal};
use relink_tokio::{Backoff, Config, Millis};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;

use super::{PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::outcome::{Bound, Other, Outcome};

pub(crate) const SCENE: Scene = Scene {
    name: "reason",
    what: "503; the body that gives the reason comes 0.1 s later, in a packet of its own",
    shortened: Some("delays of 0.2 s to 2 s"),
    play: |context| Box::pin(play(context)),
};

const BODY: &str = "the database moves house until 14:00 UTC";
const BODY_AFTER: Duration = Duration::from_millis(100);
const BACKOFF: Backoff = Backoff { delay_min: Millis::new(200), delay_max: Millis::new(2000), ..Backoff::INTERACTIVE };
const CONFIG: Config = Config { backoff: BACKOFF, ..Config::DEFAULT };

async fn play(context: Context) -> Played {
    let refusal = || Behaviour::Refuse(Refusal::new(503).late_body(BODY, BODY_AFTER));
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([refusal().once(), Behaviour::Echo.always()]);
    let mut link = context.link(&server.url(), CONFIG)?;
    link.until_up(PATIENCE, 1).await?;
    let record = link.end().await;
    server.stop().await;
    let said = record.failures().next().map(|failure| failure.why.to_string()).ok_or("the refusal was not told")?;
    let quoted = said.contains(BODY);

    let other = FaultServer::start(refusal()).await?;
    let Err(Error::Http(response)) = connect_async(other.url()).await else { return Err("it was not refused".into()) };
    let read = response.body().as_ref().map_or(0, Vec::len);
    context.others(format!("plain tokio-tungstenite shows {read} of the body's {} bytes", BODY.len()));
    Ok(Outcome {
        others: vec![Other::Measured(format!("plain tokio-tungstenite 0.30: {read} of {} bytes of the body", BODY.len()))],
        relink: vec![if quoted { "the error quotes all of it".to_owned() } else { "the error does not quote it".to_owned() }],
        bounds: vec![Bound::new("the error quotes the body", quoted)],
    })
}
