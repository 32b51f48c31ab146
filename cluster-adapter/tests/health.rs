//! What a process shows over HTTP, asked over a real socket.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use relink_cluster::health::Health;
use relink_cluster::{Condition, Count, Election, Group, Holder, InProcess, Observed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

#[derive(Clone)]
struct Part(Arc<Mutex<Condition>>);

impl Part {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Condition::Ready)))
    }

    fn is(&self, condition: Condition) {
        *self.0.lock().unwrap() = condition;
    }
}

impl Observed for Part {
    fn condition(&self) -> Condition {
        self.0.lock().unwrap().clone()
    }

    fn warnings(&self) -> Vec<Cow<'static, str>> {
        vec!["a ghost is registered".into()]
    }

    fn counts(&self) -> Vec<Count> {
        vec![Count::counter("part_total", "Parts", 7)]
    }
}

struct Server {
    address: String,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn new(health: &Health) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { address, task: tokio::spawn(health.clone().serve(listener)) }
    }

    /// The status, and all of the answer.
    async fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path).await.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn a_part_that_is_not_ready_shows_and_one_that_is_dead_ends_the_process() {
    let (health, part) = (Health::default(), Part::new());
    let server = Server::new(&health).await;
    assert_eq!((server.status("/live").await, server.status("/ready").await), (200, 200), "no parts, nothing amiss");
    health.add("part", part.clone());
    health.add("other", Part::new());
    let (status, answer) = server.get("/ready").await;
    assert!(status == 200 && answer.contains("part: ready\npart: warning: a ghost is registered\nother: ready\n"), "{answer}");

    part.is(Condition::Unready("the link is down".into()));
    let (status, answer) = server.get("/ready").await;
    assert!(status == 503 && answer.contains("part: not ready: the link is down\n"), "{answer}");
    assert_eq!(server.status("/live").await, 200, "a new process would not fare better");

    part.is(Condition::Dead("its task has panicked".into()));
    assert_eq!((server.status("/live").await, server.status("/ready").await), (503, 503));
    part.is(Condition::Ready);
    health.drain();
    let (status, answer) = server.get("/ready").await;
    assert!(status == 503 && answer.contains("about to end"), "{answer}");
    assert_eq!((server.status("/live").await, server.status("/nothing").await), (200, 404));
}

#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let health = Health::default();
    health.add("part", Part::new());
    let election = Election::builder(InProcess::default(), Group::new("eu").unwrap(), Holder::new("a").unwrap()).spawn();
    health.add("election", election.clone());
    health.also(|| "# TYPE mine gauge\nmine 1\n".into());
    let lead = election.elected().await.unwrap();
    let server = Server::new(&health).await;
    let (status, answer) = server.get("/metrics").await;
    assert!(status == 200 && answer.contains("content-type: text/plain; version=0.0.4"), "{answer}");
    for line in [
        "relink_ready{part=\"election\"} 1",
        "relink_warnings{part=\"part\"} 1",
        "relink_election_leader{group=\"eu\"} 1",
        "relink_election_leads_total{group=\"eu\"} 1",
        "# TYPE relink_election_leads_total counter",
        "part_total 7",
        "mine 1",
    ] {
        assert!(answer.lines().any(|have| have == line), "{line}: {answer}");
    }
    drop(lead);
    election.stop().await;
    let (_, answer) = server.get("/metrics").await;
    assert!(answer.contains("\nrelink_election_leader{group=\"eu\"} 0\n") && answer.contains("relink_ready{part=\"election\"} 0\n"));
    assert_eq!(server.status("/ready").await, 503, "it takes no part any more");
}
