//! Owns a client that echoes: the whole embedded shell on the board, before a server that runs Autobahn's cases.
//!
//! Command line: `cases PORT`. Each case is a link of its own that does not redial.
#![no_std]
#![no_main]

use core::cell::Cell;

use embassy_executor::Spawner;
use embassy_net::Stack;
use embassy_net::tcp::TcpSocket;
use embassy_time::{Duration, with_timeout};
use heapless::String;
use platform::{host, stack};
use relink_core::{Config, Millis, Single, WhenFull};
use relink_embedded::embassy::{EmbassyClock, TcpDialler};
use relink_embedded::wire::{Message, Request};
use relink_embedded::{Client, Event, Line, Session, WhenTooLarge, run_single};
use relink_firmware::{HOST, entropy, start};
use relink_profiles::plain::Plain;
use static_cell::ConstStaticCell;

/// The longest message of the cases is of 65,536 bytes.
const BYTES_MAX: usize = 96 << 10;
const AGENT: &str = "relink-firmware";

/// The memory of one line.
struct Buffers {
    tcp_receive: [u8; 4096],
    tcp_send: [u8; 4096],
    receive: [u8; BYTES_MAX],
    send: [u8; BYTES_MAX],
}

impl Buffers {
    const NEW: Self = Self { tcp_receive: [0; 4096], tcp_send: [0; 4096], receive: [0; BYTES_MAX], send: [0; BYTES_MAX] };
}

#[platform::entry]
fn main() -> ! {
    platform::run(|spawner| spawner.spawn(cases(spawner).expect("the first task has room")))
}

#[embassy_executor::task]
async fn cases(spawner: Spawner) {
    static BUFFERS: ConstStaticCell<Buffers> = ConstStaticCell::new(Buffers::NEW);
    let Some(port) = host::argument(1, |word| word.parse().ok()) else {
        host::println!("the command line is: cases PORT");
        host::exit(2)
    };
    let buffers = BUFFERS.take();
    let network = start(spawner);
    let count = Cell::new(0_u32);
    connection(network, buffers, port, "/getCaseCount", |text| count.set(text.parse().unwrap_or_default())).await;
    for case in 1..=count.get() {
        let mut path = String::<64>::new();
        core::fmt::write(&mut path, format_args!("/runCase?case={case}&agent={AGENT}")).expect("the path has room");
        connection(network, buffers, port, &path, |_| {}).await;
    }
    connection(network, buffers, port, "/updateReports?agent=relink-firmware", |_| {}).await;
    host::println!("ran {} cases; stack: {} of {} bytes", count.get(), stack::high_water(), stack::size());
    host::exit(0)
}

/// One connection, from its dial to its end; `heard` is given each text before it goes back.
async fn connection(network: Stack<'_>, buffers: &mut Buffers, port: u16, path: &str, mut heard: impl FnMut(&str)) {
    let client = Client::<1, 1>::new(1, WhenFull::Refuse);
    let socket = TcpSocket::new(network, &mut buffers.tcp_receive, &mut buffers.tcp_send);
    let dialler = TcpDialler::new(socket, (HOST, port), Request { host: "10.0.2.2", path, ..Request::default() });
    let mut line: Line<_> = Line::new(dialler, &mut buffers.receive, &mut buffers.send, &client).expect("the buffers are long enough");
    // A server that shares its processor with two boards may take its time to end the connection; to end it first is a failure.
    let config = Config { redial: false, ping_after: Millis::ZERO, closing_timeout: Millis::from_secs(10), ..Config::DEFAULT };
    let user = |event: Event<'_, Plain>| {
        if let Event::Message { message, reply, .. } = event {
            if let Message::Text(text) = message {
                heard(text);
            }
            // After our Close nothing goes back.
            let _ = reply.send(message);
        }
    };
    let mut session: Session<_, _, _, Single> =
        Session::new(config, Plain, user, entropy as fn(&mut [u8])).when_too_large(WhenTooLarge::Close);
    run_single(&mut session, &client, &EmbassyClock, &mut line).await;
    // The socket is dropped with the line, and with it what it has not sent.
    let _in_time = with_timeout(Duration::from_secs(1), line.dialler_mut().settle()).await;
}
