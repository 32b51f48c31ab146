//! A service that is switched off and on again in one process: everybody is back and receives.

use std::time::Duration;

use relink_tokio::server::{Admission, Plan, Server};
use relink_tokio::{Backoff, Builder, Client, Config, Event, Events, Millis, ws};
use tokio::time::{sleep, timeout};

use crate::bench::*;

const CLIENTS: usize = 100;

fn serve() -> Server {
    let named =
        Server::builder().gate(|upgrade| async move { Ok(Admission::new().identity(upgrade.header("x-self-id").unwrap_or_default())) });
    named.serve(echo)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_comes_back_and_receives() {
    let first = serve();
    let (address, listening) = listen(&first).await;
    let mut clients: Vec<_> = (0..CLIENTS).map(|number| client(address, number)).collect();
    for (_, events) in &mut clients {
        assert!(matches!(events.next().await, Some(Event::Up { .. })));
    }
    let plan = Plan { spread: Millis::new(200), ..Plan::DEFAULT };
    assert_eq!(first.drain(plan).await.forced, 0);
    listening.await.unwrap();
    assert_eq!(first.stats().connections, 0, "no entry is left");

    let second = serve();
    let (_, _listening) = listen_at(&second, address).await;
    for (number, (client, events)) in clients.iter_mut().enumerate() {
        let back = async { while !matches!(events.next().await, Some(Event::Up { .. })) {} };
        timeout(Duration::from_secs(20), back).await.expect("it comes back");
        let name = number.to_string();
        while second.find(&name).is_none() {
            sleep(Duration::from_millis(1)).await;
        }
        // From the service to the client, and from the client to the service and back.
        second.send_to(&name, format!("to {name}")).unwrap();
        assert_eq!(message(events).await, format!("to {name}"));
        client.send("from it").await.unwrap();
        assert_eq!(message(events).await, "from it");
    }
    assert_eq!((second.stats().connections, second.stats().replaced_now), (CLIENTS as u64, 0));
    for (client, _) in &clients {
        client.stop().await;
    }
    second.drain(plan).await;
    none_left(address.port()).await;
}

fn client(address: std::net::SocketAddr, number: usize) -> (Client<ws::Message>, Events<ws::Message>) {
    let request = ws::Request::new(&format!("ws://{address}/")).unwrap().header("x-self-id", &number.to_string()).unwrap();
    let backoff = Backoff { delay_min: Millis::new(100), delay_max: Millis::new(1000), ..Backoff::INTERACTIVE };
    // 1001 asks for a spread of 5 s; a test has less time.
    let hurried = |ending: &relink_tokio::Ending| ending.close_code().map(|_| relink_tokio::Verdict::Retry);
    Builder::new(ws::Ws::to(request)).config(Config { backoff, ..Config::DEFAULT }).verdict(hurried).spawn()
}

async fn message(events: &mut Events<ws::Message>) -> String {
    match timeout(Duration::from_secs(5), events.next()).await {
        Ok(Some(Event::Message { message, .. })) => message.as_text().unwrap().to_owned(),
        other => panic!("not a message but: {other:?}"),
    }
}
