// Owns npm's ws in the roles that all peers play: a server that echoes, a client that tells what happens to it.
//
//   node peer_ws.cjs server PORT PING_MS | client URL PING_MS
//
// Lines of the standard input are commands: send KIND BYTES [FRAGMENTS], ping, close [CODE], drop. Nothing of its defaults is changed;
// it pings only when told to.
'use strict';

const { createInterface } = require('node:readline');
const { WebSocket, WebSocketServer } = require('ws');

const say = (what, more = {}) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`);
const [, , role, target] = process.argv;

function payload(kind, size) {
  if (kind === 'binary') return Buffer.from(Uint8Array.from({ length: size }, (_, place) => place % 251));
  const piece = Buffer.from('aß€😀 ');
  return Buffer.concat([...Array(Math.floor(size / piece.length)).fill(piece), Buffer.alloc(size % piece.length, '.')]);
}

function adler32(data) {
  let [low, high] = [1, 0];
  for (const byte of data) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
}

function send(socket, kind, size, fragments) {
  const data = payload(kind, size);
  const step = Math.ceil(data.length / fragments) || 1;
  for (let from = 0; from === 0 || from < data.length; from += step) {
    socket.send(data.subarray(from, from + step), { binary: kind === 'binary', fin: from + step >= data.length });
  }
}

function watch(socket, received) {
  socket.on('message', received);
  socket.on('ping', () => say('ping'));
  socket.on('pong', () => say('pong'));
  socket.on('error', (error) => say('error', { text: error.message }));
  socket.on('close', (code) => say('closed', { code }));
}

function perform(sockets, line) {
  const [command, first, size, fragments] = line.split(' ');
  for (const socket of sockets()) {
    if (command === 'send') send(socket, first, Number(size), Number(fragments ?? 1));
    if (command === 'ping') socket.ping();
    if (command === 'close') socket.close(first && Number(first));
    if (command === 'drop') socket.terminate();
  }
}

let sockets;
if (role === 'server') {
  const server = new WebSocketServer({ host: '127.0.0.1', port: Number(target) });
  server.on('listening', () => say('listening', { port: server.address().port }));
  server.on('connection', (socket) => {
    say('open');
    watch(socket, (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  sockets = () => server.clients;
} else {
  const socket = new WebSocket(target);
  socket.on('open', () => say('up'));
  socket.on('unexpected-response', (_, response) => say('failed', { status: response.statusCode }));
  watch(socket, (data, isBinary) => {
    say('message', { kind: isBinary ? 'binary' : 'text', bytes: data.length, sum: adler32(data) });
  });
  sockets = () => [socket];
}

createInterface({ input: process.stdin })
  .on('line', (line) => perform(sockets, line))
  .on('close', () => process.exit(0));
