//! Owns the made-up modem: a state machine on virtual time, between a UART and a server.

use std::collections::VecDeque;

use crate::at::Uart;
use crate::server::Server;

/// A UART of 115,200 baud holds this much in each direction, and moves this much each millisecond.
const FIFO_BYTES: usize = 64;
const BYTES_PER_MS: usize = 11;
const ANSWER_MS: u64 = 5;
const DIAL_MS: u64 = 40;
const START_MS: u64 = 300;

#[derive(Default)]
pub(crate) struct MadeUp {
    pub(crate) now: u64,
    pub(crate) server: Server,
    to_device: VecDeque<u8>,
    to_modem: VecDeque<u8>,
    /// What it says, when.
    answers: VecDeque<(u64, Vec<u8>)>,
    line: Vec<u8>,
    /// Bytes of a CIPSEND that are yet to come, and those that came.
    raw: Option<(usize, Vec<u8>)>,
    /// Nothing works but the reset line.
    is_hung: bool,
    pub(crate) resets: u32,
}

impl MadeUp {
    /// It has just been switched on.
    pub(crate) fn new() -> Self {
        let mut modem = Self::default();
        modem.starts();
        modem
    }

    fn starts(&mut self) {
        let (now, server, resets) = (self.now, std::mem::take(&mut self.server), self.resets);
        *self = Self { now, server, resets, ..Self::default() };
        self.server.hang_up();
        self.says(START_MS, b"RDY\r\n");
    }

    /// Its supply dips: it starts anew by itself.
    pub(crate) fn browns_out(&mut self) {
        self.starts();
    }

    /// Its firmware gets stuck.
    pub(crate) fn hangs(&mut self) {
        self.is_hung = true;
    }

    /// Whether the UART has something for the device.
    pub(crate) fn has_news(&self) -> bool {
        !self.to_device.is_empty()
    }

    /// A millisecond passes.
    pub(crate) fn tick(&mut self) {
        self.now += 1;
        if self.is_hung {
            return;
        }
        for _ in 0..BYTES_PER_MS {
            let Some(byte) = self.to_modem.pop_front() else { break };
            self.hears(byte);
        }
        self.server.work();
        let data = self.server.take(FIFO_BYTES);
        if !data.is_empty() {
            self.says(0, format!("+IPD,{}:", data.len()).as_bytes());
            self.says(0, &data);
        }
        if self.server.has_hung_up() {
            self.says(0, b"CLOSED\r\n");
        }
        for _ in 0..BYTES_PER_MS {
            let Some((_, bytes)) = self.answers.front_mut().filter(|(at, _)| *at <= self.now) else { break };
            if self.to_device.len() == FIFO_BYTES {
                break;
            }
            self.to_device.push_back(bytes.remove(0));
            if bytes.is_empty() {
                self.answers.pop_front();
            }
        }
    }

    /// Says this, after so long and after what it says before.
    fn says(&mut self, after: u64, bytes: &[u8]) {
        let last = self.answers.back().map_or(0, |(at, _)| *at);
        self.answers.push_back((last.max(self.now + after), bytes.to_vec()));
    }

    fn hears(&mut self, byte: u8) {
        if let Some((left, mut bytes)) = self.raw.take() {
            bytes.push(byte);
            if left > 1 {
                self.raw = Some((left - 1, bytes));
            } else {
                self.server.put(&bytes);
                self.says(ANSWER_MS, b"SEND OK\r\n");
            }
            return;
        }
        self.line.push(byte);
        if byte == b'\n' {
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).trim().to_owned();
            self.obeys(&line);
        }
    }

    fn obeys(&mut self, command: &str) {
        let is_connected = self.server.is_connected();
        match command.split_once('=') {
            None if command == "AT+CIPSTART" && !is_connected => {
                let answer: &[u8] = if self.server.connect() { b"CONNECT OK\r\n" } else { b"CONNECT FAIL\r\n" };
                self.says(DIAL_MS, answer);
            }
            None if command == "AT+CIPCLOSE" && is_connected => {
                self.server.hang_up();
                self.says(ANSWER_MS, b"CLOSE OK\r\n");
            }
            Some(("AT+CIPSEND", len)) if is_connected => {
                self.raw = Some((len.parse().unwrap_or(1), Vec::new()));
                self.says(ANSWER_MS, b"> ");
            }
            _ => self.says(ANSWER_MS, b"ERROR\r\n"),
        }
    }
}

impl Uart for MadeUp {
    fn read(&mut self) -> Option<u8> {
        self.to_device.pop_front()
    }

    fn write(&mut self, byte: u8) -> bool {
        let has_room = self.to_modem.len() < FIFO_BYTES;
        if has_room {
            self.to_modem.push_back(byte);
        }
        has_room
    }

    fn reset(&mut self) {
        self.resets += 1;
        self.starts();
    }
}
