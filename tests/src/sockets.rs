//! Owns the count of this process's own TCP sockets, for tests that must show that none was left (Linux only).

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;
use std::{fs, io};

use tokio::time::Instant;

/// A TCP socket over IPv4 of which this process holds a file descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Our end.
    pub local: SocketAddrV4,
    /// The other end; `0.0.0.0:0` while there is none.
    pub remote: SocketAddrV4,
    /// The state as the kernel's number: 1 is ESTABLISHED, 8 CLOSE_WAIT, 10 LISTEN (`include/net/tcp_states.h`).
    pub state: u8,
}

/// How this process's sockets have to do with one port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sockets {
    /// Sockets that dialled, or are dialling, this port.
    pub dialled: usize,
    /// Sockets that were accepted on this port.
    pub accepted: usize,
    /// Sockets that listen on this port.
    pub listening: usize,
}

impl Sockets {
    /// No socket at all.
    pub const NONE: Self = Self { dialled: 0, accepted: 0, listening: 0 };
}

/// LISTEN in `include/net/tcp_states.h`.
const LISTEN: u8 = 10;
/// How often a count is repeated while it is waited for.
const AGAIN: Duration = Duration::from_millis(2);

/// The sockets of this process that have to do with this port, on whatever address.
///
/// A socket whose connection was reset, or never came up, stands in no table of the kernel's any more, though its descriptor
/// may still be held: [`descriptors`] counts those too.
///
/// # Errors
/// If `/proc` cannot be read, such as on a system without it.
pub fn on_port(port: u16) -> io::Result<Sockets> {
    let mut count = Sockets::default();
    for socket in own()? {
        count.dialled += usize::from(socket.remote.port() == port);
        count.accepted += usize::from(socket.local.port() == port && socket.remote.port() != 0);
        count.listening += usize::from(socket.local.port() == port && socket.state == LISTEN);
    }
    Ok(count)
}

/// Counts until the sockets are as `wanted` twice in a row, for at most `patience`, and gives the last count: tasks that were
/// told to end let their sockets go a moment later, and a table that changes while it is read may miss a socket once.
///
/// # Errors
/// If `/proc` cannot be read.
pub async fn settled(port: u16, patience: Duration, wanted: impl Fn(Sockets) -> bool) -> io::Result<Sockets> {
    let begun = Instant::now();
    let mut as_wanted = false;
    loop {
        let count = on_port(port)?;
        let before = std::mem::replace(&mut as_wanted, wanted(count));
        if (as_wanted && before) || begun.elapsed() > patience {
            return Ok(count);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The TCP sockets over IPv4 of this process.
///
/// # Errors
/// If `/proc` cannot be read.
pub fn own() -> io::Result<Vec<Socket>> {
    let table = fs::read_to_string("/proc/self/net/tcp")?;
    let inodes = own_inodes()?;
    // The kernel gives its table page by page; one that changes meanwhile shows a socket on two of them.
    let sockets: BTreeMap<_, _> = table.lines().skip(1).filter_map(parse).filter(|(inode, _)| inodes.contains(inode)).collect();
    Ok(sockets.into_values().collect())
}

/// The sockets of whatever kind of which this process holds a descriptor, dead ones too.
///
/// # Errors
/// If `/proc` cannot be read.
pub fn descriptors() -> io::Result<usize> {
    Ok(own_inodes()?.len())
}

/// The inodes of all sockets among the open file descriptors, of whatever kind.
fn own_inodes() -> io::Result<BTreeSet<u64>> {
    let mut inodes = BTreeSet::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        // A descriptor that was closed since the folder was read is none of ours any more.
        let Ok(target) = fs::read_link(entry?.path()) else { continue };
        let inode: Option<u64> = target.to_str().and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
        inodes.extend(inode);
    }
    Ok(inodes)
}

/// Inode and socket of one line of `/proc/net/tcp` (Documentation/networking/proc_net_tcp.rst).
fn parse(line: &str) -> Option<(u64, Socket)> {
    let mut fields = line.split_whitespace().skip(1);
    let (local, remote) = (address(fields.next()?)?, address(fields.next()?)?);
    let state = u8::from_str_radix(fields.next()?, 16).ok()?;
    let inode = fields.nth(5)?.parse().ok()?;
    Some((inode, Socket { local, remote, state }))
}

/// `0100007F:1F90`: the address as the machine holds it in memory, the port as a number.
fn address(text: &str) -> Option<SocketAddrV4> {
    let (ip, port) = text.split_once(':')?;
    let ip = u32::from_str_radix(ip, 16).ok()?.to_ne_bytes();
    Some(SocketAddrV4::new(Ipv4Addr::from(ip), u16::from_str_radix(port, 16).ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_line_of_the_kernel_is_understood() {
        let line = "   0: 0100007F:1F90 0200007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 26427 1 000 20 4 30 10 -1";
        let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080);
        let remote = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 2), 0xC001);
        if cfg!(target_endian = "little") {
            assert_eq!(parse(line), Some((26427, Socket { local, remote, state: 1 })));
        }
        assert_eq!(parse("  sl  local_address rem_address   st"), None);
    }

    #[test]
    fn sockets_are_counted_as_they_come_and_go() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        assert_eq!(on_port(port)?, Sockets { listening: 1, ..Sockets::NONE });

        let dialled = TcpStream::connect(("127.0.0.1", port))?;
        let (accepted, _) = listener.accept()?;
        assert_eq!(on_port(port)?, Sockets { dialled: 1, accepted: 1, listening: 1 });

        // Half closed is still held.
        dialled.shutdown(std::net::Shutdown::Both)?;
        assert_eq!(on_port(port)?, Sockets { dialled: 1, accepted: 1, listening: 1 });
        drop(dialled);
        assert_eq!(on_port(port)?, Sockets { dialled: 0, accepted: 1, listening: 1 });
        drop((accepted, listener));
        assert_eq!(on_port(port)?, Sockets::NONE);
        Ok(())
    }
}
