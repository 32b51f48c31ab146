// graphql-ws as a peer of relink's: `client URL` checks a server, `server` is one. Commands and answers are lines.
"use strict";
const { createRequire } = require("node:module");
const readline = require("node:readline");
const [mode, packages, url] = process.argv.slice(2);
const load = createRequire(packages + "/");
const { createClient } = load("graphql-ws");
const { WebSocket, WebSocketServer } = load("ws");
const say = (line) => process.stdout.write(line + "\n");

// ---- the client ----

const within = (what, promise) =>
  Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error(`${what}: not within 10 s`)), 10_000).unref())]);
const equal = (found, wanted) => {
  const [a, b] = [found, wanted].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`found ${a}, wanted ${b}`);
};
const client = (options = {}) => createClient({ url, webSocketImpl: WebSocket, lazy: true, retryAttempts: 0, onNonLazyError() {}, ...options });

// All results of an operation, or what it failed with; `take`: unsubscribes after so many.
const results = (from, query, take = Infinity) =>
  within(query, new Promise((yes, no) => {
    const found = [];
    const stop = from.subscribe({ query }, {
      next: (result) => { found.push(result); if (found.length === take) setTimeout(() => stop()); },
      error: no,
      complete: () => yes(found),
    });
  }));
const failure = (promise) => promise.then((found) => { throw new Error("it did not fail: " + JSON.stringify(found)); }, (why) => why);
const ended = async (from, query) => { const { code, reason } = await failure(results(from, query)); return [code, reason]; };

// A peer that says exactly this; how the server closes.
const raw = (lines, protocol = "graphql-transport-ws") =>
  within("a Close", new Promise((yes, no) => {
    const socket = protocol ? new WebSocket(url, protocol) : new WebSocket(url);
    socket.on("open", () => { const [first, ...rest] = lines; if (first) socket.send(first); socket.on("message", () => rest.length && socket.send(rest.shift())); });
    socket.on("close", (code, reason) => yes([code, reason.toString()]));
    socket.on("error", no);
  }));
const INIT = '{"type":"connection_init"}';
const live = (id) => `{"id":"${id}","type":"subscribe","payload":{"query":"ticks"}}`;

const checks = {
  "subscribe, next, complete": async () => equal(await results(client(), "three"), [0, 1, 2].map((number) => ({ data: { number } }))),
  "complete by the client": async () => equal((await results(client(), "ticks", 2)).length, 2),
  "a query": async () => equal(await results(client({ connectionParams: { name: "ann" } }), "me"), [{ data: { me: "ann" } }]),
  "errors": async () => equal((await failure(results(client(), "invalid")))[0].message, "no such field"),
  "ping, pong": async () => {
    let pongs = 0;
    const from = client({ keepAlive: 20, on: { pong: (received) => { pongs += received ? 1 : 0; } } });
    await results(from, "ticks", 5);
    if (pongs < 2) throw new Error(`${pongs} pongs`);
  },
  "4400": async () => { const [code, reason] = await raw(["{}"]); equal([code, reason.startsWith("Invalid message")], [4400, true]); },
  "4401": async () => equal(await raw([live(1)]), [4401, "Unauthorized"]),
  "4403": async () => equal(await ended(client({ connectionParams: { name: "forbidden" } }), "me"), [4403, "Forbidden"]),
  "4406": async () => equal(await raw([], null), [4406, "Subprotocol not acceptable"]),
  "4408": async () => equal(await raw([]), [4408, "Connection initialisation timeout"]),
  "4409": async () => equal(await raw([INIT, live(1), live(1)]), [4409, "Subscriber for 1 already exists"]),
  "4429": async () => equal(await raw([INIT, INIT]), [4429, "Too many initialisation requests"]),
  "4500": async () => equal(await ended(client(), "broken"), [4500, "the database is gone"]),
  "another token, unnoticed": async () => {
    const names = [];
    const stopped = new Promise((yes, no) => {
      const stop = client({ connectionParams: { name: "ann" } }).subscribe({ query: "ticks" }, {
        next: ({ data }) => {
          if (names.push(data.name) === 1) say("reauthenticate");
          if (data.name === "renewed") stop();
        },
        error: no, complete: yes,
      });
    });
    await within("a renewed one", stopped);
    equal([names[0], names.at(-1)], ["ann", "renewed"]);
  },
  "restart": async () => {
    let connections = 0;
    const from = client({ retryAttempts: 20, retryWait: () => new Promise((yes) => setTimeout(yes, 50)), shouldRetry: () => true,
      on: { connected: () => { connections += 1; } } });
    let found = 0;
    await within("results after the restart", new Promise((yes, no) => {
      const stop = from.subscribe({ query: "ticks" }, {
        next: () => { found += 1; if (found === 1) say("restart"); if (connections === 2) stop(); },
        error: no, complete: yes,
      });
    }));
    equal(connections, 2);
  },
};

async function asClient() {
  let failures = 0;
  for (const [name, check] of Object.entries(checks)) {
    try { await check(); say(`ok ${name}`); } catch (why) { failures += 1; say(`FAILED ${name}: ${why?.message ?? JSON.stringify(why)}`); }
  }
  process.exit(failures ? 1 : 0);
}

// ---- the server ----

function asServer() {
  const { buildSchema } = load("graphql");
  const { useServer } = load("graphql-ws/use/ws");
  const schema = buildSchema("type Query { me: String, close(code: Int): Int } type Subscription { ticks: Int, three: Int, closing(code: Int): Int }");
  const pause = (ms) => new Promise((yes) => setTimeout(yes, ms));
  const roots = {
    query: { me: (_, context) => context.connectionParams?.name ?? "nobody" },
    subscription: {
      async *ticks() { for (let ticks = 0; ; ticks += 1) { yield { ticks }; await pause(20); } },
      async *three() { for (let three = 0; three < 3; three += 1) yield { three }; },
      async *closing({ code }, context) { context.extra.socket.close(code, "as asked"); await pause(60_000); },
    },
  };
  let wss;
  const listen = (port) => {
    wss = new WebSocketServer({ port, host: "127.0.0.1", path: "/graphql" });
    wss.on("listening", () => say(`listening ${wss.address().port}`));
    wss.on("connection", (socket) => {
      socket.on("close", (code, reason) => say(`closed ${code} ${reason}`));
      // graphql-ws's server sends none of its own accord.
      socket.on("message", (text) => { if (text.toString().includes('"pong"')) say(`pong ${JSON.parse(text).payload?.n}`); });
    });
    useServer({
      schema, roots, context: (context) => context,
      onConnect: async (context) => {
        const name = context.connectionParams?.name;
        if (name === "hang") await new Promise(() => {});
        if (name === "ping") context.extra.socket.send('{"type":"ping","payload":{"n":7}}');
        return name !== "forbidden";
      },
      onSubscribe: (_, id, payload) => { if (payload.operationName === "broken") throw new Error("broken"); },
    }, wss, 100);
  };
  listen(0);
  readline.createInterface({ input: process.stdin }).on("line", async (line) => {
    if (line !== "restart") return;
    const { port } = wss.address();
    for (const socket of wss.clients) socket.terminate();
    wss.close(() => listen(port));
  }).on("close", () => process.exit(0));
}

if (mode === "client") asClient(); else asServer();
