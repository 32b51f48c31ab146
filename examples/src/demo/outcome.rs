//! Owns what came of a scene: what others do, what relink did, and which bounds were met.

/// What came of a scene.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// What others do.
    pub(crate) others: Vec<Other>,
    /// What relink did, as it was measured.
    pub(crate) relink: Vec<String>,
    /// What was promised.
    pub(crate) bounds: Vec<Bound>,
}

/// What another client does.
#[derive(Clone, Debug)]
pub(crate) enum Other {
    /// As it was measured in this run.
    Measured(String),
    /// As it was measured or read earlier; not in this run.
    Quoted(&'static str),
}

/// A promise, and whether it was kept.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    /// What was promised.
    pub(crate) text: String,
    /// Whether it was kept.
    pub(crate) met: bool,
}

impl Outcome {
    /// The outcome of a scene that did not come to its end.
    pub(crate) fn failed(why: &str) -> Self {
        let what = why.lines().next().unwrap_or("no reason").to_owned();
        Self { relink: vec![what], bounds: vec![Bound::new("plays to its end", false)], ..Self::default() }
    }
}

impl Bound {
    /// A promise, and whether it was kept.
    pub(crate) fn new(text: impl Into<String>, met: bool) -> Self {
        Self { text: text.into(), met }
    }
}
