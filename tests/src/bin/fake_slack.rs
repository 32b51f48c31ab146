//! Owns the command that runs the fake Slack for clients in any language: `cargo run -p relink-tests --bin fake_slack`.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use relink_tests::slack::{AfterClose, CallTrouble, Command, FakeSlack, LinkTrouble, Oversize, Pace, RateLimit, ScriptText, Settings};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Runs a fake Slack on loopback: apps.connections.open and Socket Mode.
///
/// Prints the URL that stands for `https://slack.com/api/` and then answers each line of the standard input with a line: type
/// anything to see what it understands. `book` says everything that happened as one line of JSON, `quit` ends it.
/// Times are Slack's own.
#[derive(Parser)]
#[command(name = "fake_slack", version)]
struct Args {
    /// The port of 127.0.0.1; 0 is any that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The one token that is right; without it any xapp- token is
    #[arg(long, value_name = "XAPP")]
    token: Option<String>,
    /// How many times faster than the clock Slack's times pass
    #[arg(long, value_name = "FACTOR", default_value_t = 1)]
    faster: u32,
    /// How many URL calls may come at once; one more comes back each minute. 0 is no limit at all
    #[arg(long, value_name = "CALLS", default_value_t = RateLimit::TIER_1.burst)]
    burst: u32,
    /// What the first URL calls meet, such as "503*2, 429/30, error:invalid_auth, ok, hang@30s"
    #[arg(long, value_name = "SCRIPT", default_value = "")]
    calls: ScriptText<CallTrouble>,
    /// What the first upgrades meet, such as "409*3, disconnect:too_many_websockets, no-hello, lost:20s"
    #[arg(long, value_name = "SCRIPT", default_value = "")]
    links: ScriptText<LinkTrouble>,
    /// How an upgrade with a ticket that is unknown, or was used before, is refused
    #[arg(long, value_name = "STATUS", default_value_t = 409)]
    bad_ticket_status: u16,
    /// How many seconds a registration stays after its peer was last heard
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    ghost_timeout: u64,
    /// How many seconds a connection lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 18_060)]
    lifetime: u64,
    /// Close with 1009 at a frame of 20480 bytes or more, in place of dropping it
    #[arg(long)]
    oversize_closes: bool,
    /// End TCP after the closing handshake, in place of holding it
    #[arg(long)]
    end_tcp: bool,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End when the standard input ends
    #[arg(long)]
    leash: bool,
}

impl Args {
    fn settings(&self) -> Settings {
        Settings {
            token: self.token.clone(),
            pace: Pace::times_faster(self.faster),
            rate: (self.burst > 0).then_some(RateLimit { burst: self.burst, ..RateLimit::TIER_1 }),
            bad_ticket_status: self.bad_ticket_status,
            ghost_timeout: Duration::from_secs(self.ghost_timeout),
            lifetime: Duration::from_secs(self.lifetime),
            oversize: if self.oversize_closes { Oversize::Closes } else { Oversize::Dropped },
            after_close: if self.end_tcp { AfterClose::End } else { AfterClose::Hold },
            seed: self.seed,
            ..Settings::default()
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: Args) -> io::Result<()> {
    let slack = FakeSlack::start_on(args.port, args.settings()).await?;
    slack.script_calls(args.calls.0);
    slack.script_links(args.links.0);
    say(&slack.api_url())?;
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        if line.trim().is_empty() {
            continue;
        }
        match line.parse::<Command>().map(|command| command.perform(&slack)) {
            Ok(Some(answer)) => say(&answer)?,
            Ok(None) => return Ok(()),
            Err(error) => say(&error.to_string())?,
        }
    }
    if !args.leash {
        std::future::pending::<()>().await;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The lines of the standard input, read on a thread of its own: a read of it cannot be given up.
fn lines() -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
