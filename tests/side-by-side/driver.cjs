// Owns the official client for Node in the role that all drivers play: it acknowledges what comes in, and tells of it in lines of JSON.
//
//   node driver.cjs MODULE API_URL HANDLER_MS
//
// Lines of the standard input: start, stop; with its end the program ends. Nothing of the client is changed but the URL.
'use strict';

const { createInterface } = require('node:readline');

const [, , name, slackApiUrl, handlerMs] = process.argv;
const { SocketModeClient } = require(name);

const say = (what, more = {}) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`);
const client = new SocketModeClient({ appToken: 'xapp-1-A0FAKE-1-secret', clientOptions: { slackApiUrl } });

client.on('slack_event', async ({ ack, envelope_id: id }) => {
  say('received', { id });
  if (handlerMs > 0) await new Promise((done) => setTimeout(done, handlerMs));
  try {
    await ack();
  } catch (error) {
    say('refused', { id, why: error.message });
  }
});

async function perform(command) {
  try {
    await (command === 'start' ? client.start() : client.disconnect());
    say(command === 'start' ? 'started' : 'stopped');
  } catch (error) {
    say('failed', { why: String(error?.message ?? error) });
  }
}

createInterface({ input: process.stdin })
  .on('line', perform)
  .on('close', () => process.exit(0));
say('loaded');
