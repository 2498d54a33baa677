// What the drivers for Node share: findings as JSON lines, and waiting for a client's events.
"use strict";

const PATIENCE = 10_000;

const found = (finding, values) => process.stdout.write(JSON.stringify({ finding, ...values }) + "\n");
const trouble = (text) => found("trouble", { text });

/** Everything a client emits under these names, in order. */
class Events {
  constructor(client, names) {
    this.client = client;
    this.calls = [];
    this.wake = () => {};
    for (const name of names) {
      client.on(name, (...values) => {
        this.calls.push([name, values]);
        this.wake();
      });
    }
  }

  /** Values of the next event of this name that fits; what comes before it is dropped. */
  async until(name, fits = () => true) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      while (this.calls.length) {
        const [called, values] = this.calls.shift();
        if (called === name && fits(...values)) return values;
      }
      if (Date.now() > end) throw new Error(`no ${name}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.wake = () => (clearTimeout(timer), resolve());
      });
    }
  }

  /** Values of every event of this name up to the first one named `last`. */
  async collect(name, last) {
    const rows = [];
    const keep = (...values) => rows.push(values);
    this.client.on(name, keep);
    await this.until(last);
    this.client.removeListener(name, keep);
    return rows;
  }

  /** Wait until the orders from `first` on have these statuses. */
  async gather(first, statuses, wanted) {
    while (statuses.join() !== wanted.join()) {
      const [id, state] = await this.until("orderStatus", (id) => id >= first);
      statuses[id - first] = state;
    }
  }
}

/** Run a driver: its end is its process's. */
function run(main) {
  main().then(
    () => process.exit(0),
    (error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    },
  );
}

module.exports = { found, trouble, Events, run, ACCOUNT: "DU1234567", AAPL: 265598 };
