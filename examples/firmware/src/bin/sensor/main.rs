//! Owns a sensor that says a reading every so often and obeys commands, with acknowledgements both ways, over a link that is kept alive.
//!
//! Its console is its timeline: each step of the link as a line of a scenario, what its user is told as comments. The
//! command line is in `settings.rs`, the protocol in `protocol.rs`.
#![no_std]
#![no_main]

mod device;
mod protocol;
mod settings;

use device::{Device, Handle, Owner};
use embassy_executor::Spawner;
use embassy_futures::select::select;
use embassy_net::Stack;
use embassy_net::tcp::TcpSocket;
use embassy_time::Duration;
use platform::{host, stack};
use relink_core::{Overlap, Single, WhenFull};
use relink_embedded::embassy::{EmbassyClock, TcpDialler};
use relink_embedded::record::Recorder;
use relink_embedded::wire::Request;
use relink_embedded::{Line, Session, run, run_single};
use relink_firmware::{HOST, entropy, start};

use crate::protocol::Sensor;
use crate::settings::Settings;

/// Buffers of one line: those of its TCP socket, and those of its WebSocket.
struct Buffers {
    tcp_receive: [u8; 1024],
    tcp_send: [u8; 1024],
    receive: [u8; 512],
    send: [u8; 512],
}

impl Buffers {
    const fn new() -> Self {
        Self { tcp_receive: [0; 1024], tcp_send: [0; 1024], receive: [0; 512], send: [0; 512] }
    }
}

#[platform::entry]
fn main() -> ! {
    platform::run(|spawner| spawner.spawn(sensor(spawner).expect("the first task has room")))
}

#[embassy_executor::task]
async fn sensor(spawner: Spawner) {
    let Some(settings) = Settings::read() else {
        host::println!("the command line is: sensor PORT EVERY COUNT link KEY=VALUE…");
        host::exit(2)
    };
    let stack = start(spawner);
    let mut buffers = [Buffers::new(), Buffers::new()];
    let device = Device::new();
    let client = Handle::new(1024, WhenFull::Refuse);
    let samples = device.sample(&client, Duration::from_millis(settings.every_ms.into()), settings.count);
    let owner = Owner { device: &device, client: &client };
    let link = async {
        let lines = buffers.each_mut().map(|buffers| line(stack, buffers, settings.port, &client));
        keep(lines, &settings, owner, &client).await;
    };
    select(link, samples).await;
    report(&device, &client);
    host::exit(0)
}

/// A TCP socket and a WebSocket in these buffers.
fn line<'b>(stack: Stack<'b>, buffers: &'b mut Buffers, port: u16, client: &Handle) -> Line<'b, TcpDialler<'b>> {
    let socket = TcpSocket::new(stack, &mut buffers.tcp_receive, &mut buffers.tcp_send);
    let request = Request { host: "10.0.2.2", path: "/", ..Request::default() };
    let dialler = TcpDialler::new(socket, (HOST, port), request);
    Line::new(dialler, &mut buffers.receive, &mut buffers.send, client).expect("the buffers are long enough for the longest message")
}

/// Keeps the link until it ends.
async fn keep(lines: [Line<'_, TcpDialler<'_>>; 2], settings: &Settings, owner: Owner<'_>, client: &Handle) {
    let [mut first, mut second] = lines;
    let config = settings.link.config;
    let end = if settings.link.single {
        let mut session: Session<_, _, _, Single> = Session::new(config, Sensor, owner, entropy as fn(&mut [u8]));
        host::println!("{}", Recorder::header(session.link(), true));
        run_single(&mut session, client, &EmbassyClock, &mut first).await
    } else {
        let mut session: Session<_, _, _, Overlap> = Session::new(config, Sensor, owner, entropy as fn(&mut [u8]));
        host::println!("{}", Recorder::header(session.link(), false));
        run(&mut session, client, &EmbassyClock, (&mut first, &mut second)).await
    };
    host::println!("# the link has ended: {end:?}");
}

fn report(device: &Device, client: &Handle) {
    let (tally, counters) = (device.tally.get(), client.counters());
    host::println!("# readings taken {} acknowledged {}", tally.taken, tally.acknowledged);
    host::println!("# commands done {} heard again {}", tally.commands, tally.commands_again);
    host::println!("# dials {} ups {} renewals {} downs {}", counters.dials, counters.ups, counters.renewals, counters.downs);
    host::println!("# stack: {} of {} bytes", stack::high_water(), stack::size());
}
