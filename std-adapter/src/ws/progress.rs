//! The note of how far an attempt has come, read when its deadline passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::ending::Stage;

#[derive(Clone, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

const STAGES: [Stage; 6] = [Stage::Unknown, Stage::Url, Stage::Dns, Stage::Dial, Stage::Tls, Stage::Upgrade];

impl Progress {
    pub(super) fn set(&self, stage: Stage) {
        self.0.store(stage as u8, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Stage {
        let noted = self.0.load(Ordering::Relaxed);
        STAGES.into_iter().find(|&stage| stage as u8 == noted).unwrap_or_default()
    }
}
