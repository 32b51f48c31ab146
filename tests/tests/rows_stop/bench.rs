//! Owns the bench that a link is stopped on: alone in the process, on a runtime of its own, its tasks and sockets counted.

use relink_tests::sockets::{descriptors, on_port};
use relink_tokio::Client;
use tokio::runtime::{Builder as RuntimeBuilder, Handle, Runtime};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep, timeout};

use super::*;

/// Sockets are counted for the whole process.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Where links run, and what was there before them.
pub(crate) struct Bench {
    runtime: Option<Runtime>,
    sockets: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Bench {
    pub(crate) async fn new() -> Result<Self, Box<dyn Error>> {
        let alone = ALONE.lock().await;
        let runtime = RuntimeBuilder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { runtime: Some(runtime), sockets: descriptors()?, _alone: alone })
    }

    /// Where the links run.
    pub(crate) fn runtime(&self) -> &Handle {
        self.runtime.as_ref().expect("it is taken only by the drop").handle()
    }

    /// How many tasks the links have.
    pub(crate) fn tasks(&self) -> usize {
        self.runtime().metrics().num_alive_tasks()
    }

    /// Takes the server down and counts what is left: no task of a link, no socket that was not there before.
    pub(crate) async fn is_clean(&self, server: FaultServer) -> Tested {
        drop(server);
        self.is_empty().await
    }

    /// Counts what is left, for a moment: a task that has told of its end is over a little later.
    pub(crate) async fn is_empty(&self) -> Tested {
        self.has_no_task().await?;
        let now = settles(|| Ok(descriptors()?), self.sockets).await?;
        if now == self.sockets { Ok(()) } else { Err(format!("{now} sockets are left where {} were", self.sockets).into()) }
    }

    /// Counts the tasks that are left, for a moment.
    pub(crate) async fn has_no_task(&self) -> Tested {
        let now = settles(|| Ok(self.tasks()), 0).await?;
        if now == 0 { Ok(()) } else { Err(format!("{now} tasks are left").into()) }
    }
}

/// Counts until the count is as wanted, but not for ever.
async fn settles(count: impl Fn() -> Result<usize, Box<dyn Error>>, wanted: usize) -> Result<usize, Box<dyn Error>> {
    let begun = Instant::now();
    loop {
        let now = count()?;
        if now == wanted || begun.elapsed() > SLACK {
            return Ok(now);
        }
        sleep(Duration::from_millis(2)).await;
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Whether a state is of some kind.
pub(crate) type Kind = fn(&LinkState) -> bool;

/// A link in the state in which it is to be stopped.
pub(crate) struct Case {
    /// The row's name.
    pub(crate) name: &'static str,
    /// The state that the link must be in.
    pub(crate) state: Kind,
    /// How many connections it must hold.
    pub(crate) held: usize,
    /// How long the stop takes: the whole of this if the peer does not do its part.
    pub(crate) forced: bool,
    /// What the link must have told in the end.
    pub(crate) told: &'static str,
}

impl Case {
    /// Stops the link on this port and judges it; at the end nothing may be left.
    pub(crate) async fn stop(self, bench: &Bench, watched: Watched, server: FaultServer) -> Tested {
        self.stop_beside(bench, watched, server.port(), 0).await?;
        bench.is_clean(server).await
    }

    /// The same, where others have dialled this port as well.
    pub(crate) async fn stop_beside(&self, bench: &Bench, watched: Watched, port: u16, others: usize) -> Tested {
        let name = self.name;
        let client = watched.client().clone();
        assert!((self.state)(&client.state()), "{name}: {:?}", client.state());
        assert_eq!(dialled(port)?, self.held + others, "{name}: connections held");
        assert_eq!(bench.tasks(), 1, "{name}: one link is one task");
        let began = Instant::now();
        timeout(PATIENCE, client.stop()).await?;
        let took = began.elapsed();
        let left = dialled(port)? - others;
        let contract = if self.forced { CLOSING.as_duration() } else { Duration::ZERO };
        row(&format!("stop {name}"), format_args!("{}, {left} sockets left", millis(took)), with_slack(contract));
        assert!(takes(took, contract), "{name}");
        assert_eq!(left, 0, "{name}: no socket is left when it says that it is over");
        assert!(matches!(client.state(), LinkState::Shutdown { .. }));
        assert_eq!(watched.end().await?.shape(), self.told, "{name}");
        Ok(())
    }
}

/// Waits until the link is in a state of this kind.
pub(crate) async fn reaches<M>(client: &Client<M>, wanted: Kind) -> Tested {
    let mut states = client.states();
    let reached = async {
        let mut state = states.get();
        while !wanted(&state) {
            state = states.changed().await.ok_or("the link ended before")?;
        }
        Ok::<_, Box<dyn Error>>(())
    };
    timeout(PATIENCE, reached).await?
}

/// How many sockets of this process have dialled this port.
pub(crate) fn dialled(port: u16) -> std::io::Result<usize> {
    on_port(port).map(|sockets| sockets.dialled)
}
