//! Owns the NATS servers: started, killed, stopped, cut off from each other, and asked who leads.

use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::Duration;

use async_nats::{ServerAddr, jetstream};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::process::Process;
use crate::proxy::Proxy;
use crate::stage::{Outcome, PATIENCE, Stage};

/// One server, or a cluster whose servers reach each other through proxies.
pub(crate) struct Servers {
    servers: Vec<Server>,
}

struct Server {
    port: u16,
    route: u16,
    /// In front of the port that the other servers dial.
    gate: Proxy,
    process: Option<Process>,
}

impl Servers {
    /// Starts so many, and waits until they answer.
    pub(crate) async fn start(stage: &Stage, count: usize) -> Outcome<Self> {
        let mut servers = Vec::new();
        for _ in 0..count {
            let (port, route) = (free_port().await?, free_port().await?);
            servers.push(Server { port, route, gate: Proxy::start(route).await?, process: None });
        }
        let mut all = Self { servers };
        for number in 0..count {
            all.run(stage, number)?;
        }
        all.answering(PATIENCE).await?;
        Ok(all)
    }

    /// Starts a server, on what it had stored before.
    pub(crate) fn run(&mut self, stage: &Stage, number: usize) -> Outcome<()> {
        let gates: Vec<_> = self.servers.iter().map(|server| format!("nats://{}", server.gate.address())).collect();
        let server = &mut self.servers[number];
        let mut command = Command::new(&stage.nats);
        let store = stage.scratch.join(format!("store-{number}"));
        command.args(["--addr", "127.0.0.1", "--port", &server.port.to_string(), "--name", &name(number), "--jetstream", "--store_dir"]);
        command.arg(store);
        if gates.len() > 1 {
            let (route, gate) = (format!("nats://127.0.0.1:{}", server.route), server.gate.address().to_string());
            command.args(["--cluster_name", "relink", "--cluster", &route, "--cluster_advertise", &gate, "--no_advertise"]);
            command.args(["--routes", &gates.join(",")]);
        }
        let log = std::fs::File::options().create(true).append(true).open(stage.scratch.join(format!("server-{number}.log")))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        server.process = Some(Process::start(format!("server {number}"), &mut command)?);
        Ok(())
    }

    pub(crate) fn count(&self) -> usize {
        self.servers.len()
    }

    /// The ports that clients dial.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.servers.iter().map(|server| server.port).collect()
    }

    /// Sends a signal; after `KILL` and `TERM` the server has ended when this returns.
    pub(crate) async fn signal(&mut self, number: usize, name: &str) -> Outcome<()> {
        let slot = &mut self.servers[number].process;
        let Some(process) = slot else { return Err(format!("server {number} does not run").into()) };
        process.signal(name).await?;
        if matches!(name, "KILL" | "TERM") {
            process.ended(PATIENCE).await?;
            *slot = None;
        }
        Ok(())
    }

    /// Cuts a server off from the others, or lets it join them again. Clients still reach it.
    pub(crate) fn isolate(&self, number: usize, is_isolated: bool) {
        use crate::proxy::Mode::{Frozen, Open};
        for (other, server) in self.servers.iter().enumerate() {
            if other == number {
                server.gate.set(if is_isolated { Frozen } else { Open });
            } else {
                server.gate.freeze(&name(number), is_isolated);
            }
        }
    }

    /// A client of a server that runs.
    pub(crate) async fn client(&self) -> Outcome<async_nats::Client> {
        let running: Vec<_> = self.servers.iter().filter(|server| server.process.is_some()).collect();
        let addresses = running.iter().map(|server| format!("nats://127.0.0.1:{}", server.port).parse::<ServerAddr>());
        Ok(async_nats::connect(addresses.collect::<Result<Vec<_>, _>>()?).await?)
    }

    /// Which server leads the stream. Asked of each server until one answers that has a quorum.
    pub(crate) async fn leader(&self, stream: &str) -> Outcome<usize> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Ok(Ok(leader)) = timeout(Duration::from_secs(2), self.leader_now(stream)).await {
                return Ok(leader);
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err(format!("{stream} has no leader").into())
    }

    async fn leader_now(&self, stream: &str) -> Outcome<usize> {
        let context = jetstream::new(self.client().await?);
        let mut stream = context.get_stream(stream).await?;
        let leader = stream.info().await?.cluster.as_ref().and_then(|cluster| cluster.leader.clone());
        let number = leader.and_then(|leader| (0..self.count()).find(|number| name(*number) == leader));
        Ok(number.ok_or("it has no leader")?)
    }

    /// Waits until JetStream answers.
    pub(crate) async fn answering(&self, patience: Duration) -> Outcome<()> {
        let began = Instant::now();
        while began.elapsed() < patience {
            let asked = async { Outcome::Ok(jetstream::new(self.client().await?).query_account().await?) };
            if let Ok(Ok(_)) = timeout(Duration::from_secs(2), asked).await {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err(format!("JetStream does not answer within {patience:?}").into())
    }
}

fn name(number: usize) -> String {
    format!("n{number}")
}

/// Free a moment ago.
async fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port())
}
