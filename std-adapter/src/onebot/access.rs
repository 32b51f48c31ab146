//! The access token: shown by who dials, checked by who is dialled.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use relink_core::CloseCode;
use relink_profiles::onebot::token::{self, Access};

use crate::ending::RequestFault;
use crate::server::{About, Admission, Rejection, Server, Upgrade};
use crate::ws::{Protocol, Request};

pub(super) fn in_header(request: Request, token: &str) -> Result<Request, RequestFault> {
    request.header(token::HEADER, &format!("Bearer {token}"))
}

pub(super) fn in_query(request: &Request, token: &str) -> Result<Request, RequestFault> {
    let url = request.url();
    let sign = if url.contains('?') { '&' } else { '?' };
    let token = utf8_percent_encode(token, NON_ALPHANUMERIC);
    let with_token = Request::new(&format!("{url}{sign}{}={token}", token::PARAMETER))?;
    request.headers().try_fold(with_token, |request, (name, value)| request.header(name, &String::from_utf8_lossy(value)))
}

/// The path of a request, and its query.
pub(super) fn path(request: &Request) -> Option<String> {
    let url = request.url();
    let (_, rest) = url.split_once("://")?;
    rest.find('/').and_then(|at| rest.get(at..)).map(Into::into)
}

/// Who may come in: those who know the token, or everybody if there is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Door(Arc<Mutex<Lock>>);

#[derive(Default)]
struct Lock {
    token: Option<Box<str>>,
    changes: u64,
}

/// Which token was shown: as many changes later than the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown(u64);

impl Door {
    fn lock(&self) -> MutexGuard<'_, Lock> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, token: Option<String>) {
        self.lock().token = token.map(Into::into);
    }

    /// Lets those in who show the token, in the header or in the query.
    pub(super) fn check(&self, upgrade: &Upgrade) -> Result<Admission, Rejection> {
        let lock = self.lock();
        let admission = Admission::new().with(Shown(lock.changes));
        let Some(token) = &lock.token else { return Ok(admission) };
        match token::check(token, upgrade.header(token::HEADER), upgrade.uri().query()) {
            Access::Granted => Ok(admission),
            Access::Missing => Err(Rejection::unauthorized("a token is needed: Authorization: Bearer …, or ?access_token=…")),
            Access::Wrong => Err(Rejection::forbidden("this token is not valid here")),
        }
    }

    /// Changes the token, and ends those who have shown another one with 1008. Says how many.
    pub(super) fn change<P: Protocol>(&self, token: Option<String>, server: &Server<P>) -> usize {
        {
            let mut lock = self.lock();
            if lock.token.as_deref() == token.as_deref() {
                return 0;
            }
            lock.token = token.map(Into::into);
            lock.changes += 1;
        }
        let door = self.clone();
        server.end_where(CloseCode::POLICY, move |about| about.get::<Shown>().is_some() && !door.is_current(about))
    }

    fn is_current(&self, about: &About) -> bool {
        about.get::<Shown>() == Some(&Shown(self.lock().changes))
    }
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lock").field("token", &self.token.is_some()).field("changes", &self.changes).finish()
    }
}
