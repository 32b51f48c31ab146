//! A stop during a renewal, while a successor is sought or the old connection goes on beside the new one.

use relink_tests::fault::{Act, Refusal, Service};
use relink_tokio::Event;

use super::*;

/// A peer that says hello, then serves so.
fn greets(service: Service) -> Behaviour {
    Behaviour::Play(vec![Act::Text(HELLO.to_owned()), Act::Serve(service)])
}

fn is_ready(state: &LinkState) -> bool {
    matches!(state, LinkState::Ready { .. })
}

const DEAF_TO_CLOSE: Service = Service { answer_close: false, ..Service::ECHO };

/// A link that is up on a first peer and seeks its successor on another.
async fn seeks(bench: &Bench, server: &FaultServer, second: Behaviour, config: Config) -> Result<Watched, Box<dyn Error>> {
    server.script([greets(Service::ECHO).once(), second.always()]);
    let builder = link(&server.url(), config)?.transport(|ws| ws.protocol(Hello));
    let mut watched = Watched::start_on(bench.runtime(), builder);
    watched.up().await?;
    watched.client().renew();
    server.until(PATIENCE, |log| log.dials().len() == 2).await?;
    Ok(watched)
}

#[tokio::test]
async fn stop_in_the_overlap_while_the_successor_connects() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let watched = seeks(&bench, &server, Behaviour::HalfThenSilence, OVERLAPS).await?;
    let case = Case { name: "while a successor connects", state: is_ready, held: 2, forced: false, told: "up failed down" };
    case.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_the_overlap_while_the_successor_awaits_acceptance() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let watched = seeks(&bench, &server, Behaviour::Echo, OVERLAPS).await?;
    server.until(PATIENCE, |log| log.opened() == 2).await?;
    let case = Case { name: "while a successor awaits acceptance", state: is_ready, held: 2, forced: false, told: "up failed down" };
    case.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_the_overlap_while_the_successor_waits_to_dial() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let backoff = Backoff { delay_min: Millis::new(20), growth_percent: u16::MAX, ..WAITS.backoff };
    let refuses = Behaviour::Refuse(Refusal::new(503));
    let mut watched = seeks(&bench, &server, refuses, Config { backoff, ..OVERLAPS }).await?;
    watched.failed().await?;
    let case = Case { name: "while a successor waits to dial", state: is_ready, held: 1, forced: false, told: "up failed down" };
    case.stop(&bench, watched, server).await
}

/// A link with its old connection beside the new one.
async fn replaced(bench: &Bench, server: &FaultServer, service: Service) -> Result<Watched, Box<dyn Error>> {
    server.set(greets(service));
    let builder = link(&server.url(), OVERLAPS)?.transport(|ws| ws.protocol(Hello));
    let mut watched = Watched::start_on(bench.runtime(), builder);
    watched.up().await?;
    watched.client().renew();
    watched.until("Renewed", |event| matches!(event, Event::Renewed { .. })).await?;
    Ok(watched)
}

#[tokio::test]
async fn stop_in_the_overlap_with_the_old_connection() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let watched = replaced(&bench, &server, Service::ECHO).await?;
    let case = Case { name: "beside the old connection", state: is_ready, held: 2, forced: false, told: "up renewed down" };
    case.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_the_overlap_with_the_old_connection_and_no_close_is_answered() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let watched = replaced(&bench, &server, DEAF_TO_CLOSE).await?;
    let case =
        Case { name: "beside the old connection, no Close answered", state: is_ready, held: 2, forced: true, told: "up renewed down" };
    case.stop(&bench, watched, server).await
}
