//! A service that is switched off and on again in one process: everybody is told, comes back, and receives.

use std::time::{Duration, Instant};

use relink_tokio::Millis;
use relink_tokio::onebot::{Bot, Event, Forward, Implementation, PostType, SelfId};
use relink_tokio::server::Plan;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::bench::*;

const BOTS: usize = 100;
const ACCOUNTS: i64 = 50;
const PLAN: Plan = Plan { grace: Millis::new(200), spread: Millis::new(300), ..Plan::DEFAULT };

fn serve(account: &Implementation) -> Forward {
    account.accept().token("secret").serve()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_implementations_bots_are_told_leave_and_come_back() {
    let account = account(1);
    let first = serve(&account);
    let (address, listening) = listen(first.server()).await;
    let mut bots: Vec<_> = (0..BOTS).map(|_| bot(address).spawn()).collect();
    for (_, events) in &mut bots {
        up(events).await;
    }
    let report = first.server().drain(PLAN).await;
    assert_eq!(report.forced, 0);
    listening.await.unwrap();
    let mut announced = 0;
    for (_, events) in &mut bots {
        announced += usize::from(pass(events, |event| if let Event::Down { expected, .. } = event { Some(expected) } else { None }).await);
    }
    assert_eq!(announced, BOTS, "each was told `disable` before");
    let second = serve(&account);
    let began = Instant::now();
    let (_, listening) = listen_at(second.server(), address).await;
    for (_, events) in &mut bots {
        up(events).await;
    }
    println!("{BOTS} bots were told, left and were back {:?} after the service", began.elapsed());
    while second.server().stats().sessions < BOTS as u64 {
        sleep(Duration::from_millis(2)).await;
    }
    // From the account to each bot, and from each bot to the account and back.
    while account.send(json!({ "post_type": "message", "raw_message": "hello again" })).unwrap() < BOTS {
        sleep(Duration::from_millis(10)).await;
    }
    for (bot, events) in &mut bots {
        let post = pass(events, |event| if let Event::Post(post) = event { Some(post) } else { None }).await;
        assert_eq!(*post.post_type(), PostType::Message);
        assert_eq!(bot.call::<Value>("get_login_info", ()).await.unwrap()["user_id"], 1);
    }
    assert_eq!(second.server().stats().connections, BOTS as u64);
    second.server().drain(PLAN).await;
    listening.await.unwrap();
    for (bot, _) in &bots {
        bot.stop().await;
    }
    none_left(address.port()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bots_accounts_come_back_to_a_registry_without_old_entries() {
    let serve = || Bot::accept().token("secret").serve(|_, mut events| async move { while events.next().await.is_some() {} });
    let first = serve();
    let (address, listening) = listen(first.server()).await;
    let accounts: Vec<_> = (1..=ACCOUNTS).map(account).collect();
    let dial = |account: &Implementation| {
        let link = account.dial(&format!("ws://{address}/onebot/v11/ws")).unwrap().token("secret").unwrap();
        // 1001 asks for a spread of 5 s.
        link.config(hurried).spawn().unwrap()
    };
    let links: Vec<_> = accounts.iter().map(dial).collect();
    let all = |bots: &relink_tokio::onebot::Bots| bots.accounts().len() as i64 == ACCOUNTS;
    while !all(&first) {
        sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(first.server().drain(PLAN).await.forced, 0);
    listening.await.unwrap();
    assert!(first.accounts().is_empty());
    let second = serve();
    let (_, listening) = listen_at(second.server(), address).await;
    let began = Instant::now();
    while !all(&second) {
        assert!(began.elapsed() < Duration::from_secs(20), "{} are back", second.accounts().len());
        sleep(Duration::from_millis(2)).await;
    }
    for number in 1..=ACCOUNTS {
        let bot = second.get(SelfId::new(number)).unwrap();
        assert_eq!(bot.call::<Value>("get_login_info", ()).await.unwrap()["user_id"], number);
    }
    println!("{ACCOUNTS} accounts were back {:?} after the service, and answer", began.elapsed());
    for link in &links {
        link.stop(Duration::from_secs(1)).await;
    }
    while second.server().stats().connections > 0 {
        sleep(Duration::from_millis(2)).await;
    }
    assert!(second.accounts().is_empty());
    second.server().drain(PLAN).await;
    listening.await.unwrap();
    none_left(address.port()).await;
}
