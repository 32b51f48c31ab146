//! Owns the plays about failures: a server that is late, killed, full or silent, and a cable that is pulled.

use std::time::{Duration, Instant};

use crate::Outcome;
use crate::play::{DELAY_MAX, OPENING, PATIENCE, PING_AFTER, PONG, QUICK, SLACK, Stage, board_time, until};
use crate::process::Process;
use crate::station::{Manner, Station};

const READINGS: u32 = 60;

/// The board is there before its server.
pub(crate) async fn late_server(stage: &Stage) -> Outcome<()> {
    let (station, board) = (Station::default(), stage.board(100, READINGS, QUICK)?);
    board.line(3, "# failed ", PATIENCE).await?;
    let began = Instant::now();
    let _serving = stage.open(&station).await?;
    let up = board.line(1, "# up ", PATIENCE).await?;
    stage.within("up after the server is", up.at - began, DELAY_MAX + SLACK)?;
    all_readings(&station).await?;
    stage.end(board, &station, READINGS).await
}

/// The server is killed in the middle of everything, and started again.
pub(crate) async fn killed(stage: &Stage) -> Outcome<()> {
    let station = Station::default();
    let process = Process::start(stage.port, &station).await?;
    let board = stage.board(100, READINGS, QUICK)?;
    board.line(1, "# up ", PATIENCE).await?;
    until("20 readings", PATIENCE, || station.book().readings.len() >= 20).await?;
    let began = Instant::now();
    process.kill().await?;
    let down = board.line(1, "# down ", PATIENCE).await?;
    stage.within("noticed after", down.at.saturating_duration_since(began), SLACK)?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    let _serving = stage.open(&station).await?;
    let up = board.line(2, "# up ", PATIENCE).await?;
    stage.within("up again after the server is", up.at - began, DELAY_MAX + SLACK)?;
    all_readings(&station).await?;
    stage.end(board, &station, READINGS).await
}

/// The server refuses the upgrade: a conflict three times, then an overload that says when to come back.
pub(crate) async fn refused(stage: &Stage) -> Outcome<()> {
    let station = Station::default();
    station.script([Manner::Refuse(409, None); 3]);
    station.script([Manner::Refuse(503, Some(3))]);
    let _serving = stage.open(&station).await?;
    let board = stage.board(100, READINGS, QUICK)?;
    board.line(1, "# up ", PATIENCE).await?;
    stage.equal("refusals of 409", count(&board, "refused with HTTP 409"), 3)?;
    stage.equal("refusals of 503", count(&board, "refused with HTTP 503"), 1)?;
    let times = dials(&board);
    stage.equal("dials", times.len(), 5)?;
    let paused = times[4] - times[3];
    stage.at_most("the pause that Retry-After asked for, ms", 3000, paused.as_millis())?;
    stage.within("and the delay on top of it", paused, Duration::from_secs(3) + DELAY_MAX + SLACK)?;
    all_readings(&station).await?;
    stage.end(board, &station, READINGS).await
}

/// The server asks to leave in place of accepting: a failure like any other, and no storm. With the delays that are the default.
pub(crate) async fn not_accepted(stage: &Stage) -> Outcome<()> {
    let station = Station::default();
    station.script([Manner::AskToLeave; 64]);
    let serving = stage.open(&station).await?;
    let board = stage.board(100, READINGS, "link acceptance=2s")?;
    board.line(1, "at ", PATIENCE).await?;
    tokio::time::sleep(Duration::from_secs(11)).await;
    let first = dials(&board)[0];
    let in_time = dials(&board).iter().filter(|&&at| at < first + Duration::from_secs(10)).count();
    stage.at_most("dials in 10 s", in_time, 7)?;
    stage.equal("times up", board.count("# up "), 0)?;
    serving.abort();
    Ok(())
}

/// The server is stopped in the middle of everything (SIGSTOP), and goes on later.
pub(crate) async fn silent(stage: &Stage) -> Outcome<()> {
    let station = Station::default();
    let process = Process::start(stage.port, &station).await?;
    let board = stage.board(100, READINGS, QUICK)?;
    board.line(1, "# up ", PATIENCE).await?;
    until("20 readings", PATIENCE, || station.book().readings.len() >= 20).await?;
    let began = Instant::now();
    process.signal("STOP").await?;
    let down = board.line(1, "# down ", PATIENCE).await?;
    stage.equal("why", down.text.contains("did not answer a ping"), true)?;
    stage.within("noticed after", down.at - began, PING_AFTER + PONG + SLACK)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let began = Instant::now();
    process.signal("CONT").await?;
    let up = board.line(2, "# up ", PATIENCE).await?;
    stage.within("up after it goes on", up.at - began, OPENING + DELAY_MAX + SLACK)?;
    until("all readings", PATIENCE, || station.book().readings.len() as u32 == READINGS).await?;
    process.kill().await?;
    let _serving = stage.open(&station).await?;
    board.line(3, "# up ", PATIENCE).await?;
    stage.end(board, &station, READINGS).await
}

/// The cable is pulled out, and put back.
pub(crate) async fn cable(stage: &Stage) -> Outcome<()> {
    let station = Station::default();
    let _serving = stage.open(&station).await?;
    let board = stage.board(100, READINGS, QUICK)?;
    board.line(1, "# up ", PATIENCE).await?;
    until("20 readings", PATIENCE, || station.book().readings.len() >= 20).await?;
    let began = Instant::now();
    board.cable(false).await?;
    let down = board.line(1, "# down ", PATIENCE).await?;
    stage.within("noticed after", down.at - began, PING_AFTER + PONG + SLACK)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let began = Instant::now();
    board.cable(true).await?;
    let up = board.line(2, "# up ", PATIENCE).await?;
    stage.within("up after it is in again", up.at - began, OPENING + DELAY_MAX + SLACK)?;
    all_readings(&station).await?;
    stage.end(board, &station, READINGS).await
}

async fn all_readings(station: &Station) -> Outcome<()> {
    until("all readings", PATIENCE, || station.book().readings.len() as u32 == READINGS).await
}

fn count(board: &crate::board::Board, words: &str) -> usize {
    board.lines().iter().filter(|line| line.text.starts_with("# failed") && line.text.contains(words)).count()
}

/// When the board dialled, by its own clock.
fn dials(board: &crate::board::Board) -> Vec<Duration> {
    board.lines().iter().filter(|line| line.text.contains(" open #")).filter_map(|line| board_time(&line.text)).collect()
}
