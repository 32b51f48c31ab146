//! Owns what the images share: the network stack on the board's Ethernet device.
#![no_std]

use embassy_executor::Spawner;
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Runner, Stack, StackResources, StaticConfigV4};
use embassy_time::{Duration, Timer};
use platform::{Network, host};
use static_cell::StaticCell;

/// QEMU's user network: the host as the board sees it.
pub const HOST: Ipv4Address = Ipv4Address::new(10, 0, 2, 2);
const BOARD: Ipv4Address = Ipv4Address::new(10, 0, 2, 15);
const SOCKETS_MAX: usize = 3;

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Network>) {
    runner.run().await;
}

/// QEMU's user network looks at the host's sockets as often as the emulator's main loop turns, which is each half second for a board
/// that sleeps: an alarm turns it. A board of silicon needs none.
#[embassy_executor::task]
async fn alarm() {
    loop {
        Timer::after(Duration::from_millis(5)).await;
    }
}

/// Starts the network. To be called once.
pub fn start(spawner: Spawner) -> Stack<'static> {
    static RESOURCES: StaticCell<StackResources<SOCKETS_MAX>> = StaticCell::new();
    let Some(device) = platform::network() else {
        host::println!("there is no network device");
        host::exit(1)
    };
    let mut seed = [0; 8];
    entropy(&mut seed);
    let address = StaticConfigV4 { address: Ipv4Cidr::new(BOARD, 24), gateway: Some(HOST), dns_servers: Default::default() };
    let resources = RESOURCES.init(StackResources::new());
    let (stack, runner) = embassy_net::new(device, Config::ipv4_static(address), resources, u64::from_le_bytes(seed));
    spawner.spawn(network(runner).expect("the network's task has room"));
    spawner.spawn(alarm().expect("the alarm has room"));
    stack
}

/// The board's source of random bytes: these two have none of their own, so it is the host's.
pub fn entropy(bytes: &mut [u8]) {
    host::entropy(bytes).expect("the host has a random source");
}
