//! Owns the first sign of life: a TCP connection to a server on the host that sends back what it gets, and the end of it.
//!
//! Command line: `echo PORT`. It sends a number each 100 ms and says what came back, until the connection ends; and when the cable goes in or out.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_net::Stack;
use embassy_net::tcp::TcpSocket;
use embassy_time::{Duration, Instant, Timer};
use platform::{host, stack};
use relink_firmware::{HOST, start};

#[platform::entry]
fn main() -> ! {
    platform::run(|spawner| spawner.spawn(echo(spawner).expect("the first task has room")))
}

#[embassy_executor::task]
async fn cable(stack: Stack<'static>) {
    loop {
        stack.wait_link_up().await;
        host::println!("{} ms: the cable is in", Instant::now().as_millis());
        stack.wait_link_down().await;
        host::println!("{} ms: the cable is out", Instant::now().as_millis());
    }
}

#[embassy_executor::task]
async fn echo(spawner: Spawner) {
    let Some(port) = host::argument(1, |word| word.parse().ok()) else {
        host::println!("the command line is: echo PORT");
        host::exit(2)
    };
    let stack = start(spawner);
    spawner.spawn(cable(stack).expect("the cable's task has room"));
    let (mut rx, mut tx) = ([0; 1024], [0; 1024]);
    let mut socket = TcpSocket::new(stack, &mut rx, &mut tx);
    if let Err(error) = socket.connect((HOST, port)).await {
        host::println!("not connected: {error:?}");
        host::exit(1)
    }
    host::println!("connected after {} ms", Instant::now().as_millis());
    for number in 1_u32.. {
        let sent = number.to_be_bytes();
        let mut back = [0; 4];
        let began = Instant::now();
        if let Err(error) = exchange(&mut socket, &sent, &mut back).await {
            host::println!("ended after {} ms: {error}", Instant::now().as_millis());
            break;
        }
        let right = sent == back;
        host::println!("{} ms: {number} came back: {right}, took {} us", Instant::now().as_millis(), began.elapsed().as_micros());
        Timer::after(Duration::from_millis(100)).await;
    }
    host::println!("stack: {} of {} bytes", stack::high_water(), stack::size());
    host::exit(0)
}

async fn exchange(socket: &mut TcpSocket<'_>, sent: &[u8], back: &mut [u8]) -> Result<(), &'static str> {
    use embedded_io_async::{Read, Write};
    socket.write_all(sent).await.map_err(|_| "cannot be written to")?;
    socket.flush().await.map_err(|_| "cannot be flushed")?;
    socket.read_exact(back).await.map_err(|_| "cannot be read from")
}
