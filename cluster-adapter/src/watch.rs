//! Tells who leads, to whoever takes no part.

use tokio::time::sleep;

use crate::{Engine, Fault, Group, Leader};

/// Tells who leads a group. To be shown, not to decide by: what it tells may be over already.
#[derive(Clone, Debug)]
pub struct Watch<E> {
    engine: E,
    group: Group,
    told: Option<Option<Leader>>,
}

impl<E: Engine> Watch<E> {
    /// Of this group.
    pub const fn new(engine: E, group: Group) -> Self {
        Self { engine, group, told: None }
    }

    /// Who leads, perhaps as it was a moment ago. `None`: nobody.
    ///
    /// # Errors
    /// A fault of the engine's.
    pub async fn leader(&self) -> Result<Option<Leader>, Fault> {
        Ok(self.engine.read(&self.group).await?.leader())
    }

    /// Who leads, when that is another than at the last call; the first call answers at once.
    ///
    /// The end of a lease is seen by nobody but those who look: it is looked every [`Settings::poll`](crate::Settings::poll).
    ///
    /// # Errors
    /// A fault of the engine's; it can be asked again.
    pub async fn changed(&mut self) -> Result<Option<Leader>, Fault> {
        loop {
            let leader = self.leader().await?;
            if self.told.as_ref() != Some(&leader) {
                self.told = Some(leader.clone());
                return Ok(leader);
            }
            sleep(self.engine.settings().poll()).await;
        }
    }
}
