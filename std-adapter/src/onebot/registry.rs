//! Which connections an account has: found in the server's registry, by its number and what the connection is for.

use std::sync::Arc;

use relink_core::registry::Key;

use super::calls::Calls;
use super::protocol::ApplicationProtocol;
use super::{Role, SelfId};
use crate::server::{About, Server};

/// Who a connection is, to the registry: the newest of each name serves.
pub(super) fn name(self_id: SelfId, role: Role) -> String {
    format!("{self_id} {}", role.header())
}

/// The account of a connection, and what it is for.
#[derive(Clone)]
pub(super) struct Who {
    pub(super) self_id: SelfId,
    pub(super) role: Role,
    pub(super) calls: Arc<Calls>,
}

impl Who {
    pub(super) fn of(about: &About) -> Option<&Self> {
        about.get()
    }
}

/// The connections that serve for an account now.
pub(super) fn keys(server: &Server<ApplicationProtocol>, self_id: SelfId) -> impl Iterator<Item = Key> {
    [Role::Universal, Role::Api, Role::Event].into_iter().filter_map(move |role| server.find(&name(self_id, role)))
}

/// Where an account takes actions.
pub(super) fn calls(server: &Server<ApplicationProtocol>, self_id: SelfId) -> Option<Arc<Calls>> {
    let about = keys(server, self_id).filter_map(|key| server.about(key));
    about.filter_map(|about| Who::of(&about).filter(|who| who.role.takes_actions()).map(|who| who.calls.clone())).next()
}
