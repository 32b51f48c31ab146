//! What is known of one connection by those who read from it and those who execute for it.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relink_profiles::Profile;
use relink_profiles::graphql::{self as profile, Todo};

use super::operations::Begun;
use crate::CloseCode;
use crate::graphql::{Json, Request, code, pong};
use crate::ws::{Meaning, Sign, Utf8Bytes};

/// How far the client is, and which operations are going on.
#[derive(Debug, Default)]
pub(super) struct Account(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    session: profile::Session,
    /// The payload of `connection_init`, until somebody looks at it.
    init: Option<Json>,
    active: HashSet<Arc<str>>,
    /// What was read in messages that are handed out: one each.
    orders: VecDeque<Order>,
    /// What our Close says, with the code for which that was meant.
    reason: Option<(CloseCode, Arc<str>)>,
}

/// What a client asks for.
#[derive(Debug)]
pub(super) enum Order {
    Begin(Begun),
    End(Arc<str>),
}

impl Account {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a message means; those that begin or end something are for the one who executes.
    pub(super) fn received(&self, text: &Utf8Bytes) -> Meaning {
        let Ok(message) = profile::Server.recognise(text);
        let mut guard = self.lock();
        let State { session, init, active, orders, reason } = &mut *guard;
        match session.receive(message, |id| active.contains(&*id.to_string())) {
            Todo::Authorise { payload } => {
                *init = payload.map(|payload| Json::within(text, payload));
                Meaning::sign(Sign::Accepted)
            }
            Todo::Pong { payload } => pong(payload),
            Todo::Begin { id, payload } => {
                let id: Arc<str> = id.to_string().into();
                active.insert(id.clone());
                orders.push_back(Order::Begin(Begun { id, request: Request::read(payload), bytes: text.len() }));
                Meaning::PAYLOAD
            }
            // Of one that has ended there is nothing to be ended.
            Todo::End { id } => match active.take(&*id.to_string()) {
                Some(id) => {
                    orders.push_back(Order::End(id));
                    Meaning::PAYLOAD
                }
                None => Meaning::LIFE,
            },
            Todo::Nothing => Meaning::LIFE,
            Todo::Close(violation) => {
                let why: Arc<str> = violation.reason().as_str().into();
                *reason = Some((violation.code(), why.clone()));
                Meaning::sign(Sign::Broken(violation.code(), why))
            }
        }
    }

    /// What was read in the next message that is handed out.
    pub(super) fn next_order(&self) -> Option<Order> {
        let orders = &mut self.lock().orders;
        let order = orders.pop_front();
        // A client that asks for nothing more costs nothing more.
        if orders.is_empty() {
            *orders = VecDeque::new();
        }
        order
    }

    /// What the client takes along to be accepted.
    pub(super) fn take_init(&self) -> Option<Json> {
        self.lock().init.take()
    }

    /// The client may come in: false, if it broke the protocol meanwhile.
    pub(super) fn acknowledge(&self) -> bool {
        self.lock().session.acknowledge()
    }

    pub(super) fn is_acknowledged(&self) -> bool {
        self.lock().session.is_acknowledged()
    }

    /// An operation has ended here. False if the client has ended it: then it is not told.
    pub(super) fn ended(&self, id: &str) -> bool {
        self.lock().active.remove(id)
    }

    pub(super) fn set_reason(&self, code: CloseCode, reason: Arc<str>) {
        self.lock().reason.get_or_insert((code, reason));
    }

    pub(super) fn reason(&self, code: CloseCode) -> Option<Arc<str>> {
        let meant = self.lock().reason.clone();
        match meant {
            Some((meant, reason)) if meant == code => Some(reason),
            Some(_) | None if code == code::INIT_TIMEOUT => Some("Connection initialisation timeout".into()),
            Some(_) | None => None,
        }
    }
}
