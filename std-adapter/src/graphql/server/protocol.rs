//! What is spoken on an accepted connection, as the link sees it.

use std::sync::Arc;

use relink_profiles::Profile;
use relink_profiles::graphql as profile;

use super::account::Account;
use crate::CloseCode;
use crate::graphql::code;
use crate::server::About;
use crate::ws::{Meaning, Message, Opened, Protocol, Sign};

/// What is spoken on an accepted connection.
#[derive(Clone, Debug, Default)]
pub struct ServerProtocol {
    account: Option<Arc<Account>>,
}

impl Protocol for ServerProtocol {
    fn subprotocols(&self) -> &[&'static str] {
        profile::Server::SUBPROTOCOLS
    }

    fn admitted(&mut self, about: &About) {
        self.account = about.get::<Arc<Account>>().cloned();
    }

    fn objection(&mut self, opened: &Opened) -> Option<(CloseCode, Arc<str>)> {
        let is_spoken = opened.subprotocol.as_deref().is_some_and(|name| self.subprotocols().contains(&name));
        (!is_spoken).then(|| {
            let objection = (code::SUBPROTOCOL_NOT_ACCEPTABLE, Arc::<str>::from("Subprotocol not acceptable"));
            if let Some(account) = &self.account {
                account.set_reason(objection.0, objection.1.clone());
            }
            objection
        })
    }

    fn recognise(&mut self, message: &Message) -> Meaning {
        match (&self.account, message) {
            (Some(account), Message::Text(text)) => account.received(text),
            (Some(account), Message::Binary(_)) => {
                let why: Arc<str> = "Invalid message: it is not text".into();
                account.set_reason(code::BAD_REQUEST, why.clone());
                Meaning::sign(Sign::Broken(code::BAD_REQUEST, why))
            }
            (None, _) => Meaning::LIFE,
        }
    }

    fn reason(&self, code: CloseCode) -> Option<Arc<str>> {
        self.account.as_ref()?.reason(code)
    }
}
