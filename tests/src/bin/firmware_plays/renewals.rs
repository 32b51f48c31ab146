//! Owns the plays in which nothing fails, and nothing may be lost: renewals, and a thousand messages each way.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::play::{PATIENCE, QUICK, SLACK, Stage, until};
use crate::station::Station;

/// Between two renewals: the overlap of the one before is over, the link is stable.
const APART: Duration = Duration::from_millis(4500);
const RENEWALS: usize = 3;

/// The server asks for another connection under traffic: with two sockets there is no moment without one, and nothing is said twice.
pub(crate) async fn two_sockets(stage: &Stage) -> Outcome<()> {
    const READINGS: u32 = 300;
    const COMMANDS: u32 = 300;
    let station = Station::default();
    let _serving = stage.open(&station).await?;
    let board = stage.board(50, READINGS, QUICK)?;
    board.line(1, "# up ", PATIENCE).await?;
    let began = Instant::now();
    for number in 1..=RENEWALS {
        let due = APART * u32::try_from(number)? - APART / 4;
        commands_until(&station, began + due, COMMANDS).await;
        station.warn();
        board.line(number, "# renewed ", PATIENCE).await?;
    }
    station.command(station.ordered() + 1..=COMMANDS);
    until("all commands", PATIENCE, || station.book().done.len() as u32 == COMMANDS).await?;
    until("all readings", PATIENCE, || station.book().readings.len() as u32 == READINGS).await?;
    until("one connection", PATIENCE, || station.book().held.len() == 1).await?;
    stage.equal("times down", board.count("# down "), 0)?;
    stage.equal("closing handshakes of replaced connections", station.book().closed as usize, RENEWALS)?;
    stage.equal("readings said twice", twice(&station.book().readings), 0)?;
    stage.equal("commands done twice", twice(&station.book().done), 0)?;
    stage.end(board, &station, READINGS).await
}

/// The same with one socket: a connection ends properly before the next one begins.
pub(crate) async fn one_socket(stage: &Stage) -> Outcome<()> {
    const READINGS: u32 = 150;
    const COMMANDS: u32 = 150;
    let station = Station::default();
    let _serving = stage.open(&station).await?;
    let board = stage.board(50, READINGS, &QUICK.replace("link ", "link single ").replace("overlap=2s", "overlap=none"))?;
    board.line(1, "# up ", PATIENCE).await?;
    let began = Instant::now();
    commands_until(&station, began + Duration::from_secs(3), COMMANDS).await;
    let asked = Instant::now();
    station.warn();
    let up = board.line(2, "# up ", PATIENCE).await?;
    stage.within("up again after", up.at - asked, SLACK)?;
    stage.equal("closing handshakes", station.book().closed, 1)?;
    station.command(station.ordered() + 1..=COMMANDS);
    until("all commands", PATIENCE, || station.book().done.len() as u32 == COMMANDS).await?;
    until("all readings", PATIENCE, || station.book().readings.len() as u32 == READINGS).await?;
    stage.end(board, &station, READINGS).await
}

/// A thousand messages each way, each acknowledged, as quickly as they go.
pub(crate) async fn thousand(stage: &Stage) -> Outcome<()> {
    const COUNT: u32 = 1000;
    let station = Station::default();
    let _serving = stage.open(&station).await?;
    let board = stage.board(0, COUNT, QUICK)?;
    board.line(1, "# up ", PATIENCE).await?;
    let began = Instant::now();
    station.command(1..=COUNT);
    until("all commands", 3 * PATIENCE, || station.book().done.len() as u32 == COUNT).await?;
    until("all readings", 3 * PATIENCE, || station.book().readings.len() as u32 == COUNT).await?;
    stage.within("took", began.elapsed(), Duration::from_secs(60))?;
    stage.equal("readings said twice", twice(&station.book().readings), 0)?;
    stage.equal("commands done twice", twice(&station.book().done), 0)?;
    stage.end(board, &station, COUNT).await
}

/// Orders a command each 40 ms until then, of as many as there are.
async fn commands_until(station: &Station, end: Instant, count: u32) {
    while Instant::now() < end {
        let next = station.ordered() + 1;
        if next <= count {
            station.command([next]);
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

fn twice(seen: &BTreeMap<u32, u32>) -> usize {
    seen.values().filter(|&&times| times > 1).count()
}
