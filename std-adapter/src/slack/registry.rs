//! The apps of this process by their tokens: the same token twice is one set of links.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::SocketMode;
use super::socket_mode::WeakSocketMode;

/// An endpoint and a token.
type Key = (String, String);

static APPS: Mutex<Option<HashMap<Key, WeakSocketMode>>> = Mutex::new(None);

/// The app of this key, if there is one, or the one that is made.
pub(super) fn shared<E>(key: Key, make: impl FnOnce() -> Result<SocketMode, E>) -> Result<SocketMode, E> {
    let mut apps = APPS.lock().unwrap_or_else(PoisonError::into_inner);
    let apps = apps.get_or_insert_default();
    apps.retain(|_, app| app.upgrade().is_some());
    if let Some(app) = apps.get(&key).and_then(WeakSocketMode::upgrade) {
        return Ok(app);
    }
    let app = make()?;
    apps.insert(key, app.downgrade());
    Ok(app)
}
