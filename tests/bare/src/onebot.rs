//! Owns the bare library of OneBot's profile, both sides of it: reads whatever a peer sends, writes each message.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::{Millis, Report, Verdict};
use relink_profiles::onebot::write::{self, Echo, Health};
use relink_profiles::onebot::{Application, Implementation, Incoming, Request, Role, SelfId, Stage, Status, echo, retcode, token};
use relink_profiles::{Ending, Profile};

/// Recognises a message to an application, says what it means to the link, and which of our calls it answers.
#[unsafe(no_mangle)]
pub fn relink_onebot_receive(text: &str, report: &mut Option<Report>) -> Option<u64> {
    let incoming = Application.recognise(text).ok()?;
    *report = Application::report(&incoming);
    match incoming {
        Incoming::Response(response) => response.call(),
        Incoming::Lifecycle(_) | Incoming::Heartbeat(_) | Incoming::Event(_) => None,
    }
}

/// Recognises a message to an implementation, and answers it: the bytes to send.
#[unsafe(no_mangle)]
pub fn relink_onebot_answer(text: &str, buffer: &mut [u8]) -> usize {
    let Ok(request) = Implementation.recognise(text);
    let (status, code, data) = match request {
        Request::Action(action) => (Status::Ok, retcode::OK, action.params),
        Request::Malformed(_) => (Status::Failed, retcode::BAD_REQUEST, None),
    };
    write::response(buffer, status, code, data, Echo::from(request.echo())).map_or(0, str::len)
}

/// Asks for an action.
#[unsafe(no_mangle)]
pub fn relink_onebot_call(action: &str, params: &str, number: u64, buffer: &mut [u8]) -> usize {
    write::action(buffer, action, Some(params), Echo::Call(number)).map_or(0, str::len)
}

/// Whether an echo is the one that was sent.
#[unsafe(no_mangle)]
pub fn relink_onebot_is_same(sent: &str, came: &str) -> bool {
    echo::is_same(sent, came)
}

/// Writes a heartbeat.
#[unsafe(no_mangle)]
pub fn relink_onebot_heartbeat(health: Health, interval: Millis, time: i64, self_id: SelfId, buffer: &mut [u8]) -> usize {
    write::heartbeat(buffer, health, interval, time, self_id).map_or(0, str::len)
}

/// Writes what happens in an implementation's life.
#[unsafe(no_mangle)]
pub fn relink_onebot_lifecycle(stage: Stage<'_>, time: i64, self_id: SelfId, buffer: &mut [u8]) -> usize {
    write::lifecycle(buffer, stage, time, self_id).map_or(0, str::len)
}

/// Decides on an opening handshake: the status to refuse it with.
#[unsafe(no_mangle)]
pub fn relink_onebot_access(secret: &str, header: Option<&str>, query: Option<&str>) -> Option<u16> {
    token::check(secret, header, query).refused()
}

/// Who dials, and what is offered.
#[unsafe(no_mangle)]
pub fn relink_onebot_dialled_by(self_id: &str, role: &str, path: &str) -> (Option<SelfId>, Option<Role>, Option<Role>) {
    (SelfId::in_header(self_id), Role::in_header(role), Role::of_path(path))
}

/// Judges an ending, to either side.
#[unsafe(no_mangle)]
pub fn relink_onebot_judge(ending: &Ending<'_>) -> [Option<Verdict>; 2] {
    [Application.verdict(*ending), Implementation.verdict(*ending)]
}
