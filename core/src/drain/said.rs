//! The vocabulary of a drain: what can be told to it, and what it asks for. `K` names a connection.

/// Something that happened, told to [`Drain::step`](super::Drain::step).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event<K> {
    /// The user wants all connections ended, as planned.
    Begin,
    /// This connection is there: told of each one after Begin, and of one that was being admitted just then.
    Joined(K),
    /// This connection has ended, whoever wanted it.
    Ended(K),
    /// This connection has ended, because its transport had to be dropped: it did not answer in its own time.
    Dropped(K),
    /// The user wants all connections ended now.
    Force,
    /// The clock may have passed [`Drain::deadline`](super::Drain::deadline). Always safe to send.
    Timeout,
}

/// The one thing a shell must do after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Action<K> {
    /// Admit nobody any more.
    Refuse,
    /// Tell this connection that it will be closed.
    Farewell(K),
    /// Close this connection: what is in hand was given its time.
    Close(K),
    /// Drop this connection's transport now. What becomes of it no longer matters here.
    Force(K),
    /// It is over: nobody is left. Asked for once.
    Drained(Tally),
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an action that is not performed leaves the drain waiting for its effect"]
pub enum Reaction<K> {
    /// Perform this action.
    Do(Action<K>),
    /// Taken into account; nothing to perform.
    Wait,
    /// Means nothing here: the drain is unchanged.
    Ignored,
}

/// How the connections ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tally {
    /// By themselves, or with a closing handshake.
    pub graceful: u32,
    /// Their transports had to be dropped.
    pub forced: u32,
}
